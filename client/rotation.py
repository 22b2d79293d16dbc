"""Drives a rotation on the embedded AWS, which keeps the schedule of rotations but never calls their function."""

import json
import uuid

from client.errors import Failure
from client.stack import LocalStack

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


def rotate(stack: LocalStack) -> str:
    """The four steps of Secrets Manager's; answers the new version. Raises `Failure`."""
    lambda_ = stack.aws("lambda")
    version = str(uuid.uuid4())
    function = next(entry.id for entry in stack.functions().values() if entry.name == "rotation-function")
    for step in STEPS:
        event = {"Step": step, "ClientRequestToken": version}
        answer = lambda_.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        if answer.get("FunctionError"):
            raise Failure(f"The step {step} failed; see: sallyport logs rotation")
    return version
