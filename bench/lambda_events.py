"""Events for the functions of the route table, each good once: new users, tokens and codes."""

import json
from collections.abc import Callable
from typing import Any

from bench.authorizer import authorizer_event
from tests.support.account import Account, next_code
from tests.support.fake_providers import Providers
from tests.support.handlers import ROWS, Handlers, User, authorized, new_address

Event = dict[str, Any]


def events_for(handlers: Handlers, name: str, count: int) -> list[Event]:
    """Return events for a function by the name of its file; without an own maker, of a user who asks without a body."""
    make = EVENTS.get(name)
    return [make(handlers) if make else _request(handlers, name, None, handlers.user()) for _ in range(count)]


def _request(handlers: Handlers, name: str, body: Any, user: User | None = None) -> Event:
    """Return API Gateway's event for a route, with the context that the authorizer gives for a session of the user."""
    context = authorized()
    if user:
        account = Account(user, Providers(handlers.stack.cloud.url))
        account.sign_in()
        context = account.event()
    return {"routeKey": ROWS[name].key, "body": None if body is None else json.dumps(body), "headers": {}, **context}


def _authorizer(handlers: Handlers) -> Event:
    return authorizer_event(handlers, handlers.user().sign_in()["access_token"])


def _sign_in(handlers: Handlers) -> Event:
    user = handlers.user()
    return _request(handlers, "signin", {"email": user.address, "password": user.password})


def _refresh(handlers: Handlers) -> Event:
    return _request(handlers, "refresh", {"refresh_token": handlers.user().sign_in()["refresh_token"]})


def _verify_factor(handlers: Handlers) -> Event:
    account = Account(handlers.user(), Providers(handlers.stack.cloud.url))
    app = account.add_totp()
    body = {"challenge_id": account.challenge(), "factor_id": "totp", "code": next_code(app)}
    return _request(handlers, "verify_factor", body)


def _sign_up(handlers: Handlers) -> Event:
    return _request(handlers, "signup", {"email": new_address(), "password": "violet otters paddle past nine"})


def _confirm_sign_up(handlers: Handlers) -> Event:
    challenge_id, code = handlers.sign_up()
    return _request(handlers, "confirm_signup", {"challenge_id": challenge_id, "code": code})


def _start_factor(handlers: Handlers) -> Event:
    account = Account(handlers.user(), Providers(handlers.stack.cloud.url))
    account.add_totp()
    return _request(handlers, "start_factor", {"challenge_id": account.challenge(), "factor_id": "totp"})


def _step_up(handlers: Handlers) -> Event:
    user = handlers.user()
    return _request(handlers, "step_up", {"password": user.password}, user)


def _mailed(name: str) -> Callable[[Handlers], Event]:
    return lambda handlers: _request(handlers, name, {"email": handlers.user().address})


def _of_user(name: str) -> Callable[[Handlers], Event]:
    return lambda handlers: _request(handlers, name, None, handlers.user())


EVENTS: dict[str, Callable[[Handlers], Event]] = {
    "authorizer": _authorizer,
    "signin": _sign_in,
    "refresh": _refresh,
    "verify_factor": _verify_factor,
    "signup": _sign_up,
    "confirm_signup": _confirm_sign_up,
    "signin_code": _mailed("signin_code"),
    "signin_passkey": lambda handlers: _request(handlers, "signin_passkey", {}),
    "start_factor": _start_factor,
    "step_up": _step_up,
    "forgot_password": _mailed("forgot_password"),
    "signout": _of_user("signout"),
    "me": _of_user("me"),
}
"""Function → what makes an event for it. Those that most users wait for, in the order of the report."""
