"""The interface between the engine and the handlers of resources, and the register of all handlers.

`create` takes exactly the inputs that the handler handles, as keyword arguments in snake case. Any other input is an
error that names it, raised before any call to AWS.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from sallyport.local.engine import Made, ResourceError
from sallyport.local.naming import DEFAULT, physical_name

HANDLERS: dict[str, "type[ResourceHandler]"] = {}

Outputs = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """The resource that is meant, and the clients to make it with."""

    urn: str
    name: str
    project: str
    stack: str
    url: str
    """The address of the embedded AWS."""
    aws: Callable[[str], Any]
    """Service name → boto3 client."""
    given_name: str = ""
    """The physical name, if the program gives one."""
    naming: str = DEFAULT
    """The pattern of generated names."""

    @property
    def physical_name(self) -> str:
        """The given name, or a generated one."""
        return self.given_name or physical_name(self.naming, self.urn)

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource in this account and region."""
        account = self.aws("sts").get_caller_identity()["Account"]
        return f"arn:aws:{service}:{self.aws('sts').meta.region_name}:{account}:{resource}"


class ResourceHandler:
    """A handler of one kind of resource. Without an `update`, a changed resource is deleted and created again."""

    token: ClassVar[str]
    always_refreshed: ClassVar[bool] = False
    """True if the outputs depend on the address of the embedded AWS, so that each run reads them again."""

    def __init_subclass__(cls) -> None:
        HANDLERS[cls.token] = cls

    create: ClassVar[Callable[..., Made]]
    update: ClassVar[Callable[..., Outputs] | None] = None

    configuration: ClassVar[Callable[..., dict[str, Any]] | None] = None
    """A function from the inputs of both `create` and `update` to arguments for AWS. Both take these as `**inputs`."""

    named: ClassVar[bool] = False
    """True if the resource can be deleted by its physical name, even half made after a failed creation."""
    name_input: ClassVar[str] = "name"
    """The input with the physical name of a named resource; `create` does not get it."""

    @staticmethod
    def exists(call: Call) -> bool:
        """Return whether a named resource exists, for services whose create call accepts an existing name."""
        return False

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the resource; do nothing if it is deleted with its parent."""


class MustReplace(Exception):
    """An exception that `update` raises if the change needs a new resource."""


PAGE = "docs/local-resources.md says what is, and how to add more"


def inputs_of(handler: type[ResourceHandler]) -> set[str]:
    """Return the inputs that the handler handles, in snake case."""
    takers = [handler.create, handler.configuration] if handler.configuration else [handler.create]
    known = {name for taker in takers for name in inspect.signature(taker).parameters} - {"call", "inputs"}
    return {*known, handler.name_input} if handler.named else known


def arguments(handler: type[ResourceHandler], inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs as keyword arguments. Raises `ResourceError` that names every input that is not handled."""
    given = {snake(name): value for name, value in inputs.items() if not name.startswith("__")}
    unhandled = sorted(set(given) - inputs_of(handler))
    if unhandled:
        raise ResourceError(f"inputs that the embedded AWS does not handle: {', '.join(unhandled)} ({PAGE})")
    return given


def snake(name: str) -> str:
    """Return the name in snake case: `kmsKeyId` → `kms_key_id`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def pascal(value: Any) -> Any:
    """Return nested inputs with keys as AWS's query and JSON services spell them: `minimumLength` → `MinimumLength`."""
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: pascal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [pascal(item) for item in value]
    return value


def present(**values: Any) -> dict[str, Any]:
    """Return the arguments that are not None."""
    return {key: value for key, value in values.items() if value is not None}


def answers(ask: Callable[..., Any], **about: Any) -> bool:
    """Return whether AWS answers the call without an error."""
    from botocore.exceptions import ClientError

    try:
        ask(**about)
    except ClientError:
        return False
    return True


def texts(**values: Any) -> dict[str, str]:
    """Return the arguments that are not None as text, as AWS's attributes are: `True` → `true`."""
    return {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in values.items()
        if value is not None
    }


def key_values(tags: dict[str, str] | None) -> list[dict[str, str]]:
    """Return tags as a list of `Key` and `Value`."""
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
