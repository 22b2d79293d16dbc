"""Random values that stay the same between deployments, as with Pulumi's random provider."""

import base64
import secrets
import string
from typing import Any

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import Call, ResourceHandler

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"


class RandomString(ResourceHandler):
    """random.RandomString."""

    token = "random:index/randomString:RandomString"  # noqa: S105

    @staticmethod
    def create(call: Call, **inputs: Any) -> Made:
        """Draw the string. Outputs: result."""
        drawn = RandomString.configuration(**inputs)
        return Made(drawn["result"], drawn)

    @staticmethod
    def configuration(
        *,
        length: int,
        special: bool = True,
        override_special: str = SPECIAL,
        upper: bool = True,
        lower: bool = True,
        numeric: bool = True,
        keepers: dict[str, str] | None = None,
    ) -> dict[str, str]:
        """Return a random text as `result`."""
        kinds = ((string.ascii_uppercase, upper), (string.ascii_lowercase, lower), (string.digits, numeric))
        alphabet = "".join(letters for letters, is_wanted in (*kinds, (override_special, special)) if is_wanted)
        return {"result": "".join(secrets.choice(alphabet) for _ in range(length))}


class RandomPassword(ResourceHandler):
    """random.RandomPassword."""

    token = "random:index/randomPassword:RandomPassword"  # noqa: S105
    configuration = RandomString.configuration

    @staticmethod
    def create(call: Call, **inputs: Any) -> Made:
        """Draw the password. Outputs: result, secret."""
        return Made("none", RandomString.configuration(**inputs), ("result",))


class RandomId(ResourceHandler):
    """random.RandomId."""

    token = "random:index/randomId:RandomId"  # noqa: S105

    @staticmethod
    def create(call: Call, *, byte_length: int, prefix: str = "", keepers: dict[str, str] | None = None) -> Made:
        """Draw the id. Outputs: hex, dec, b64Std, b64Url."""
        raw = secrets.token_bytes(byte_length)
        url = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        outputs = {"hex": raw.hex(), "dec": str(int.from_bytes(raw)), "b64Std": base64.b64encode(raw).decode()}
        return Made(url, {**{name: prefix + text for name, text in outputs.items()}, "b64Url": prefix + url})
