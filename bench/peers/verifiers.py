"""Verification of one access token, every claim checked: ours and other libraries, interleaved in one run."""

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import material
from bench.material import Material
from bench.peers import environments
from sallyport.local.tools import ROOT

HERE = Path(__file__).parent
PYTHON = ("raw", "sha256", "ours", "remembered", "PyJWT", "joserfc", "Authlib", "python-jose")
NODE = ("aws-jwt-verify", "fast-jwt")
CALLS = 200


class Tampered(Exception):
    """A verifier that has accepted a token which it must refuse."""


@dataclass(frozen=True)
class Verifier:
    """A verifier in its process."""

    name: str
    version: str
    process: "subprocess.Popen[str]"

    def microseconds(self, calls: int) -> float:
        """Return the microseconds of a call, over a number of calls."""
        return float(_asked(self.process, str(calls)))


def measure(rounds: int) -> tuple[dict[str, str], list[dict[str, float]]]:
    """Return name → version, and the microseconds of each round by name. Raises `Tampered`."""
    made = material.make()
    given = {**made.given, "bad": bad_tokens(made)}
    with ExitStack() as open_:
        verifiers = [open_.enter_context(_started(name, command, given)) for name, command in _commands()]
        for verifier in verifiers:
            verifier.microseconds(20 * CALLS)  # node compiles what it sees often
        rows = [{one.name: one.microseconds(CALLS) for one in verifiers} for _ in range(rounds)]
        return {one.name: one.version for one in verifiers}, rows


def _commands() -> Iterator[tuple[str, list[str]]]:
    for name in PYTHON:
        yield name, [str(environments.python()), str(HERE / "verify_worker.py"), name]
    folder = environments.node()
    for name in NODE if folder else ():
        yield name, ["node", str(HERE / "verify_worker.mjs"), name, str(folder)]


@contextmanager
def _started(name: str, command: list[str], given: dict[str, Any]) -> Iterator[Verifier]:
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "PYTHONWARNINGS": "ignore"}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        said = json.loads(_asked(process, json.dumps(given)))
        if said["accepted"]:
            raise Tampered(f"{name} {said['version']} accepts: {', '.join(said['accepted'])}")
        yield Verifier(name, said["version"], process)
        process.terminate()


def _asked(process: "subprocess.Popen[str]", line: str) -> str:
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    return process.stdout.readline()


def bad_tokens(made: Material) -> dict[str, str]:
    """Return what is wrong → a token that every verifier must refuse."""
    given, sign = made.given, made.sign
    header, payload, signature = given["token"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    other = "B" if signature[5] == "A" else "A"
    return {
        "another payload": f"{header}.{_part({**claims, 'sub': 'eve'})}.{signature}",
        "another signature": f"{header}.{payload}.{signature[:5]}{other}{signature[6:]}",
        "no signature": f"{header}.{payload}.",
        "alg none": f"{_part({'alg': 'none', 'kid': given['kid'], 'typ': 'JWT'})}.{payload}.",
        "expired": sign({**claims, "exp": claims["iat"] - 60}),
        "another audience": sign({**claims, "aud": "another"}),
        "another issuer": sign({**claims, "iss": "https://example.com"}),
    }


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
