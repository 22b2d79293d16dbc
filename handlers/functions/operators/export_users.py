"""Export of users by operators, with password hashes and TOTP secrets. Event: {identity, after}.

Answers {rows, unreadable, next}: rows as `import_users` takes them; the ids of users whose secrets KMS does not
decrypt; `next` continues, and is empty at the end. Invoked with the operator's AWS credentials; see `manage_users` for
`identity`.
"""

from typing import Any

import msgspec

from handlers import services
from handlers.adapters.http import Event
from handlers.adapters.operator_calls import operator
from handlers.core.accounts import user_export

SERVICES = services.load("events", "directory", "accounts", "factors", "password_cipher", "factor_cipher")


@operator("export users")
def handler(event: Event) -> dict[str, Any]:
    """Return a page of users."""
    page = user_export.export(SERVICES, str(event.get("after") or ""))
    return {"rows": [msgspec.to_builtins(row) for row in page.rows], "unreadable": page.unreadable, "next": page.next}
