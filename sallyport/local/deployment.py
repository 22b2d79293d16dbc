"""Deployment of the program's resources to the embedded AWS: create, change, replace, and delete what is left over."""

import contextlib
import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sallyport.local import program
from sallyport.local.clients import REGION, Clients, Target
from sallyport.local.engine import Fault, Made, Registration, ResourceError
from sallyport.local.resources import HANDLERS, Call, ResourceHandler, policy_document
from sallyport.local.resources.resource_handler import PAGE, MustReplace, arguments
from sallyport.local.rpc import Asset
from sallyport.local.state import Entry, State

THERE_ALREADY = (
    "{} is there already: another program's, or another resource's, or left by a run that failed; "
    "then delete it with the aws command (sallyport credentials)"
)
STACK_REFERENCE_PARTS = 3  # organization/project/stack
REGION_TOKEN = "aws:index/getRegion:getRegion"  # noqa: S105
POLICY_TOKEN = "aws:iam/getPolicyDocument:getPolicyDocument"  # noqa: S105
ACCOUNT_TOKEN = "aws:index/getCallerIdentity:getCallerIdentity"  # noqa: S105 the name of a function


class Deployment:
    """A `Backend` that makes resources on the embedded AWS and records them in the state."""

    def __init__(self, target: Target, state: State, others: Callable[[str], State | None] = lambda _: None) -> None:
        self._target = target
        self._state = state
        self._others = others
        self._clients = Clients(target.url, target.keys)
        self._seen: set[str] = set()
        self.changes = 0

    def make(self, registration: Registration) -> Made:
        """Leave, change, replace or create the resource."""
        handler = HANDLERS.get(registration.type)
        if handler is None:
            raise ResourceError(f"the embedded AWS does not handle {registration.type} ({PAGE})")
        given = arguments(handler, registration.inputs)
        self._seen.add(registration.urn)
        digest = _digest({name: one for name, one in registration.inputs.items() if name not in registration.ignored})
        known = self._known(registration)
        if known and known.inputs_digest == digest and not handler.always_refreshed:
            return Made(known.id, known.outputs, tuple(known.secrets))
        self.changes += 1
        try:
            made = self._change(handler, registration, known, given)
        except (ClientError, BotoCoreError) as error:
            raise ResourceError(str(error)) from None
        except TypeError as error:
            raise ResourceError(str(error).replace(f"{handler.__name__}.create() ", "")) from None
        name = registration.inputs.get(handler.name_input, "") if handler.named else ""
        entry = Entry(registration.type, registration.name, made.id, digest, made.outputs, list(made.secrets), name)
        self._state.put(registration.urn, entry)
        return made

    def invoke(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Answer a provider function."""
        if token == REGION_TOKEN:
            return {"name": REGION, "region": REGION, "id": REGION, "description": REGION, "endpoint": self._target.url}
        if token == POLICY_TOKEN:
            return {"json": policy_document.of(arguments), "id": "local", "version": "2012-10-17"}
        if token != ACCOUNT_TOKEN or arguments:
            raise ResourceError(f"the embedded AWS does not handle {token} ({PAGE})")
        identity = self._clients("sts").get_caller_identity()
        return {"accountId": identity["Account"], "arn": identity["Arn"], "userId": identity["UserId"], "id": "local"}

    def outputs_of(self, stack: str) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return the outputs of another project's stack of the same name, and the names of the secret ones."""
        organization, project, name = ("", "", *stack.split("/"))[-STACK_REFERENCE_PARTS:]
        other = self._others(project) if organization and name == self._target.stack else None
        if other is None or not other.outputs:
            raise ResourceError(f"there is no stack {stack} here")
        return other.outputs, tuple(other.secret_outputs)

    def _known(self, registration: Registration) -> Entry | None:
        """Return the resource of before, which has another URN where the program says so."""
        for former in registration.aliases:
            if former in self._state.entries and registration.urn not in self._state.entries:
                self._state.move(former, registration.urn)
        return self._state.entries.get(registration.urn)

    def delete_left_over(self) -> None:
        """Delete the resources that the program does not declare any more, newest first."""
        for urn in reversed([urn for urn in self._state.entries if urn not in self._seen]):
            entry = self._state.entries[urn]
            try:
                self._delete(HANDLERS[entry.type], urn, entry)
            except (ClientError, BotoCoreError) as error:
                raise program.ProgramFailed([Fault(entry.name, "to be deleted", str(error))]) from None
            self.changes += 1

    def _change(
        self, handler: type[ResourceHandler], registration: Registration, known: Entry | None, given: Any
    ) -> Made:
        given_name = given.pop(handler.name_input, "") if handler.named else ""
        call = self._call(registration.urn, registration.name, given_name)
        is_renamed = known is not None and handler.named and _is_renamed(known, given_name)
        if known and handler.update is not None and not is_renamed:
            with contextlib.suppress(MustReplace):
                outputs = handler.update(call, known.id, **given)
                return Made(known.id, {**known.outputs, **outputs}, tuple(known.secrets))
        if known:
            self._delete(handler, registration.urn, known)
        return _create(handler, call, given)

    def _delete(self, handler: type[ResourceHandler], urn: str, entry: Entry) -> None:
        try:
            handler.delete(self._call(urn, entry.name), entry.id, entry.outputs)
        except ClientError as error:
            if not _is_gone(error):
                raise
        self._state.drop(urn)

    def _call(self, urn: str, name: str, given_name: str = "") -> Call:
        target = self._target
        return Call(urn, name, target.project, target.stack, target.url, self._clients, given_name, target.naming)


def _is_renamed(known: Entry, given_name: str) -> bool:
    """Return whether the program gives another name, or none any more. A generated name stays, as Pulumi keeps it."""
    return not _has_name(known, given_name) if given_name else bool(known.given_name)


def _has_name(known: Entry, name: str) -> bool:
    return known.outputs.get("name", name) in (name, f"{name}.fifo")


def _create(handler: type[ResourceHandler], call: Call, given: Any) -> Made:
    """Create the resource, after deleting what a failed or killed run has left of it.

    A resource whose name is given by the program may belong to another program, and is left alone.
    """
    if call.given_name and handler.exists(call):
        raise ResourceError(THERE_ALREADY.format(call.given_name))
    try:
        return handler.create(call, **given)
    except ClientError as error:
        if not handler.named:
            raise
        if call.given_name:
            if _is_there_already(error):
                raise ResourceError(THERE_ALREADY.format(call.given_name)) from None
            raise
        with contextlib.suppress(ClientError):
            handler.delete(call, call.physical_name, {})
        if not _is_there_already(error):
            raise
    return handler.create(call, **given)


@dataclass(frozen=True)
class Deployed:
    """A run of the program, and how many resources were made, changed or deleted for it."""

    run: program.Run
    changes: int


def deploy(
    folder: Path,
    target: Target,
    state: State,
    on_made: Callable[[Registration], None] = lambda _: None,
    on_declared: Callable[[], None] = lambda: None,
    on_warning: Callable[[str], None] = lambda _: None,
    others: Callable[[str], State | None] = lambda _: None,
    settings: Mapping[str, str] | None = None,
) -> Deployed:
    """Run the folder's program and make what it declares. Raises `program.ProgramFailed`.

    `others` knows the stacks of other projects, by the project's name, for stack references.
    `settings` are the project's own, where the stack's file leaves them out.
    """
    deployment = Deployment(target, state, others)
    if not state.generation:
        _mark(target, state)  # before the run, so that a run that fails halfway can be continued or destroyed
    run = program.run(
        folder,
        target.stack,
        deployment,
        overrides={f"{target.project}:awsEndpoint": target.url, "aws:region": REGION},
        defaults={f"{target.project}:{name}": value for name, value in (settings or {}).items()},
        on_made=on_made,
        on_declared=on_declared,
        on_warning=on_warning,
    )
    deployment.delete_left_over()
    state.outputs, state.secret_outputs = run.outputs, list(run.secret_outputs)
    state.save()
    return Deployed(run, deployment.changes)


def deployed_generation(target: Target) -> str:
    """Return the generation of the project's stack on the embedded AWS, as in the state; empty if there is none."""
    ssm = Clients(target.url, target.keys)("ssm")
    try:
        value: str = ssm.get_parameter(Name=_generation(target))["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        return ""
    return value


def destroy(target: Target, state: State) -> int:
    """Delete every resource in the state; return their number."""
    deployment = Deployment(target, state)
    deployment.delete_left_over()
    state.outputs, state.secret_outputs = {}, []
    state.save()
    Clients(target.url, target.keys)("ssm").delete_parameters(Names=[_generation(target)])
    return deployment.changes


def _mark(target: Target, state: State) -> None:
    """Write the same generation to the state and to the embedded AWS; the state first, which is harmless alone."""
    state.generation = uuid.uuid4().hex
    state.save()
    ssm = Clients(target.url, target.keys)("ssm")
    ssm.put_parameter(Name=_generation(target), Value=state.generation, Type="String", Overwrite=True)


def _generation(target: Target) -> str:
    """Return the name of the parameter with the generation of the project's stack."""
    return f"/{target.project}/generation"


def _digest(inputs: dict[str, Any]) -> str:
    def plain(value: Any) -> Any:
        if isinstance(value, Asset):
            return value.digest
        raise TypeError(type(value))

    return hashlib.sha256(json.dumps(inputs, sort_keys=True, default=plain).encode()).hexdigest()


def _is_there_already(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    return any(word in code for word in ("AlreadyExist", "EntityExists", "ResourceExists", "ResourceConflict", "InUse"))


def _is_gone(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    return any(word in code for word in ("NotFound", "NoSuch", "NonExistent"))
