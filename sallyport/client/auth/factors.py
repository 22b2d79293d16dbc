"""The factors of the signed-in user, through the API, with a step-up where the API requires it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from sallyport.client import prompts, web
from sallyport.client.auth import mfa, sign_in
from sallyport.client.auth.mfa import FactorChoice, ProofEndpoint
from sallyport.client.errors import Failure

Outputs = Mapping[str, str]
Say = Callable[[str], None]


class Factors:
    """The API calls of `sallyport factor`. Every method raises `Failure`."""

    def __init__(self, outputs: Outputs, choice: FactorChoice, say: Say) -> None:
        self._outputs = outputs
        self._choice = choice
        self._say = say

    def listed(self) -> dict[str, Any]:
        """Return `{factors, recovery_codes_left}`."""
        return self._json("GET", "/me/factors")

    def available(self) -> dict[str, Any]:
        """Return `{kinds, second_factor}`."""
        return self._json("GET", "/me/factors/available")

    def begin(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """Begin an enrolment; return the API's answer."""
        return self._json("POST", f"/me/factors/{kind}", body)

    def send_code(self, factor_id: str, channel: str) -> None:
        """Request the code that confirms the factor."""
        self._json("POST", f"/me/factors/{factor_id}/code", {"channel": channel})

    def confirm(self, factor_id: str, code: str) -> dict[str, Any]:
        """Confirm the factor; return it."""
        return self._json("POST", f"/me/factors/{factor_id}/confirm", {"code": code})

    def remove(self, factor_id: str) -> None:
        """Remove the factor."""
        self._json("DELETE", f"/me/factors/{factor_id}")

    def recovery_codes(self) -> list[str]:
        """Return ten new recovery codes."""
        codes: list[str] = self._json("POST", "/me/recovery-codes", {})["codes"]
        return codes

    def step_up(self) -> None:
        """Authenticate again, and store the new access token."""
        token = sign_in.current(self._outputs).tokens.access_token
        endpoint = ProofEndpoint(self._outputs, "/stepup", token)
        answer = endpoint.post("/stepup", {})
        if answer.status_code == 202 and not answer.json()["factors"]:
            answer = endpoint.post("/stepup", {"password": prompts.password()})
        if answer.status_code == 202:
            answer = mfa.complete(endpoint, answer.json(), self._choice, self._say)
        if answer.status_code != 200:
            raise Failure(web.message(answer))
        sign_in.keep_access_token(self._outputs, answer.json())

    def _json(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self._send(method, path, body)
        if answer.status_code == 401 and web.code(answer) == "step_up_required":
            self._say("This needs a fresh sign-in")
            self.step_up()
            answer = self._send(method, path, body)
        if answer.is_error:
            raise Failure(web.message(answer))
        content: dict[str, Any] = json.loads(answer.text or "{}")
        return content

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        session = sign_in.current(self._outputs)
        if session.issuer != "api":
            raise Failure("You are signed in at the user pool; factors belong to the directory: sallyport signin")
        header = {"Authorization": f"Bearer {session.tokens.access_token}"}
        return web.request(method, f"{self._outputs['api_url']}{path}", json=body, headers=header)
