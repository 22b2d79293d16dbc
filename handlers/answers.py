"""Answers that several handlers give."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from handlers.core.factors import Enrolled
from handlers.core.places import Place
from handlers.core.second_gate import EnrolmentNeeded, Entered, Gates, SecondGateAhead
from handlers.core.signin import SignedIn
from handlers.http import Response, device_cookie

PENDING = Response(202, {"pending": True})


def entered(gates: Gates, outcome: Entered, place: Place) -> Response:
    """200 with tokens and the device's cookie, or 202 with what comes next."""
    match outcome:
        case SignedIn():
            return replace(tokens(outcome), cookies=(device_cookie(place),))
        case SecondGateAhead():
            return second_gate(gates, outcome)
        case EnrolmentNeeded(access_token, expires_in):
            body = {"access_token": access_token, "token_type": "Bearer", "expires_in": expires_in}
            return Response(202, {"enrol_required": True, **body}, reason="enrol_required")


def tokens(signed_in: SignedIn) -> Response:
    """200 with the two tokens (RFC 6749 §5.1)."""
    body = {
        "access_token": signed_in.access_token,
        "refresh_token": signed_in.refresh_token,
        "token_type": "Bearer",
        "expires_in": signed_in.expires_in,
    }
    return Response(200, body)


def second_gate(gates: Gates, ahead: SecondGateAhead) -> Response:
    """202 with the factors that open it."""
    body = {
        "challenge_id": ahead.challenge_id,
        "expires_in": ahead.expires_in,
        "factors": [factor(gates, one) for one in ahead.factors],
    }
    return Response(202, body, reason="second_gate")


def challenge(challenge_id: str, expires_in: int, **more: Any) -> Response:
    """202 with a challenge."""
    return Response(202, {"challenge_id": challenge_id, "expires_in": expires_in, **more})


def factor(gates: Gates, enrolled: Enrolled) -> dict[str, Any]:
    """A factor, as its owner may see it."""
    kind = gates.kinds.get(enrolled.kind)
    return {
        "id": enrolled.id,
        "kind": enrolled.kind,
        "hint": enrolled.hint,
        "confirmed": enrolled.confirmed,
        "created_at": datetime.fromtimestamp(enrolled.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "channels": list(kind.channels) if kind else [],
    }
