"""The applications behind the authorizer that hold data about users: each has a function that exports and erases it."""

import json
from collections.abc import Mapping
from typing import Any

from handlers.store.aws import patient_client


class ApplicationFailed(Exception):
    """An application's function that has failed; what it was asked may be asked again."""


class LambdaApplications:
    """Implements `core.ports.Applications`. A function gets {action: export or erase, iss, sub}."""

    def __init__(self, functions: Mapping[str, str], issuer: str) -> None:
        self._functions = functions
        self._issuer = issuer

    def export(self, user_id: str) -> dict[str, Any]:
        """One invocation for each application."""
        return {name: self._invoke(name, "export", user_id) for name in self._functions}

    def erase(self, user_id: str) -> None:
        """One invocation for each application."""
        for name in self._functions:
            self._invoke(name, "erase", user_id)

    def _invoke(self, name: str, action: str, user_id: str) -> Any:
        event = {"action": action, "iss": self._issuer, "sub": user_id}
        answer = patient_client("lambda").call("Invoke", FunctionName=self._functions[name], Payload=json.dumps(event))
        if answer.get("FunctionError"):
            raise ApplicationFailed(name)
        return json.loads(answer["Payload"])
