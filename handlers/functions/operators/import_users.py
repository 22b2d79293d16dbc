"""Import of users by operators. Event: {identity, rows, dry_run}; a row is a line of JSON (`contract.transfer`).

Answers {results}: for each row `imported`, `already`, `kept`, `taken`, `deleted`, or {reason}. Rows may be sent
again. Invoked with the operator's AWS credentials; see `manage_users` for `identity`.
"""

from typing import Any

from handlers import services
from handlers.adapters.http import Event
from handlers.adapters.operator_calls import operator
from handlers.core.accounts import user_import
from handlers.core.accounts.user_import import Refused
from handlers.errors import BadRequest

SERVICES = services.load(
    "events", "directory", "accounts", "password_cipher", "factor_cipher", "pepper", "default_roles", "roles",
    "profile_attributes",
)  # fmt: skip


@operator("import users")
def handler(event: Event) -> dict[str, Any]:
    """Import the rows; a dry run unless the event says otherwise."""
    results = user_import.import_rows(SERVICES, _rows(event), dry_run=event.get("dry_run") is not False)
    return {"results": [{"reason": one.reason} if isinstance(one, Refused) else one.value for one in results]}


def _rows(event: Event) -> list[bytes]:
    rows = event.get("rows")
    if not isinstance(rows, list) or not all(isinstance(row, str) for row in rows):
        raise BadRequest("The rows are not lines of JSON.")
    return [row.encode() for row in rows]
