"""Functions of accounts that are killed before any of their writes: a repetition and the jobs leave nothing half-done.

Every account is then whole (one address, which finds it, a profile, a password, nothing else of other users'), or gone
but for its tombstone. `make test-slow` kills at a thousand random places.
"""

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from handlers.core.accounts import links, reconciliation
from handlers.core.accounts.jobs import Job, JobKind
from handlers.core.accounts.links import LinkPurpose
from sallyport.client.stack import inbox
from tests.proofs import dying
from tests.proofs.test_kills import MOST_WRITES, dies
from tests.support.account import Account
from tests.support.fake_providers import Providers
from tests.support.handlers import PASSWORD, Answer, Handlers, new_address

NEW_PASSWORD = "another long password of mine"
RUN_JOBS = "events/run_jobs"
SLOW_KILLS, AT_ONCE = 1000, 50


@dataclass(frozen=True)
class Flow:
    """A change of an account: `act(writes)` runs it up to a write, and returns whether it died; None runs it whole.

    `call` sends the request of a route, and returns its answer.
    """

    account: Account
    act: Callable[[int | None], bool]
    call: Callable[[], Answer] | None = None


def profile(flow: Flow) -> Flow:
    return _route(flow.account, "change_profile", {"name": "Ada"})


def password(flow: Flow) -> Flow:
    return _route(flow.account, "change_password", {"password": NEW_PASSWORD, "current_password": PASSWORD})


def address(flow: Flow) -> Flow:
    return _route(flow.account, "confirm_email", _mailed(flow.account))


def undo(flow: Flow) -> Flow:
    old, services = flow.account.user.address, _services(flow.account)
    assert flow.account.call("confirm_email", _mailed(flow.account)).status == 204
    (link,) = services.accounts.links_of(flow.account.user.id)
    token, _ = links.make(services.pepper(), flow.account.user.id, LinkPurpose.ADDRESS, old, link.created_at)
    return _route(flow.account, "undo", {"token": token})


def other_sessions(flow: Flow) -> Flow:
    flow.account.password()
    return _route(flow.account, "end_sessions_all", {}, queryStringParameters={"others": "true"})


def deletion(flow: Flow) -> Flow:
    return _route(flow.account, "delete_account", {})


def address_job(flow: Flow) -> Flow:
    assert flow.account.call("confirm_email", _mailed(flow.account)).status == 204
    return Flow(flow.account, run_jobs)


def deletion_job(flow: Flow) -> Flow:
    account, services, now = flow.account, _services(flow.account), int(time.time()) - 1
    job = Job(JobKind.DELETION, account.user.id, now, now)
    services.accounts.plan_deletion(services.directory.profile(account.user.id), job, disabled=False)
    return Flow(account, run_jobs)


FLOWS = (profile, password, address, undo, other_sessions, deletion, address_job, deletion_job)


@pytest.fixture
def new_flow(handlers: Handlers, providers: Providers) -> Callable[[Callable[[Flow], Flow]], Flow]:
    def make(prepare: Callable[[Flow], Flow]) -> Flow:
        account = Account(handlers.user(), providers)
        account.sign_in()
        return prepare(Flow(account, lambda _: False))

    return make


@pytest.mark.parametrize("prepare", FLOWS)
def test_a_kill_before_any_write_is_mended_by_a_repetition(
    new_flow: Callable[[Callable[[Flow], Flow]], Flow], prepare: Callable[[Flow], Flow]
) -> None:
    deaths = 0
    for _ in range(3 * MOST_WRITES):
        flow = new_flow(prepare)
        died = flow.act(deaths)
        deaths += died
        if died:
            flow.act(None)
        run_jobs(None)

        check_whole(flow.account)
        if not died and deaths:  # without a death, the schedule has been faster with the job
            break
    assert deaths >= 1
    assert not died, "the last run got to its end"


@pytest.mark.slow
def test_a_thousand_random_kills(new_flow: Callable[[Callable[[Flow], Flow]], Flow]) -> None:
    dice = random.Random(12)
    for first in range(0, SLOW_KILLS, AT_ONCE):
        killed: dict[str, Account] = {}
        for number in range(first, first + AT_ONCE):
            prepare = dice.choice(FLOWS)
            flow = new_flow(prepare)
            for _ in range(dice.randint(1, 3)):
                flow.act(dice.randint(0, 12))
            flow.act(None)
            run_jobs(None)
            killed[f"kill {number}, {prepare.__name__}"] = flow.account
        items = flow.account.handlers.items()
        for what, account in killed.items():
            check_whole(account, what, items)
        assert reconciliation.run(flow.account.handlers.module("reconcile").SERVICES) == {}


def check_whole(account: Account, what: str = "", table: list[dict[str, Any]] | None = None) -> None:
    """Check that the account is whole, or gone but for its tombstone and counters that expire."""
    user_id = account.user.id
    items = [item for item in table or account.handlers.items() if user_id in json.dumps(item, default=repr)]
    expiring = [item for item in items if item["pk"]["S"].startswith(("limit#", "challenge#")) or _is_last_job(item)]
    kept = [item for item in items if item not in expiring]
    kinds = sorted(item["pk"]["S"].partition("#")[0] for item in kept)
    if "user" not in kinds:
        assert kinds == ["tombstone"], what
        return
    (user,) = [item for item in kept if item["pk"]["S"] == f"user#{user_id}"]
    owned = [item for item in kept if item.get("user_id", {}).get("S") == user_id]
    assert [item["pk"]["S"] for item in owned] == [f"address#{user['email']['S']}"], what
    assert user["initial"]["S"] == user["email"]["S"][0], what
    assert kinds.count("credential") == 1, what
    assert not [job for job in kept if job["pk"]["S"] == "jobs" and "deletion" not in job["sk"]["S"]], what
    _check_sign_in(account, user["email"]["S"], what)


def _is_last_job(item: dict[str, Any]) -> bool:
    """Return whether the item has a deleted user's data in applications deleted once more."""
    return bool(item["pk"]["S"] == "jobs" and "#applications#" in item["sk"]["S"])


def _check_sign_in(account: Account, email: str, what: str) -> None:
    statuses = [
        account.handlers.call("signin", {"email": email, "password": one}).status for one in (PASSWORD, NEW_PASSWORD)
    ]
    assert sorted(statuses) == [200, 401], what


def _route(account: Account, name: str, body: Any, **event: Any) -> Flow:
    given = {**account.event(), **event}

    def act(writes: int | None) -> bool:
        if writes is not None:
            return dies(name, body, writes, **given)
        account.handlers.call(name, body, **given)
        return False

    return Flow(account, act, lambda: account.handlers.call(name, body, **given))


def run_jobs(writes: int | None) -> bool:
    """Run the jobs in a process of their own, where they may die."""
    return dying.run(RUN_JOBS, {}, dying.ALL if writes is None else writes)


def _services(account: Account) -> Any:
    return account.handlers.module("confirm_email").SERVICES


def _mailed(account: Account) -> dict[str, str]:
    """Begin a change of the address; return the proof."""
    new = new_address()
    begun = account.call("change_email", {"email": new})
    code = inbox.newest_code(account.handlers.stack.cloud.url, new)
    assert begun.status == 202
    assert code
    return {"challenge_id": begun.body["challenge_id"], "code": code}
