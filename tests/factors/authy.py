"""What the directory and the fake know of an Authy user."""

from client import inbox
from tests.account import Account


def secret(account: Account) -> dict[str, str]:
    """What the directory keeps of the Authy user."""
    kind = account.door.module("enrol_factor").GATES.kinds["authy"]
    found = next(one for one in kind._tools.factors.of(account.user.id) if one.id == "authy")
    opened: dict[str, str] = kind._secret(found)
    return opened


def who_knows(account: Account, authy_id: str) -> list[str]:
    """The accounts that the directory has for the Authy user."""
    found = [item for item in account.door.items() if item["pk"]["S"] == f"authy#{authy_id}"]
    return sorted(user for item in found for user in item.get("accounts", {}).get("SS", []))


def lose(account: Account, phone: str) -> str:
    """Authy forgets the user by itself; answers the id."""
    lost: str = account.providers.user(phone)["id"]
    account.door.module("enrol_factor").GATES.kinds["authy"]._authy.delete(lost)
    return lost


def told(account: Account, what: str) -> bool:
    """Whether a mail to the account says so."""
    mails = inbox.messages(account.door.stack.cloud.url)
    return any(mail.to == account.user.address and what in mail.text for mail in mails)
