"""Rotation of the signing key: Secrets Manager calls the stack's function in four steps.

The embedded AWS keeps the schedule of rotations but never calls the function, so the steps are called from here.
"""

import json
import time
import uuid
from collections.abc import Mapping

from sallyport.client.errors import Failure
from sallyport.client.stack import aws
from sallyport.client.stack.local_stack import LocalStack

POLL_SECONDS = 1
PATIENCE_SECONDS = 120
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


def rotate_on_aws(outputs: Mapping[str, str]) -> str:
    """Start a rotation and wait for it; return the new version. Raises `Failure`."""
    function = aws.functions(outputs).get("rotation")
    if function is None:
        raise Failure(f"There is no stack {outputs['stage']} in {outputs['region']} that these credentials can see")
    secret = function["Environment"]["Variables"]["SIGNING_KEYS_SECRET_ID"]
    version: str = aws.call(outputs, "secretsmanager", "rotate_secret", SecretId=secret)["VersionId"]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        stages = aws.call(outputs, "secretsmanager", "describe_secret", SecretId=secret)["VersionIdsToStages"]
        if "AWSCURRENT" in stages.get(version, ()):
            return version
        time.sleep(POLL_SECONDS)
    raise Failure(f"Version {version} does not sign after {PATIENCE_SECONDS} s; see: sallyport logs rotation")


def rotate(stack: LocalStack) -> str:
    """Call the four steps of a rotation; return the new version. Raises `Failure`."""
    lambda_ = stack.aws("lambda")
    version = str(uuid.uuid4())
    function = next(entry.id for entry in stack.functions().values() if entry.name == "rotation-function")
    for step in STEPS:
        event = {"Step": step, "ClientRequestToken": version}
        answer = lambda_.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        if answer.get("FunctionError"):
            raise Failure(f"The step {step} failed; see: sallyport logs rotation")
    return version
