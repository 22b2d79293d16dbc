"""The signing keys of a stack: rotation, in which Secrets Manager calls the stack's function in four steps; revocation.

The embedded AWS keeps the schedule of rotations but never calls the function, so the steps are called from here.
"""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from sallyport.client.errors import Failure
from sallyport.client.stack import aws, target

POLL_SECONDS = 1
PATIENCE_SECONDS = 120
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
SIGNING = ("signin", "verify-factor", "step-up", "refresh")
"""The functions that sign tokens, and keep the key that they have fetched for an hour."""

Outputs = Mapping[str, str]


def list_keys(outputs: Outputs) -> list[dict[str, Any]]:
    """Return {kid, state, until} of the published keys. Raises `Failure`."""
    found: list[dict[str, Any]] = _invoke(outputs, "describe")
    return found


def rotate(outputs: Outputs) -> str:
    """Rotate the keys, and return the new version when it signs. Raises `Failure`."""
    return _rotate_here(outputs) if target.is_local(outputs) else rotate_on_aws(outputs)


def revoke(outputs: Outputs, say: Callable[[str], None]) -> None:
    """Rotate twice, start the functions that sign again, remove the retired keys. Raises `Failure`; may be repeated."""
    for round_ in ("first", "second"):
        say(f"the {round_} rotation")
        rotate(outputs)
    say("functions that sign start again")
    functions = aws.functions(outputs)
    for name in SIGNING:
        _start_again(outputs, functions[name]["FunctionName"])
    say("the retired keys are removed")
    _invoke(outputs, "revokeRetired")


def rotate_on_aws(outputs: Outputs) -> str:
    """Start a rotation and wait for it; return the new version. Raises `Failure`."""
    secret = _function(outputs)["Environment"]["Variables"]["SIGNING_KEYS_SECRET_ID"]
    version: str = aws.call(outputs, "secretsmanager", "rotate_secret", SecretId=secret)["VersionId"]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        stages = aws.call(outputs, "secretsmanager", "describe_secret", SecretId=secret)["VersionIdsToStages"]
        if "AWSCURRENT" in stages.get(version, ()):
            return version
        time.sleep(POLL_SECONDS)
    raise Failure(f"Version {version} does not sign after {PATIENCE_SECONDS} s; see: sallyport logs rotation")


def _rotate_here(outputs: Outputs) -> str:
    """Call the four steps of a rotation; return the new version. Raises `Failure`."""
    version = str(uuid.uuid4())
    for step in STEPS:
        _invoke(outputs, step, ClientRequestToken=version)
    return version


def _start_again(outputs: Outputs, function: str) -> None:
    """Change a function's environment, which no running instance may keep: all start again with the keys of now.

    A change of the description is not enough: instances that are warm may live on.
    """
    before = aws.call(outputs, "lambda", "get_function_configuration", FunctionName=function)["Environment"][
        "Variables"
    ]
    revoked_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    environment = {"Variables": {**before, "KEYS_REVOKED_AT": revoked_at}}
    aws.call(outputs, "lambda", "update_function_configuration", FunctionName=function, Environment=environment)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        now = aws.call(outputs, "lambda", "get_function_configuration", FunctionName=function)
        if now.get("LastUpdateStatus", "Successful") == "Successful":
            return
        time.sleep(POLL_SECONDS)
    raise Failure(f"{function} has not started again after {PATIENCE_SECONDS} s; run the command again")


def _function(outputs: Outputs) -> dict[str, Any]:
    found = aws.functions(outputs).get("rotation")
    if found is None:
        raise Failure(f"There is no stack {outputs['stage']} in {outputs['region']} that these credentials can see")
    function: dict[str, Any] = found
    return function


def _invoke(outputs: Outputs, step: str, **more: str) -> Any:
    event = json.dumps({"Step": step, **more}).encode()
    name = _function(outputs)["FunctionName"]
    answer = aws.call(outputs, "lambda", "invoke", FunctionName=name, Payload=event)
    if answer.get("FunctionError"):
        raise Failure(f"The step {step} failed; see: sallyport logs rotation")
    return json.loads(answer["Payload"].read())
