"""The route table: the directory's own routes, and those of the applications behind the authorizer."""

from contract import scopes
from contract.account import CHANGES, EXPORT
from contract.applications import APPLICATIONS
from contract.mfa import ACCOUNT_FACTORS, MFA
from contract.route import (
    DEVICE,
    REFRESH_COOKIE,
    REFRESH_MODE,
    Authorized,
    PoolScopes,
    Public,
    Route,
    Session,
)

DIRECTORY: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/signup",
        handler="signup/signup",
        summary="Start a sign-up; a code is mailed to the address.",
        guard=Public(),
        is_guessable=True,
        body="SignUp",
        answers={201: "Created", 202: "Challenge"},
    ),
    Route(
        method="POST",
        path="/signup/confirm",
        handler="signup/confirm_signup",
        summary="Present the mailed code and become a user.",
        guard=Public(),
        is_guessable=True,
        body="ConfirmSignUp",
        answers={201: "Created"},
        parameters=(DEVICE,),
        headers={201: ("Set-Cookie",)},
    ),
    Route(
        method="POST",
        path="/signin",
        handler="signin/signin",
        summary="Trade an address and a password for tokens.",
        guard=Public(),
        is_guessable=True,
        body="SignIn",
        answers={200: "Tokens", 202: "MfaRequired", 401: "Problem"},
        parameters=(DEVICE, REFRESH_MODE),
        headers={200: ("Set-Cookie",)},
    ),
    *MFA,
    Route(
        method="POST",
        path="/refresh",
        handler="session/refresh",
        summary="Trade a refresh token, once, for new tokens.",
        guard=Public(),
        body="Refresh",
        answers={200: "Tokens", 401: "Problem"},
        parameters=(REFRESH_MODE, REFRESH_COOKIE),
        headers={200: ("Set-Cookie",)},
    ),
    Route(
        method="POST",
        path="/signout",
        handler="session/signout",
        summary="End this session.",
        guard=Session(scopes=(scopes.ACCOUNT,)),
        answers={204: None},
        parameters=(REFRESH_MODE,),
        headers={204: ("Set-Cookie",)},
    ),
    *CHANGES,
    *ACCOUNT_FACTORS,
    Route(
        method="GET",
        path="/hello",
        handler="hello/hello",
        summary="A greeting for tokens of the user pool.",
        guard=PoolScopes(scopes=(scopes.HELLO_READ, scopes.HELLO_WRITE)),
        answers={200: "Hello"},
    ),
    Route(
        method="GET",
        path="/.well-known/oauth-authorization-server",
        handler="metadata/discovery",
        variant="rfc8414",
        summary="The issuer's metadata (RFC 8414).",
        guard=Public(),
        answers={200: "Discovery"},
    ),
    Route(
        method="GET",
        path="/.well-known/openid-configuration",
        handler="metadata/discovery",
        summary="The issuer's metadata, where OpenID Connect Discovery has it.",
        guard=Public(),
        answers={200: "Discovery"},
    ),
    Route(
        method="GET",
        path="/.well-known/jwks.json",
        handler="metadata/jwks",
        summary="The issuer's public keys (RFC 7517).",
        guard=Public(),
        answers={200: "Jwks"},
    ),
    Route(
        method="GET",
        path="/openapi.json",
        handler="metadata/openapi",
        summary="This API as an OpenAPI 3.1 document.",
        guard=Public(),
        answers={200: None},
    ),
)

ROUTES: tuple[Route, ...] = (*DIRECTORY, EXPORT, *(route for one in APPLICATIONS for route in one.routes))
"""All routes of the API. The authorizer refuses every other route."""


def authorized() -> dict[str, Authorized]:
    """Return route key → guard for the routes behind the Lambda authorizer."""
    return {route.key: route.guard for route in ROUTES if isinstance(route.guard, Authorized)}
