"""handlers.core.limits.counters"""

from handlers.core.limits import counters


def test_a_counter_of_a_day_ends_at_midnight_of_utc() -> None:
    noon = 1_800_014_400 // 86400 * 86400 + 43200

    today, tomorrow = (counters.daily("mail:x", 1, 5, at) for at in (noon, noon + 43200))

    assert today.until == noon + 43200
    assert today.counter != tomorrow.counter
    assert counters.daily("mail:x", 1, 5, noon + 43199) == today


def test_a_cooldown_doubles_up_to_a_day() -> None:
    assert [counters.cooldown_seconds(sent, 30) for sent in (1, 2, 3, 12, 13, 100)] == [
        30,
        60,
        120,
        61440,
        86400,
        86400,
    ]


def test_the_latest_end_is_what_a_caller_waits_for() -> None:
    both = [counters.within(seconds, "a", 1, 1, 100) for seconds in (60, 3600)]

    assert counters.latest(both) == 3600
