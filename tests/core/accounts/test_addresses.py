"""handlers.core.accounts.addresses"""

import pytest

from handlers.core.accounts import addresses
from handlers.errors import BadRequest


@pytest.mark.parametrize("address", ["Ada@Example.com", "ADA@EXAMPLE.COM", "ada@example.com"])
def test_an_address_has_one_form(address: str) -> None:
    assert addresses.normalise(address) == "ada@example.com"


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@", "@example.com", "ada@example", "a b@example.com", "ada@-example.com", f"{'a' * 65}@example.com",
     f"ada@{'a' * 64}.com", "ada@example.com\n", "ada@exämple.com", f"ada@{'a.' * 130}com"],
)  # fmt: skip
def test_what_no_mail_can_be_sent_to_is_refused(address: str) -> None:
    with pytest.raises(BadRequest):
        addresses.normalise(address)
