"""The monitor and the engine for the Pulumi SDK, in this process and without the Pulumi CLI.

Resources are made by a `Backend`: the embedded AWS (`sallyport.local.deployment`) or a recording.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, resource_pb2

from sallyport.local import rpc
from sallyport.local.rpc import Plain

STACK_TYPE = "pulumi:pulumi:Stack"
STACK_REFERENCE = "pulumi:pulumi:StackReference"


@dataclass(frozen=True)
class Registration:
    """A resource that the program declares. Inputs are camelCase, as on the wire."""

    urn: str
    type: str
    name: str
    parent: str
    is_custom: bool
    inputs: dict[str, Plain]
    secrets: tuple[str, ...]
    protect: bool
    ignored: tuple[str, ...]
    """Inputs whose changes are ignored once the resource exists."""
    where: str
    """Source file and line."""
    aliases: tuple[str, ...] = ()
    """The URNs that the resource had before."""


@dataclass(frozen=True)
class Made:
    """A resource that exists: its id, and its outputs beside its inputs. Outputs are camelCase."""

    id: str
    outputs: dict[str, Plain] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()


class Backend(Protocol):
    """The part of the engine that makes resources."""

    def make(self, registration: Registration) -> Made:
        """Make, change or leave the resource. Raises `ResourceError`."""

    def invoke(self, token: str, arguments: dict[str, Plain]) -> dict[str, Plain]:
        """Answer a provider function."""

    def outputs_of(self, stack: str) -> tuple[dict[str, Plain], tuple[str, ...]]:
        """Return another stack's outputs, and the names of the secret ones. Raises `ResourceError`."""


class ResourceError(Exception):
    """A resource cannot be made; the message is AWS's own, or names the input that is not handled."""


@dataclass(frozen=True)
class Fault:
    """An error in the run of a program."""

    resource: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.resource} ({self.where})\n  {self.message}" if self.resource else self.message


class Monitor:
    """The resource monitor: answers the SDK's resource calls; collects all faults instead of stopping at the first."""

    def __init__(
        self, project: str, stack: str, folder: Path, backend: Backend, on_made: Callable[[Registration], None]
    ) -> None:
        self._project, self._stack, self._folder = project, stack, folder
        self._backend = backend
        self._on_made = on_made
        self._lock = threading.Lock()
        self.registrations: dict[str, Registration] = {}
        self.outputs: dict[str, Plain] = {}
        self.secret_outputs: tuple[str, ...] = ()
        self.faults: list[Fault] = []

    def GetDeploymentInfo(self, _: Any) -> Any:  # noqa: N802, D102 the SDK's name
        return resource_pb2.DeploymentInfo(supportedFeatures=[resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS])

    def SignalAndWaitForShutdown(self, _: Any) -> Any:  # noqa: N802, D102
        return empty_pb2.Empty()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802, D102
        registration = self._read(request)
        with self._lock:
            is_double = registration.urn in self.registrations
            self.registrations[registration.urn] = registration
        if is_double:
            return self._fail(registration, "two resources have this name and type")
        if not registration.is_custom:
            return resource_pb2.RegisterResourceResponse(urn=registration.urn, object=request.object)
        return self._make(registration)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802, D102
        if STACK_TYPE in request.urn:
            self.outputs = rpc.read(request.outputs)
            self.secret_outputs = rpc.secret_names(request.outputs)
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802, D102
        answer = self._backend.invoke(request.tok, rpc.read(request.args))
        return resource_pb2.ResourceInvokeResponse(**{"return": rpc.write(answer)})  # type: ignore[arg-type]

    def ReadResource(self, request: Any) -> Any:  # noqa: N802, D102
        try:
            if request.type != STACK_REFERENCE:
                raise ResourceError("only stack references are read here")
            outputs, secrets = self._backend.outputs_of(request.id)
        except ResourceError as error:
            self.faults.append(Fault(request.name, "", str(error)))
            raise
        values = {"name": request.id, "outputs": outputs, "secretOutputNames": list(secrets)}
        return resource_pb2.ReadResourceResponse(urn=self._urn(request), properties=rpc.write(values), id=request.id)

    def _make(self, registration: Registration) -> Any:
        if rpc.has_unknown(registration.inputs):
            return self._unmade(registration)  # a resource it depends on has failed, with a fault of its own
        empty = rpc.empty_paths(registration.inputs)
        if empty:
            return self._fail(registration, f"inputs without a value: {', '.join(empty)}")
        try:
            made = self._backend.make(registration)
        except ResourceError as error:
            return self._fail(registration, str(error))
        except Exception as error:  # noqa: BLE001 a fault of the backend's own; it is told like the others
            return self._fail(registration, f"{type(error).__name__}: {error}")
        self._on_made(registration)
        values = {**registration.inputs, **made.outputs}
        secrets = tuple({*registration.secrets, *made.secrets})
        return resource_pb2.RegisterResourceResponse(
            urn=registration.urn, id=made.id, object=rpc.write(values, secrets)
        )

    def _fail(self, registration: Registration, message: str) -> Any:
        self.faults.append(Fault(registration.name, registration.where, message))
        return self._unmade(registration)

    def _unmade(self, registration: Registration) -> Any:
        """Return a failure that leaves the outputs unknown, so that the program goes on and all faults are found."""
        return resource_pb2.RegisterResourceResponse(urn=registration.urn, result=resource_pb2.Result.FAIL)

    def _read(self, request: Any) -> Registration:
        return Registration(
            urn=self._urn(request),
            type=request.type,
            name=request.name,
            parent=request.parent,
            is_custom=request.custom,
            inputs=rpc.read(request.object, self._folder),
            secrets=rpc.secret_names(request.object),
            protect=request.protect,
            ignored=tuple(request.ignoreChanges),
            aliases=tuple(self._aliases(request)),
            where=_where(request.stackTrace),
        )

    def _aliases(self, request: Any) -> Iterator[str]:
        """Yield the URNs that the resource had before: by name, by type, or by parent."""
        yield from request.aliasURNs
        for alias in request.aliases:
            spec = alias.spec
            parent = "" if spec.noParent else spec.parentUrn or request.parent
            yield alias.urn or self._named(spec.name or request.name, spec.type or request.type, parent)

    def _urn(self, request: Any) -> str:
        return self._named(request.name, request.type, request.parent)

    def _named(self, name: str, type_: str, parent: str) -> str:
        parent_type = parent.split("::")[2] if parent else ""
        is_nested = parent_type not in ("", STACK_TYPE)
        qualified = f"{parent_type}${type_}" if is_nested else type_
        return f"urn:pulumi:{self._stack}::{self._project}::{qualified}::{name}"


class Engine:
    """The engine: answers the SDK's other calls, which are log lines and the root resource."""

    def __init__(self, faults: list[Fault], on_warning: Callable[[str], None]) -> None:
        self._faults = faults
        self._on_warning = on_warning
        self._root = ""

    def Log(self, request: Any) -> Any:  # noqa: N802, D102 the SDK's name
        is_told = any(
            fault.message in request.message for fault in self._faults
        )  # the SDK repeats the fault, with a traceback
        if request.severity == engine_pb2.ERROR and not is_told:
            self._faults.append(Fault("", "", request.message))
        if request.severity == engine_pb2.WARNING:
            self._on_warning(request.message)
        return empty_pb2.Empty()

    def GetRootResource(self, _: Any) -> Any:  # noqa: N802, D102
        return engine_pb2.GetRootResourceResponse(urn=self._root)

    def SetRootResource(self, request: Any) -> Any:  # noqa: N802, D102
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()


def _where(trace: Any) -> str:
    """Return the first place in the program itself, such as `components/mail.py:20`."""
    for frame in trace.frames:
        path = frame.pc.uri.removeprefix("file://")
        if "/site-packages/" not in path:
            return "/".join(path.rsplit("/", 2)[-2:]) + f":{frame.pc.line}"
    return "?"
