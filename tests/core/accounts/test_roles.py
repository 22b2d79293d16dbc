"""handlers.core.accounts.roles, and the claims that follow from a profile"""

import pytest

from handlers.core.accounts.roles import scopes_of
from handlers.core.accounts.users import Details
from handlers.core.tokens.access_tokens import profile_claims

ROLES = {"user": ("account", "orders"), "admin": ("admin",)}


@pytest.mark.parametrize(
    ("held", "scopes"),
    [
        (["user"], {"account", "orders"}),
        (["user", "admin"], {"account", "orders", "admin"}),
        (["admin"], {"account", "admin"}),
        ([], {"account"}),
        (["forgotten"], {"account"}),
    ],
)
def test_roles_give_scopes_and_everybody_has_the_account(held: list[str], scopes: set[str]) -> None:
    assert scopes_of(ROLES, held) == scopes


def test_a_token_tells_of_the_profile_what_is_named_and_nothing_else() -> None:
    details = Details(name="Ada", locale="en", attributes={"plan": "paid", "secret": "s"})

    assert profile_claims(details, []) == {}
    assert profile_claims(details, ["name", "picture", "attributes.plan", "attributes.seats"]) == {
        "name": "Ada",
        "attributes": {"plan": "paid"},
    }
