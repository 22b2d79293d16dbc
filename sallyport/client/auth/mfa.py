"""MFA in a terminal: choose a factor, have its code sent and present it, or wait for a push."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click
import httpx

from sallyport.client import web
from sallyport.client.auth import devices
from sallyport.client.errors import Failure
from sallyport.client.prompts import PASSWORD_VARIABLE

PUSH_SECONDS, POLL_SECONDS = 120, 2
EMAIL = "email"
HUMAN = ("totp", "authy", "verify", "recovery", EMAIL)

Outputs = Mapping[str, str]


@dataclass(frozen=True)
class FactorChoice:
    """The factor that the user has chosen (`totp`, `authy:push`, a factor's id), and commands that print codes."""

    factor: str | None = None
    code_from: str | None = None
    mailed_code_from: str | None = None

    @property
    def channel(self) -> str | None:
        """The channel: the part after the colon."""
        return self.factor.partition(":")[2] or None if self.factor else None

    def code(self, what: str) -> str:
        """Return the code that the command prints or the user types."""
        return _code(self.code_from, "--code-from", what)

    def mailed_code(self, address: str) -> str:
        """Return the mailed code that its own command prints or the user types."""
        return _code(self.mailed_code_from, "--mailed-code-from", f"mailed to {address}")


def _code(printed_by: str | None, option: str, what: str) -> str:
    if printed_by is None:
        asked: str = click.prompt(f"Code ({what})", err=True)
        return asked.strip()
    environment = {name: value for name, value in os.environ.items() if name != PASSWORD_VARIABLE}
    command = ["bash", "-c", printed_by]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode or not done.stdout.strip():  # not printed: the command itself may hold a secret
        raise Failure(f"The command of {option} printed no code (exit code {done.returncode})")
    return done.stdout.split()[0]


@dataclass(frozen=True)
class ProofEndpoint:
    """The route that takes proofs: `/signin/verify`, or `/stepup` with the session's token."""

    outputs: Outputs
    path: str
    token: str | None = None

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """Send a POST request. Raises `Failure` for an address to which secrets must not be sent."""
        api_url = self.outputs["api_url"]
        headers = {**devices.header(api_url), **({"Authorization": f"Bearer {self.token}"} if self.token else {})}
        answer = web.request("POST", f"{api_url}{path}", json=body, headers=headers)
        devices.remember(api_url, answer)
        return answer


def complete(
    endpoint: ProofEndpoint, required: dict[str, Any], choice: FactorChoice, say: Callable[[str], None]
) -> httpx.Response:
    """Present a second factor; return the answer. Raises `Failure`."""
    factor = _chosen(required["factors"], choice)
    chosen = {"challenge_id": required["challenge_id"], "factor_id": factor["id"]}
    channel = _channel(factor, choice)
    if channel:
        _expect(endpoint.post("/signin/factor", {**chosen, "channel": channel}), 202)
    if channel == "push":
        say(f"Waiting for the push to {factor['hint']} to be approved")
        return _approved(endpoint, chosen)
    code = choice.mailed_code(factor["hint"]) if factor["kind"] == EMAIL else choice.code(_name(factor, channel))
    return _expect(endpoint.post(endpoint.path, {**chosen, "code": code}), 200)


def _chosen(factors: list[dict[str, Any]], choice: FactorChoice) -> dict[str, Any]:
    usable = [one for one in factors if one["kind"] in HUMAN]
    wanted = choice.factor.partition(":")[0] if choice.factor else None
    if [one["kind"] for one in usable] == [EMAIL]:  # the only factor, so there is no choice
        return usable[0]
    if not usable:
        raise Failure("This account's factors need a browser (passkeys)")
    if wanted is not None:
        found = [one for one in usable if wanted in (one["id"], one["kind"])]
        if not found:
            raise Failure(f"There is no {wanted}; there are: {', '.join(one['id'] for one in usable)}")
        return found[0]
    first = [one for one in usable if one["kind"] != "recovery"] or usable
    if len(first) == 1:
        return first[0]
    names = [one["id"] for one in usable]
    asked: str = click.prompt("Second factor", type=click.Choice(names), default=first[0]["id"], err=True)
    return next(one for one in usable if one["id"] == asked)


def _channel(factor: dict[str, Any], choice: FactorChoice) -> str | None:
    channels = factor["channels"]
    if not channels or (choice.channel and choice.channel in channels):
        return choice.channel if channels else None
    if choice.channel:
        raise Failure(f"{factor['id']} knows no {choice.channel}; it knows: {', '.join(channels)}")
    if choice.code_from is not None:
        return str(channels[0])
    asked: str = click.prompt("Send it by", type=click.Choice(channels), default=channels[0], err=True)
    return asked


def _name(factor: dict[str, Any], channel: str | None) -> str:
    where = {"sms": "text to", "call": "call to", "app": "app of"}.get(channel or "", "")
    return f"{where} {factor['hint']}".strip()


def _approved(endpoint: ProofEndpoint, chosen: dict[str, str]) -> httpx.Response:
    deadline = time.monotonic() + PUSH_SECONDS
    while time.monotonic() < deadline:
        answer = endpoint.post(endpoint.path, chosen)
        if answer.status_code != 202:
            return _expect(answer, 200)
        time.sleep(POLL_SECONDS)
    raise Failure("Nobody has answered the push")


def _expect(answer: httpx.Response, status: int) -> httpx.Response:
    if answer.status_code != status:
        raise Failure(web.message(answer))
    return answer
