"""Answers that several handlers give."""

from handlers.core.signin import SignedIn
from handlers.http import Response


def tokens(signed_in: SignedIn) -> Response:
    """200 with the two tokens (RFC 6749 §5.1)."""
    body = {
        "access_token": signed_in.access_token,
        "refresh_token": signed_in.refresh_token,
        "token_type": "Bearer",
        "expires_in": signed_in.expires_in,
    }
    return Response(200, body)
