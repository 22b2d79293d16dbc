"""What a kind of resource is to the engine, and the register of all kinds.

`create` takes exactly the inputs that the kind handles, as keyword arguments in snake case: an input that is not
among them is an error that names it, found before anything is called.
"""

import hashlib
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from local.engine import Made, ResourceError

KINDS: dict[str, "type[Kind]"] = {}

Outputs = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """Which resource is meant, and the clients to make it with."""

    urn: str
    name: str
    project: str
    stack: str
    url: str
    """Where the embedded AWS answers."""
    aws: Callable[[str], Any]
    """Service name → boto3 client."""
    given_name: str = ""
    """The physical name, if the program gives one."""

    @property
    def physical_name(self) -> str:
        """The given name, or one as Pulumi makes them up: the logical one and seven characters, the same every time."""
        return self.given_name or f"{self.name}-{hashlib.sha256(self.urn.encode()).hexdigest()[:7]}"

    def arn(self, service: str, resource: str) -> str:
        """Of a resource of this account and region."""
        account = self.aws("sts").get_caller_identity()["Account"]
        return f"arn:aws:{service}:{self.aws('sts').meta.region_name}:{account}:{resource}"


class Kind:
    """A kind of resource. Without an `update` of its own, a changed resource is deleted and made again."""

    token: ClassVar[str]
    always_refreshed: ClassVar[bool] = False
    """Whether its outputs depend on where the embedded AWS answers, so that a new run must ask again."""

    def __init_subclass__(cls) -> None:
        KINDS[cls.token] = cls

    create: ClassVar[Callable[..., Made]]
    update: ClassVar[Callable[..., Outputs] | None] = None

    configuration: ClassVar[Callable[..., dict[str, Any]] | None] = None
    """Inputs that creating and updating share, as arguments for AWS. Both take them as `**inputs`."""

    named: ClassVar[bool] = False
    """Whether it can be deleted by its physical name: so can what was half made when its creation failed."""
    name_input: ClassVar[str] = "name"
    """Of a named kind: the input that gives the physical name; it is not handed to `create`."""

    @staticmethod
    def exists(call: Call) -> bool:
        """Of a named kind that AWS creates again without a word: whether there is one of this name."""
        return False

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete it; nothing to do for what goes with its parent."""


class MustReplace(Exception):
    """Raised by `update`: this change needs the resource to be made anew."""


PAGE = "docs/local-resources.md says what is, and how to add more"


def inputs_of(kind: type[Kind]) -> set[str]:
    """The inputs that the kind handles, in snake case."""
    takers = [kind.create, kind.configuration] if kind.configuration else [kind.create]
    known = {name for taker in takers for name in inspect.signature(taker).parameters} - {"call", "inputs"}
    return {*known, kind.name_input} if kind.named else known


def arguments(kind: type[Kind], inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs as keyword arguments. Raises `ResourceError` naming every input that the kind does not handle."""
    given = {snake(name): value for name, value in inputs.items() if not name.startswith("__")}
    unhandled = sorted(set(given) - inputs_of(kind))
    if unhandled:
        raise ResourceError(f"inputs that the embedded AWS does not handle: {', '.join(unhandled)} ({PAGE})")
    return given


def snake(name: str) -> str:
    """`kmsKeyId` → `kms_key_id`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def pascal(value: Any) -> Any:
    """Keys of nested inputs as AWS's query and JSON services spell them: `minimumLength` → `MinimumLength`."""
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: pascal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [pascal(item) for item in value]
    return value


def present(**values: Any) -> dict[str, Any]:
    """The arguments that are given."""
    return {key: value for key, value in values.items() if value is not None}


def answers(ask: Callable[..., Any], **about: Any) -> bool:
    """Whether AWS knows the thing that it is asked about."""
    from botocore.exceptions import ClientError

    try:
        ask(**about)
    except ClientError:
        return False
    return True


def texts(**values: Any) -> dict[str, str]:
    """The arguments that are given, as the text that AWS's attributes are: `True` → `true`."""
    return {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in values.items()
        if value is not None
    }


def key_values(tags: dict[str, str] | None) -> list[dict[str, str]]:
    """Tags as a list of `Key` and `Value`."""
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
