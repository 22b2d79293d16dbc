"""handlers.core.limits.shares: how much of a day's budgets is used."""

from dataclasses import replace

from contract import metrics
from handlers.core.limits import mail, messages, shares
from handlers.core.limits.counters import Consume
from tests.core.conftest import World


def use(world: World, budget: Consume, amount: int) -> None:
    world.services.counters.consume([replace(budget, amount=amount)], world.services.now())


def test_of_mail_the_fuller_half_counts(world: World) -> None:
    limits, now = world.services.sign_in_limits, world.services.now()
    use(world, mail.for_known(limits, now), 100)
    use(world, mail.for_unknown(limits, now), 800)

    assert shares.of_day(world.services)[metrics.MAIL_SHARE] == 80.0


def test_of_messages_the_spent_cents_count(world: World) -> None:
    limits, now = world.services.factor_limits, world.services.now()
    use(world, messages.for_spend(limits, now), 500)

    assert shares.of_day(world.services)[metrics.MESSAGE_SHARE] == 25.0


def test_a_new_day_has_used_nothing(world: World) -> None:
    assert set(shares.of_day(world.services).values()) == {0.0}
