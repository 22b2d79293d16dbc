"""The route table: the API door's own routes, and those of the applications behind the gate."""

from contract import scopes
from contract.orders import ORDERS
from contract.route import DEVICE, GUESSABLE, Gated, PoolScopes, Public, Route, Session
from contract.second_gate import ACCOUNT_FACTORS, SECOND_GATE

DOOR: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/signup",
        handler="signup",
        summary="Start a sign-up; a code is mailed to the address.",
        guard=Public(),
        throttle=GUESSABLE,
        body="SignUp",
        answers={201: "Created", 202: "Challenge"},
    ),
    Route(
        method="POST",
        path="/signup/confirm",
        handler="confirm_signup",
        summary="Present the mailed code and become a user.",
        guard=Public(),
        throttle=GUESSABLE,
        body="ConfirmSignUp",
        answers={201: "Created"},
        parameters=(DEVICE,),
        headers={201: ("Set-Cookie",)},
    ),
    Route(
        method="POST",
        path="/signin",
        handler="signin",
        summary="Trade an address and a password for tokens.",
        guard=Public(),
        throttle=GUESSABLE,
        body="SignIn",
        answers={200: "Tokens", 202: "SecondGate", 401: "Problem"},
        parameters=(DEVICE,),
        headers={200: ("Set-Cookie",)},
    ),
    *SECOND_GATE,
    Route(
        method="POST",
        path="/refresh",
        handler="refresh",
        summary="Trade a refresh token, once, for new tokens.",
        guard=Public(),
        body="Refresh",
        answers={200: "Tokens", 401: "Problem"},
    ),
    Route(
        method="POST",
        path="/signout",
        handler="signout",
        summary="End this session.",
        guard=Session(scopes=(scopes.ACCOUNT,)),
        answers={204: None},
    ),
    Route(
        method="GET",
        path="/me",
        handler="me",
        summary="Who the caller is.",
        guard=Session(scopes=(scopes.ACCOUNT,)),
        answers={200: "Me"},
    ),
    *ACCOUNT_FACTORS,
    Route(
        method="GET",
        path="/hello",
        handler="hello",
        summary="A greeting for tokens of the user pool.",
        guard=PoolScopes(scopes=(scopes.HELLO_READ, scopes.HELLO_WRITE)),
        answers={200: "Hello"},
    ),
    Route(
        method="GET",
        path="/.well-known/oauth-authorization-server",
        handler="discovery",
        variant="rfc8414",
        summary="The issuer's metadata (RFC 8414).",
        guard=Public(),
        answers={200: "Discovery"},
    ),
    Route(
        method="GET",
        path="/.well-known/openid-configuration",
        handler="discovery",
        summary="The issuer's metadata, where OpenID Connect Discovery has it.",
        guard=Public(),
        answers={200: "Discovery"},
    ),
    Route(
        method="GET",
        path="/.well-known/jwks.json",
        handler="jwks",
        summary="The issuer's public keys (RFC 7517).",
        guard=Public(),
        answers={200: "Jwks"},
    ),
    Route(
        method="GET",
        path="/openapi.json",
        handler="openapi",
        summary="This API as an OpenAPI 3.1 document.",
        guard=Public(),
        answers={200: None},
    ),
)

ROUTES: tuple[Route, ...] = (*DOOR, *ORDERS)
"""Everything that the API serves. A route that is not here has no guard, so the gate opens it to nobody."""


def gated() -> dict[str, Gated]:
    """Route key → guard, for the routes that our gate guards."""
    return {route.key: route.guard for route in ROUTES if isinstance(route.guard, Gated)}
