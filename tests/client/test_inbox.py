"""sallyport.client.stack.inbox: what the embedded AWS has caught."""

import pytest

from sallyport.client.stack import inbox
from sallyport.client.stack.local_stack import LocalStack
from tests.support.account import Account, new_phone
from tests.support.handlers import Handlers


@pytest.mark.parametrize("address", [None, "a%2Bb+1@example.com", "nobody@example.com"])
def test_the_mail_to_one_address_is_found_in_all_mail(stack: LocalStack, handlers: Handlers, address: str) -> None:
    """The embedded AWS answers with the mail to the address alone; all of it is looked through here."""
    url, known = stack.cloud.url, address or handlers.user().address
    if address == "a%2Bb+1@example.com":
        mail = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "123456"}}}
        stack.aws("ses").send_email(
            Source=handlers.environment["MAIL_FROM"], Destination={"ToAddresses": [known]}, Message=mail
        )

    found = inbox.sent_to(url, known)

    assert found == [one for one in inbox.messages(url) if one.to == known]
    assert bool(found) is (address != "nobody@example.com")


def test_texts_to_one_phone_are_found_too(stack: LocalStack, account: Account) -> None:
    phone = new_phone()
    account.add_phone("verify", phone)

    assert inbox.newest_code(stack.cloud.url, phone) is not None
