"""The account's own factors, through the API, as who is signed in; stepping up where the API asks for it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from client import prompts, second_gate, sign_in, web
from client.errors import Failure
from client.second_gate import Gate, Way

Outputs = Mapping[str, str]
Say = Callable[[str], None]


class Factors:
    """What `sallyport factor` does. Raises `Failure`."""

    def __init__(self, outputs: Outputs, way: Way, say: Say) -> None:
        self._outputs = outputs
        self._way = way
        self._say = say

    def listed(self) -> dict[str, Any]:
        """`{factors, recovery_codes_left}`."""
        return self._json("GET", "/me/factors")

    def available(self) -> dict[str, Any]:
        """`{kinds, second_factor}`."""
        return self._json("GET", "/me/factors/available")

    def begin(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """What the API answers to a new factor."""
        return self._json("POST", f"/me/factors/{kind}", body)

    def send_code(self, factor_id: str, channel: str) -> None:
        """Have the code sent that confirms it."""
        self._json("POST", f"/me/factors/{factor_id}/code", {"channel": channel})

    def confirm(self, factor_id: str, code: str) -> dict[str, Any]:
        """The factor, from now on."""
        return self._json("POST", f"/me/factors/{factor_id}/confirm", {"code": code})

    def remove(self, factor_id: str) -> None:
        """Forget it."""
        self._json("DELETE", f"/me/factors/{factor_id}")

    def recovery_codes(self) -> list[str]:
        """Ten new ones."""
        codes: list[str] = self._json("POST", "/me/recovery-codes", {})["codes"]
        return codes

    def step_up(self) -> None:
        """Show again who one is; the new access token is kept."""
        token = sign_in.current(self._outputs).tokens.access_token
        gate = Gate(self._outputs, "/stepup", token)
        answer = gate.post("/stepup", {})
        if answer.status_code == 202 and not answer.json()["factors"]:
            answer = gate.post("/stepup", {"password": prompts.password()})
        if answer.status_code == 202:
            answer = second_gate.through(gate, answer.json(), self._way, self._say)
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
        if session.door != "api":
            raise Failure("You are signed in at the user pool; factors belong to the API door: sallyport signin")
        header = {"Authorization": f"Bearer {session.tokens.access_token}"}
        return web.request(method, f"{self._outputs['api_url']}{path}", json=body, headers=header)
