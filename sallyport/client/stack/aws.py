"""A stack's AWS account, with the operator's own credentials; for the local stack, with its root keys."""

import re
from collections.abc import Mapping
from typing import Any

from sallyport.client.errors import Failure
from sallyport.client.stack import target
from sallyport.client.stack.local_stack import here
from sallyport.local.clients import Clients
from sallyport.local.project import project_name
from sallyport.local.tools import ROOT

FUNCTION = "(?:{}-)?(.+)-function-[0-9a-f]{{7}}"
"""Names of functions, with the project and stage before them or, from earlier versions, without."""

Outputs = Mapping[str, str]


class NoSuchUser(Failure):
    """The directory or the pool has no user with this address."""


def client(outputs: Outputs, service: str) -> Any:
    """Return a boto3 client for the stack's account."""
    if target.is_local(outputs):
        return Clients(target.cloud_url(outputs), here().cloud.keys)(service)
    import boto3

    return boto3.client(service, region_name=outputs["region"])


def call(outputs: Outputs, service: str, operation: str, **arguments: Any) -> Any:
    """Return the operation's answer, or the list of its pages if it has pages. Raises `Failure`."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        aws = client(outputs, service)
        if aws.can_paginate(operation):
            return list(aws.get_paginator(operation).paginate(**arguments))
        return getattr(aws, operation)(**arguments)
    except ClientError as error:
        problem = error.response["Error"]
        if problem["Code"] == "UserNotFoundException":
            raise NoSuchUser("The pool has no user with this address.") from None
        raise Failure(f"AWS refused: {problem['Message'] or problem['Code']}") from None
    except BotoCoreError as error:
        raise Failure(f"AWS cannot be asked: {error}") from None


def functions(outputs: Outputs) -> dict[str, Any]:
    """Return function name → configuration of the stack's functions, which are found by their tags."""
    tags = {"project": project_name(ROOT), "stage": outputs["stage"]}
    tagged = call(
        outputs,
        "resourcegroupstaggingapi",
        "get_resources",
        TagFilters=[{"Key": key, "Values": [value]} for key, value in tags.items()],
        ResourceTypeFilters=["lambda:function"],
    )
    own = {one["ResourceARN"] for page in tagged for one in page["ResourceTagMappingList"]}
    listed = [one for page in call(outputs, "lambda", "list_functions") for one in page["Functions"]]
    name = re.compile(FUNCTION.format(re.escape(f"{tags['project']}-{tags['stage']}")))
    named = {name.fullmatch(one["FunctionName"]): one for one in listed if one["FunctionArn"] in own}
    return {match.group(1): one for match, one in named.items() if match}
