"""Management of users by operators, invoked with the operator's AWS credentials. Event: {action, identity, ...}.

`identity` is a signed request that tells who the operator is (`handlers.store.operator_identity`); every act is an
event with that ARN.

| action | fields | does | answers |
|---|---|---|---|
| `create` | email, password | creates a user with this password, without a mailed code | {id} |
| `disable`, `enable` | email | ends all sessions and refuses sign-in, or allows it again | {} |
| `unlock` | email | resets the counters of wrong passwords in a row and wrong codes | {} |
| `end_sessions` | email | ends all sessions | {} |
| `remove_factors` | email | removes all second factors, and tells the user | {} |
| `roles` | email, add, remove | gives and takes roles | {roles} |
| `delete` | email | deletes the user at once, with everything stored | {} |
| `show` | email | returns what is known about the user | {user, factors, sessions, failures} |
| `list` | prefix, role, state, since, after, limit | returns a page of users | {users, next} |

A refusal answers {code, message}, as the API does.
"""

from dataclasses import asdict
from typing import Any

from handlers import services
from handlers.adapters.http import Event
from handlers.adapters.operator_calls import operator
from handlers.core.accounts import operators, signup, user_list
from handlers.core.accounts.user_list import Query
from handlers.errors import ApiError

SERVICES = services.load(
    "events", "directory", "accounts", "applications", "password_cipher", "counters", "factors", "factor_types",
    "mailer", "sign_in_limits", "factor_limits", "pepper", "default_roles", "roles",
)  # fmt: skip
ACTIONS = {
    "disable": operators.disable,
    "enable": operators.enable,
    "unlock": operators.unlock,
    "end_sessions": operators.end_sessions,
    "remove_factors": operators.remove_factors,
    "delete": operators.delete,
}


@operator("manage users")
def handler(event: Event) -> dict[str, Any]:
    """Do what the event asks for."""
    match event:
        case {"action": "create", "email": str(email), "password": str(password)}:
            return {"id": signup.create(SERVICES, email, password).user_id}
        case {"action": "roles", "email": str(email), "add": list(add), "remove": list(remove)}:
            return {"roles": list(operators.change_roles(SERVICES, email, add, remove))}
        case {"action": "show", "email": str(email)}:
            return _shown(operators.show(SERVICES, email))
        case {"action": "list", "query": dict(query)}:
            return _listed(Query(**query))
        case {"action": str(action), "email": str(email)} if action in ACTIONS:
            ACTIONS[action](SERVICES, email)
            return {}
        case _:
            raise ApiError


def _listed(query: Query) -> dict[str, Any]:
    page = operators.find(SERVICES, query)
    return {"users": [_user(one) for one in page.users], "next": page.next}


def _user(profile: Any) -> dict[str, Any]:
    return {
        "id": profile.user_id,
        "email": profile.email,
        "state": user_list.state_of(profile),
        "roles": list(profile.roles),
        "second_factors": profile.second_factors,
        "created_at": profile.created_at,
        "delete_at": profile.delete_at,
    }


def _shown(found: operators.Shown) -> dict[str, Any]:
    now = SERVICES.now()
    sessions = [one for one in found.sessions if one.epoch == found.profile.epoch and not one.is_over(now)]
    return {
        "user": _user(found.profile),
        "failures": [asdict(one) for one in found.failures],
        "factors": [
            {"kind": one.kind, "hint": one.hint, "confirmed": one.confirmed, "created_at": one.created_at}
            for one in found.factors
        ],
        "sessions": [
            {
                "device": one.device,
                "network": one.network,
                "created_at": one.created_at,
                "last_used_at": one.rotated_at,
                "amr": list(one.amr),
            }
            for one in sessions
        ],
    }
