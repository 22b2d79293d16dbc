"""The checks of Authy and Twilio Verify, made with the stack's own credentials; one line for each promise."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sallyport.client.checks.expectations import BrokenPromise
from sallyport.client.stack.users import Lambdas

PUSH_SECONDS = 120

Ask = Callable[[str], str]
Check = tuple[str, Callable[[], None]]


class Providers:
    """Authy and Twilio Verify behind the stack's function. Methods return the provider's answers."""

    def __init__(self, outputs: Mapping[str, str]) -> None:
        self._lambdas = Lambdas(outputs)
        self._function = outputs["check_providers_function"]
        self.user: dict[str, Any] = {}
        """The user that was created at Authy; empty once removed."""

    def ask(self, provider: str, operation: str, **more: str) -> dict[str, Any]:
        """Run the operation and return the provider's answer. Raises `BrokenPromise` with the refusal."""
        answer = self._lambdas.invoke(self._function, {"provider": provider, "operation": operation, **more})
        if "message" in answer and "code" in answer:
            raise BrokenPromise(f"{provider} {operation}: {answer['message']}")
        return answer

    def make_user(self, phone: str, email: str) -> dict[str, Any]:
        """Create a user at Authy, to be removed later; return it."""
        self.user = self.ask("authy", "create", phone=phone, email=email)
        return self.user

    def remove_user(self) -> None:
        """Remove the user that was created, if there is one."""
        if self.user:
            self.ask("authy", "delete", **self.user)
            self.user = {}

    def has(self, provider: str) -> bool:
        """Return whether the stack has credentials for the provider."""
        answer = self._lambdas.invoke(self._function, {"provider": provider, "operation": "none"})
        return answer.get("code") != "no_such_factor"


def of_verify(providers: Providers, phone: str | None, ask: Ask) -> Iterator[Check]:
    """Yield the checks of Verify. A text and a call cost money; without a phone, only the credentials are checked."""
    yield "Verify knows the service", lambda: _named(providers.ask("verify", "service"))
    if phone:
        sent: dict[str, str] = {}
        yield "Verify sends a text", lambda: sent.update(providers.ask("verify", "send", phone=phone, channel="sms"))
        yield "a wrong code is wrong", lambda: _judged(providers.ask("verify", "check", **sent, code="000000"), False)
        yield (
            "the right one is right",
            lambda: _judged(
                providers.ask("verify", "check", **sent, code=ask(f"The code that Verify sent to {phone}")), True
            ),
        )


def of_authy(providers: Providers, phone: str | None, email: str, ask: Ask) -> Iterator[Check]:
    """Yield the checks of every operation of Authy; the last one removes the user that was created for them."""
    yield "Authy knows the application", lambda: _named(providers.ask("authy", "app"))
    yield "Authy counts its users", lambda: _there(providers.ask("authy", "stats"), "total_users")
    if not phone:
        return
    user: dict[str, str] = {}
    action = secrets.token_hex(8)
    push: dict[str, str] = {}
    yield "Authy knows whose the phone is", lambda: _there(providers.ask("authy", "info", phone=phone), "type")
    yield "Authy verifies a phone", lambda: _phone(providers, phone, ask)
    yield "a user is made", lambda: user.update(providers.make_user(phone, email))
    yield "made again, it is the same", lambda: _same(providers.ask("authy", "create", phone=phone, email=email), user)
    yield "its status is known", lambda: _there(providers.ask("authy", "status", **user), "registered")
    yield "and its registration", lambda: _there(providers.ask("authy", "registration", **user), "registration")
    yield "a text is sent", lambda: _nothing(providers.ask("authy", "send", **user, channel="sms", action=action))
    yield (
        "a wrong code is wrong",
        lambda: _judged(providers.ask("authy", "verify", **user, code="0000000", action=action), False),
    )
    texted: dict[str, str] = {}
    yield "a code for this is wrong for that", lambda: _for_another(providers, user, texted, phone, ask)
    yield (
        "nor right without saying for what",
        lambda: _judged(providers.ask("authy", "verify", **user, **texted), False),
    )
    yield "and right for this", lambda: _judged(providers.ask("authy", "verify", **user, **texted, action=action), True)
    yield "a call is made", lambda: _nothing(providers.ask("authy", "send", **user, channel="call", action=action))
    yield "a QR code is served", lambda: _there(providers.ask("authy", "qr", **user), "qr_code")
    yield "a push is sent", lambda: push.update(providers.ask("authy", "push", **user))
    yield "and approved", lambda: _approved(providers, push, ask)
    yield "the user goes", providers.remove_user
    yield "and comes back as another one", lambda: _another(providers.make_user(phone, email), user)
    yield "who goes, too", providers.remove_user


def _named(answer: Mapping[str, Any]) -> None:
    _there(answer, "name")


def _there(answer: Mapping[str, Any], name: str) -> None:
    if answer.get(name) is None:
        raise BrokenPromise(f"the answer holds no {name}")


def _another(answer: Mapping[str, Any], user: Mapping[str, str]) -> None:
    """Check that the new user has another id, so that codes of the deleted user's app are not valid for it."""
    if answer.get("id") == user.get("id"):
        raise BrokenPromise("Authy gives the id of a user that was deleted")


def _nothing(_: Mapping[str, Any]) -> None:
    return


def _same(answer: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    if answer != expected:
        raise BrokenPromise("it is another one")


def _judged(answer: Mapping[str, Any], expected: bool) -> None:
    if answer["valid"] is not expected:
        raise BrokenPromise(f"the provider said {answer['valid']}")


def _phone(providers: Providers, phone: str, ask: Ask) -> None:
    providers.ask("authy", "start_phone", phone=phone)
    code = ask(f"The code that verifies {phone}")
    _judged(providers.ask("authy", "check_phone", phone=phone, code=code), True)


def _for_another(providers: Providers, user: Mapping[str, str], texted: dict[str, str], phone: str, ask: Ask) -> None:
    """Check that Authy's `action` binds codes to one sign-in."""
    texted["code"] = ask(f"The code that Authy texted to {phone}")
    _judged(providers.ask("authy", "verify", **user, **texted, action="another"), False)


def _approved(providers: Providers, push: Mapping[str, str], ask: Ask) -> None:
    ask("Approve the push on the phone, then press Enter")
    deadline = time.monotonic() + PUSH_SECONDS
    while time.monotonic() < deadline:
        status = providers.ask("authy", "approval", **push)["status"]
        if status == "approved":
            return
        if status != "pending":
            break
        time.sleep(1)
    raise BrokenPromise("it was not approved")
