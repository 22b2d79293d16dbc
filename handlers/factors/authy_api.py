"""Authy's API through the `authy` package, with the checks that the package leaves out: timeouts, ids, and the form of
answers.

| Authy does | we raise |
|---|---|
| not answer, or refuse the connection | `ProviderUnavailable` (503) |
| answer 429 | `TooMany` (429) |
| answer 404 with 60026: no such user | `UserGone` |
| answer 400 to a new user | `UserNotValid` |
| answer anything else: 5xx, HTML, half a body, two bodies, a key it does not know (60001) | `ProviderFailed` (502) |

Source: the package's code; https://www.twilio.com/docs/authy/api.
"""

from collections.abc import Mapping
from typing import Any

from handlers.errors import ProviderFailed, TooMany, UserNotValid, WrongCode
from handlers.factors.connections import unreachable
from handlers.store.credentials import Credentials

CONNECT_SECONDS, READ_SECONDS = 1.5, 2.5  # three calls fit into the seconds that a function has
RETRY_AFTER_SECONDS = 60
NO_SUCH_USER, BAD_KEY = "60026", "60001"
USER_FIELDS = ("email", "cellphone", "country_code")


class UserGone(Exception):
    """A user that Authy does not know."""


class Authy:
    """An Authy application. Ids of users are digits, as text."""

    def __init__(self, secret_id: str, url: str) -> None:
        self._credentials = Credentials(secret_id)
        self._url = url
        self._client: Any = None

    @property
    def key(self) -> str:
        """Return the API key."""
        return self._credentials["api_key"]

    @property
    def client(self) -> Any:
        """Return the package's client. Its module-level `requests` is ours, with timeouts and without redirects."""
        from authy.api import AuthyApiClient, resources

        if self._client is None or self._client.api_key != self.key:
            resources.requests = _Timed()
            self._client = AuthyApiClient(self.key, self._url)
        return self._client

    def create(self, email: str, phone: str, calling_code: int) -> str:
        """Return the id of the user with this address and phone, new or not."""
        answer = _call(lambda: self.client.users.create(email, phone, calling_code))
        if answer.response.status_code == 400:
            refused = _part(answer.content, "errors") or answer.content
            raise UserNotValid(tuple(field for field in USER_FIELDS if field in refused))
        return _id(_part(_content(answer), "user").get("id"))

    def send(self, authy_id: str, channel: str, action: str) -> None:
        """Send a text or a call with a code that is good for this action alone."""
        users = self.client.users
        send = users.request_call if channel == "call" else users.request_sms
        _content(_call(lambda: send(_id(authy_id), {"force": "true", "action": action})))

    def is_valid(self, authy_id: str, code: str, action: str | None) -> bool:
        """Return whether the code is the user's, for this action if there is one."""
        from authy import AuthyFormatException

        options = {"force": "true", **({"action": action} if action else {})}
        try:
            answer = _call(lambda: self.client.tokens.verify(_id(authy_id), code, options))
        except AuthyFormatException:
            raise WrongCode from None
        if answer.response.status_code == 401 and str(answer.content.get("error_code")) != BAD_KEY:
            return False
        # The package looks for the bytes `"token":"is valid"` anywhere in the body.
        return _content(answer).get("token") == "is valid"

    def ask_approval(self, authy_id: str, text: str, seconds: int) -> str:
        """Send a push to the user's app; return its uuid."""
        answer = _call(lambda: self.client.one_touch.send_request(int(_id(authy_id)), text, seconds_to_expire=seconds))
        return _uuid(_part(_content(answer), "approval_request").get("uuid"))

    def approval(self, uuid: str) -> str:
        """Return the state of a push: `pending`, `approved`, `denied` or `expired`."""
        answer = _call(lambda: self.client.one_touch.get_approval_status(_uuid(uuid)))
        return str(_part(_content(answer), "approval_request").get("status"))

    def status(self, authy_id: str) -> dict[str, Any]:
        """Return whether the user has the app, and on which devices; not their number."""
        known = _part(_content(_call(lambda: self.client.users.status(_id(authy_id)))), "status")
        return {name: known.get(name) for name in ("registered", "confirmed", "devices", "has_hard_token")}

    def qr(self, authy_id: str, label: str) -> dict[str, str]:
        """Return the address of a QR code for other apps."""
        answer = _content(_call(lambda: self.client.users.generate_qr(_id(authy_id), 300, label)))
        return {name: str(answer.get(name, "")) for name in ("label", "issuer", "qr_code")}

    def registration(self, custom_user_id: str) -> dict[str, Any]:
        """Return the state of a user's registration in an app with Authy's SDK."""
        return dict(_content(_call(lambda: self.client.users.registration_status(_id(custom_user_id)))))

    def start_phone(self, phone: str, calling_code: int) -> dict[str, Any]:
        """Text a code that verifies a phone, with or without a user."""
        answer = _content(_call(lambda: self.client.phones.verification_start(phone, calling_code, code_length=6)))
        return {name: answer.get(name) for name in ("carrier", "is_cellphone", "is_ported")}

    def check_phone(self, phone: str, calling_code: int, code: str) -> bool:
        """Return whether the code is that of `start_phone`."""
        answer = _call(lambda: self.client.phones.verification_check(phone, calling_code, code))
        return bool(answer.response.status_code != 401 and _content(answer))

    def phone_info(self, phone: str, calling_code: int) -> dict[str, Any]:
        """Return the carrier and the type of the phone."""
        answer = _content(_call(lambda: self.client.phones.info(phone, calling_code)))
        return {name: answer.get(name) for name in ("provider", "type", "ported")}

    def app(self) -> dict[str, Any]:
        """Return the application's name and settings."""
        return dict(_part(_content(_call(lambda: self.client.apps.fetch())), "app"))

    def stats(self) -> dict[str, Any]:
        """Return the application's number of users."""
        return {"total_users": _content(_call(lambda: self.client.stats.fetch())).get("total_users")}

    def delete(self, authy_id: str) -> None:
        """Delete the user at Authy."""
        _content(_call(lambda: self.client.users.delete(_id(authy_id))))


class _Timed:
    """The replacement of `requests` in the package."""

    def request(self, method: str, url: str, **how: Any) -> Any:
        import requests

        timeout = (CONNECT_SECONDS, READ_SECONDS)
        return requests.request(method, url, timeout=timeout, allow_redirects=False, **how)


def _call(send: Any) -> Any:
    """Return the package's answer, good or not; network errors become ours, without their quotations."""
    import requests

    try:
        answer = send()
    except (requests.Timeout, requests.ConnectionError) as error:
        raise unreachable(error) from None
    except (requests.RequestException, AttributeError, KeyError, TypeError, ValueError):
        raise ProviderFailed from None  # the package parses answers without checks
    status = answer.response.status_code
    if status == 429:
        raise TooMany(_seconds(answer.response.headers.get("retry-after")))
    if status == 404 and isinstance(answer.content, dict) and str(answer.content.get("error_code")) == NO_SUCH_USER:
        raise UserGone
    if not isinstance(answer.content, dict) or status >= 500:
        raise ProviderFailed
    return answer


def _content(answer: Any) -> Mapping[str, Any]:
    """Return the body of a success; Authy writes `success` as a word or as a boolean."""
    content: Mapping[str, Any] = answer.content
    if answer.response.status_code != 200 or str(content.get("success", "true")).lower() != "true":
        raise ProviderFailed
    return content


def _part(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object of the answer; empty if it is missing, so that the check of its ids fails."""
    part = content.get(name) or {}
    if not isinstance(part, dict):
        raise ProviderFailed
    return part


def _id(value: object) -> str:
    """Return an id of digits and nothing else, because ids go into paths."""
    text = str(value)
    if not (text.isascii() and text.isdigit()):
        raise ProviderFailed
    return text


def _uuid(value: object) -> str:
    text = str(value)
    if not text.replace("-", "").isalnum() or not text.isascii() or len(text) > 64:
        raise ProviderFailed
    return text


def _seconds(header: str | None) -> int:
    return int(header) if header and header.isascii() and header.isdigit() else RETRY_AFTER_SECONDS
