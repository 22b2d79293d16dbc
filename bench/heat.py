"""Which partition of the table is hottest at the busiest hour of many users, for docs/scale.md.

Run: .venv/bin/python -m bench.heat [--users 10000000]      with `sallyport up --detach`

The partitions that each act touches are recorded from the handlers (`bench.units`) for two users: a partition that both
touch is shared by all. Users act at random, at the rates of `sallyport/client/cost/usage.toml`, a tenth of a day's in
the busiest hour. DynamoDB serves 1,000 write units and 3,000 read units a second from a partition.
Source: DynamoDB Developer Guide, "DynamoDB burst and adaptive capacity".
"""

import argparse
import random
from collections import Counter, defaultdict

from bench.own_stack import running_stack
from bench.units import Touch, acts, asked_by, touches
from sallyport.client.cost.model import USAGE
from tests.support.handlers import Handlers, open_handlers

MOST = {"writes": 1000, "reads": 3000}
BUSIEST = 0.1 / 30 / 3600
"""The share of a month that is done in a second of the busiest hour."""
HABITS = {"sign_up": "sign_ups", "sign_in": "sign_ins", "refresh": "refreshes", "request": "requests"}
SECONDS = 60
OWN = "of one user"

Heat = dict[str, float]


def main(users: int) -> None:
    """Print the hottest partitions."""
    handlers = open_handlers(running_stack())
    shared, own = _recorded(handlers)
    rates = {act: users * USAGE["habits"][habit] * BUSIEST for act, habit in HABITS.items()}
    print(f"{users:,} users, a second of the busiest hour: " + ", ".join(f"{n:,.0f} {act}" for act, n in rates.items()))
    print(f"{'partition':34} {'units/s':>9} {'of':>6} {'':>6}   full at")
    for kind, most in MOST.items():
        heat = _heat(shared[kind], own[kind], rates, users)
        for partition, units in sorted(heat.items(), key=lambda one: -one[1]):
            full = f"{users * most / units:,.0f} users" if units and partition != OWN else ""
            print(f"{partition:34} {units:>9,.1f} {most:>6,} {kind:>6}   {full}")


def _recorded(handlers: Handlers) -> tuple[dict[str, dict[str, Heat]], dict[str, dict[str, int]]]:
    """Return kind of unit → act → units of each shared partition, and the most units of a partition of one user."""
    shared: dict[str, dict[str, Heat]] = {kind: {} for kind in MOST}
    own: dict[str, dict[str, int]] = {kind: {} for kind in MOST}
    first, second = (_of_a_user(handlers) for _ in range(2))
    for act in HABITS:
        common = {one.partition for one in first[act]} & {one.partition for one in second[act]}
        for kind in MOST:
            heat: Counter[str] = Counter()
            for one in second[act]:
                heat[one.partition] += getattr(one, kind)
            shared[kind][act] = {name: units for name, units in heat.items() if name in common and units}
            own[kind][act] = max((units for name, units in heat.items() if name not in common), default=0)
    return shared, own


def _of_a_user(handlers: Handlers) -> dict[str, list[Touch]]:
    done = acts(handlers)
    return {act: list(touches(handlers, asked_by(done[act])[0])) for act in HABITS}


def _heat(shared: dict[str, Heat], own: dict[str, int], rates: dict[str, float], users: int) -> Heat:
    heat: Heat = defaultdict(float)
    for act, partitions in shared.items():
        for name, units in partitions.items():
            heat[name.rpartition("#")[0] or name] += units * rates[act]
    heat[OWN] = max(_busiest_user(own, rates, users) for _ in range(SECONDS))
    return heat


def _busiest_user(own: dict[str, int], rates: dict[str, float], users: int) -> int:
    """Return the most units that the partitions of one user get in a second in which users act at random."""
    of_user: Counter[int] = Counter()
    for act, rate in rates.items():
        for _ in range(round(rate)):
            of_user[random.randrange(users)] += own[act]
    return max(of_user.values(), default=0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=10_000_000)
    main(parser.parse_args().users)
