"""handlers.core.limits.messages: what a text or a call consumes."""

from dataclasses import replace

from contract.limits import FactorLimits
from handlers.core.limits import messages
from handlers.core.limits.messages import Message

LIMITS = FactorLimits()
MESSAGE = Message("ada", "verify", "+5511987650547", "BR", "192.0.2.1", is_call=False, is_new=False)
NOW = 1_800_000_000


def test_a_message_consumes_phone_user_source_country_and_spend() -> None:
    consumes, cooldown = messages.for_message(LIMITS, MESSAGE, b"pepper", NOW)

    assert [(one.amount, one.most) for one in consumes] == [(1, 10), (1, 20), (1, 50), (1, 500), (8, 2000)]
    assert all("5511987650547" not in one.counter and "192.0.2.1" not in one.counter for one in consumes)
    assert cooldown.first_seconds == 30


def test_a_call_costs_twice_as_much() -> None:
    consumes, _ = messages.for_message(LIMITS, replace(MESSAGE, is_call=True), b"pepper", NOW)

    assert consumes[-1].amount == 16


def test_an_unconfirmed_phone_gets_half_of_country_and_spend_and_a_counter_of_its_own() -> None:
    confirmed, _ = messages.for_message(LIMITS, MESSAGE, b"pepper", NOW)
    new, _ = messages.for_message(LIMITS, replace(MESSAGE, is_new=True), b"pepper", NOW)

    assert [one.most for one in new[-2:]] == [250, 1000]
    assert new[0].most == 5
    assert new[0].counter != confirmed[0].counter


def test_wrong_codes_are_counted_apart_by_first_factor_and_epoch() -> None:
    counters = {
        one.counter
        for epoch in (0, 1)
        for by_mailbox in (False, True)
        for one in messages.for_code(LIMITS, "ada", epoch, NOW, by_mailbox=by_mailbox)
    }

    assert len(counters) == 8
