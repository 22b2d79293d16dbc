"""Twilio Verify through the `twilio` package, with timeouts and with its answers mapped to ours.

| Twilio does | we say |
|---|---|
| answer 200 with `pending` to a check | the code is wrong |
| answer 404 with 20404 to a check: expired, used, unknown | the code is wrong |
| answer 429: 60202, 60203, 20429 | `TooMany` (429) |
| answer 400 with 60200: not a phone | `BadRequest` (400) |
| not answer, or refuse the connection | `ProviderUnavailable` (503) |
| answer anything else | `ProviderFailed` (502) |

Source: the package's code; https://www.twilio.com/docs/verify/api.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from handlers.errors import BadRequest, ProviderFailed, TooMany
from handlers.factors.connections import unreachable
from handlers.store.credentials import Credentials

T = TypeVar("T")

TIMEOUT_SECONDS = 2.5  # to connect, and to read; two calls fit into the seconds that a function has
RETRY_AFTER_SECONDS = 60
GONE, BAD_NUMBER = 20404, 60200


@dataclass(frozen=True)
class Sent:
    """A verification; `resumed` if it was open already, so that its code was sent before."""

    sid: str
    resumed: bool


class Verify:
    """A Verify service."""

    def __init__(self, secret_id: str, url: str) -> None:
        self._credentials = Credentials(secret_id)
        self._url = url
        self._client: Any = None

    @property
    def key(self) -> str:
        """Return the account's token."""
        return self._credentials["auth_token"]

    def send(self, phone: str, channel: str) -> Sent:
        """Send a code by text or by call."""
        begun = _asked(lambda: self._service.verifications.create(to=phone, channel=channel))
        return Sent(str(begun.sid), len(begun.send_code_attempts or ()) > 1)

    def end(self, phone: str) -> None:
        """Invalidate the code that was sent to this phone, if there is one."""
        try:
            _asked(lambda: self._service.verifications(phone).update(status="canceled"))
        except _Gone:
            return

    def is_valid(self, sid: str, code: str) -> bool:
        """Return whether the code is this verification's; a right code is used up."""
        try:
            check = _asked(lambda: self._service.verification_checks.create(verification_sid=sid, code=code))
        except (_Gone, BadRequest):
            return False
        return (check.status, check.sid) == ("approved", sid)

    def service(self) -> dict[str, Any]:
        """Return the service's name and the length of its codes."""
        service = _asked(lambda: self._service.fetch())
        return {"name": str(service.friendly_name), "code_length": service.code_length}

    @property
    def _service(self) -> Any:
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        account_sid, token = self._credentials["account_sid"], self._credentials["auth_token"]
        if self._client is None or self._client.auth != (account_sid, token):
            self._client = Client(account_sid, token, http_client=TwilioHttpClient(timeout=TIMEOUT_SECONDS))
            self._client.verify.base_url = self._url
        return self._client.verify.v2.services(self._credentials["service_sid"])


class _Gone(Exception):
    """A verification that Twilio does not know, or does not know any more."""


def _asked(ask: Callable[[], T]) -> T:
    """Return Twilio's answer; its errors become ours, without their quotations."""
    import requests
    from twilio.base.exceptions import TwilioException, TwilioRestException

    try:
        return ask()
    except TwilioRestException as error:
        if error.code == GONE:
            raise _Gone from None
        if error.status == 429:
            raise TooMany(RETRY_AFTER_SECONDS) from None
        if error.code == BAD_NUMBER:
            raise BadRequest("The provider does not take this phone.") from None
        raise ProviderFailed from None
    except (requests.Timeout, requests.ConnectionError) as error:
        raise unreachable(error) from None
    except (TwilioException, requests.RequestException, ValueError, KeyError, TypeError, AttributeError):
        raise ProviderFailed from None
