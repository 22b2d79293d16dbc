"""handlers.core.accounts.user_list"""

import pytest

from handlers.core.accounts import addresses, user_list
from handlers.core.accounts.user_list import INITIALS, Query
from tests.support.in_memory import NOW, MemoryServices

NAMES = ("ada", "adam", "bob", "zoe", "9nine", "_under")


@pytest.fixture
def many(services: MemoryServices) -> MemoryServices:
    for number, name in enumerate(NAMES):
        services.clock = NOW + number
        services.add_user(f"{name}@example.com", roles=("admin",) if name == "zoe" else ("user",))
    return services


def names(services: MemoryServices, query: Query) -> list[str]:
    return [one.email.partition("@")[0] for one in user_list.find(services, query).users]


def test_all_are_listed_by_address(many: MemoryServices) -> None:
    assert names(many, Query()) == ["9nine", "_under", "ada", "adam", "bob", "zoe"]


def test_pages_continue_where_the_one_before_has_ended(many: MemoryServices) -> None:
    found, after = [], ""
    for _ in range(10):
        page = user_list.find(many, Query(after=after, limit=2))
        found += [one.email for one in page.users]
        after = page.next
        if not after:
            break

    assert found == sorted(f"{name}@example.com" for name in NAMES)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(prefix="ada"), ["ada", "adam"]),
        (Query(prefix="ada@"), ["ada"]),
        (Query(prefix="x"), []),
        (Query(role="admin"), ["zoe"]),
        (Query(state="disabled"), []),
        (Query(since=NOW + 4), ["9nine", "_under"]),
    ],
)
def test_users_are_found_by_prefix_role_state_and_age(many: MemoryServices, query: Query, expected: list[str]) -> None:
    assert names(many, query) == expected


def test_a_page_looks_at_a_bounded_number_of_users(many: MemoryServices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_list, "MOST_LOOKED_AT", 3)

    page = user_list.find(many, Query(role="admin"))

    assert (page.users, page.next) == ([], "ada@example.com")
    assert names(many, Query(role="admin", after=page.next)) == ["zoe"]


def test_every_address_begins_with_a_known_initial() -> None:
    for initial in INITIALS:
        assert addresses.normalise(f"{initial}@example.com")
    allowed = [chr(code) for code in range(33, 127) if not chr(code).isupper()]
    for initial in set(allowed) - set(INITIALS):
        with pytest.raises(Exception, match="not an address"):
            addresses.normalise(f"{initial}x@example.com")
