"""The data of an Authy user in the directory and in the fake."""

from sallyport.client.stack import inbox
from tests.support.account import Account


def secret(account: Account) -> dict[str, str]:
    """Return the directory's secret of the Authy factor."""
    kind = account.handlers.module("enrol_factor").SERVICES.factor_types["authy"]
    found = next(one for one in kind._tools.factors.of(account.user.id) if one.id == "authy")
    opened: dict[str, str] = kind._secret(found)
    return opened


def who_knows(account: Account, authy_id: str) -> list[str]:
    """Return the accounts that the directory has linked to the Authy user."""
    found = [item for item in account.handlers.items() if item["pk"]["S"] == f"authy#{authy_id}"]
    return sorted(user for item in found for user in item.get("accounts", {}).get("SS", []))


def lose(account: Account, phone: str) -> str:
    """Delete the user at Authy alone; return the id."""
    lost: str = account.providers.user(phone)["id"]
    account.handlers.module("enrol_factor").SERVICES.factor_types["authy"]._authy.delete(lost)
    return lost


def told(account: Account, what: str) -> bool:
    """Return whether a mail to the account says so."""
    mails = inbox.messages(account.handlers.stack.cloud.url)
    return any(mail.to == account.user.address and what in mail.text for mail in mails)
