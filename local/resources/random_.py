"""Random values that stay what they are, as the random provider makes them."""

import secrets
import string

from local.engine import Made, ResourceError
from local.resources.kind import Call, Kind


class RandomPassword(Kind):
    """random.RandomPassword."""

    token = "random:index/randomPassword:RandomPassword"  # noqa: S105

    @staticmethod
    def create(call: Call, *, length: int, special: bool = True) -> Made:
        """Outputs: result, secret."""
        if special:
            raise ResourceError("only passwords without special characters are handled")
        alphabet = string.ascii_letters + string.digits
        result = "".join(secrets.choice(alphabet) for _ in range(length))
        return Made("none", {"result": result}, ("result",))
