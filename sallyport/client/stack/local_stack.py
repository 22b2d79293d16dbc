"""The local stack: its files, and how it is started, changed and stopped."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sallyport.client.errors import Failure
from sallyport.client.stack.local_settings import local_settings
from sallyport.local import naming
from sallyport.local.clients import Clients, Target
from sallyport.local.cloud import Cloud, CloudFailed
from sallyport.local.keys import RootKeys
from sallyport.local.project import project_name
from sallyport.local.state import Entry, State, StateBroken
from sallyport.local.tools import ROOT, ToolsFailed

if TYPE_CHECKING:
    from sallyport.local.engine import Registration

STACK = "local"
LOG_GROUP, FUNCTION = "aws:cloudwatch/logGroup:LogGroup", "aws:lambda/function:Function"
NOT_UP = "The stack is not up. Start it with: sallyport up"

Say = Callable[[str], None]


@dataclass(frozen=True)
class LocalStack:
    """The stack of this checkout on this machine."""

    home: Path

    @property
    def cloud(self) -> Cloud:
        """The embedded AWS that holds the stack."""
        return Cloud(self.home / "cloud")

    @property
    def state(self) -> State:
        """The state of the deployed resources, read from disk. Raises `Failure`."""
        return _state(self._state_file)

    @property
    def _state_file(self) -> Path:
        return self.home / "stack.json"

    @property
    def is_up(self) -> bool:
        """Return whether the embedded AWS runs."""
        return self.cloud.is_up

    @property
    def target(self) -> Target:
        """The embedded AWS, project and stack to deploy to."""
        return Target(self.cloud.url, self.cloud.keys, project_name(ROOT), STACK, naming.pattern(ROOT))

    def aws(self, service: str) -> Any:
        """Return a boto3 client of the embedded AWS. Raises `Failure` if the stack is not up."""
        if not self.is_up:
            raise Failure(NOT_UP)
        return _clients(self.cloud.url, self.cloud.keys)(service)

    def start(self, port: int | None, say: Say) -> None:
        """Start the embedded AWS. Raises `Failure`."""
        was_killed = self.cloud.was_killed
        try:
            self.cloud.start(port, say)
        except (CloudFailed, ToolsFailed) as error:
            raise Failure(str(error)) from None
        if was_killed:
            say(f"The embedded AWS was killed. What it had answered for is there again: {self._contents()}.")
            say("Log lines since its last stop and the mail in the inbox are gone.")

    def deploy(
        self,
        on_made: "Callable[[Registration], None]" = lambda _: None,
        on_declared: Callable[[], None] = lambda: None,
        say: Say = lambda _: None,
    ) -> int:
        """Make the resources that the program declares; return the number of changes.

        Raises `Failure` with all faults, before anything is deleted.
        """
        from sallyport.local import deployment, program  # Pulumi's SDK takes longer to import than most commands take

        _match(self.target, self._state_file, say)
        if self.state.entries and not self.state.outputs:
            say("The first deployment was never finished, so that there are no users yet: it begins anew.")
            self.reset()
        try:
            settings = local_settings(self.cloud.url)
            done = deployment.deploy(ROOT, self.target, self.state, on_made, on_declared, say, settings=settings)
        except program.ProgramFailed as error:
            raise Failure(f"The stack is not complete:\n\n{error}") from None
        return done.changes

    def _contents(self) -> str:
        dynamodb, cognito = self.aws("dynamodb"), self.aws("cognito-idp")
        tables = [name for page in _pages(dynamodb, "list_tables") for name in page["TableNames"]]
        items = sum(dynamodb.describe_table(TableName=name)["Table"]["ItemCount"] for name in tables)
        pools = [one for page in _pages(cognito, "list_user_pools", MaxResults=60) for one in page["UserPools"]]
        users = sum(
            len(page["Users"]) for pool in pools for page in _pages(cognito, "list_users", UserPoolId=pool["Id"])
        )
        return f"items in tables: {items}, users in pools: {users}"

    def deploy_beside(
        self,
        folder: Path,
        on_made: "Callable[[Registration], None]" = lambda _: None,
        on_declared: Callable[[], None] = lambda: None,
        say: Say = lambda _: None,
    ) -> State:
        """Make the resources of another project's program on the same embedded AWS. Raises `Failure`."""
        from sallyport.local import deployment, program

        target, path = self._beside(folder)
        _match(target, path, say)
        try:
            deployment.deploy(folder, target, _state(path), on_made, on_declared, say, self._state_of)
        except program.ProgramFailed as error:
            raise Failure(f"The stack is not complete:\n\n{error}") from None
        return _state(path)

    def destroy_beside(self, folder: Path) -> int:
        """Delete the resources of another project's program; return their number."""
        from sallyport.local import deployment

        target, path = self._beside(folder)
        _match(target, path)
        count = deployment.destroy(target, _state(path))
        path.unlink(missing_ok=True)
        return count

    def _beside(self, folder: Path) -> tuple[Target, Path]:
        if not self.is_up:
            raise Failure(NOT_UP)
        if not (folder / "Pulumi.yaml").exists() or not (folder / "__main__.py").exists():
            raise Failure(f"{folder} holds no Pulumi program in Python (Pulumi.yaml and __main__.py)")
        try:
            project = project_name(folder)
        except ValueError as error:
            raise Failure(str(error)) from None
        if project == self.target.project:
            raise Failure(f"{folder} is the stack itself; deploy it with: sallyport up")
        target = Target(self.cloud.url, self.cloud.keys, project, STACK, naming.pattern(folder))
        return target, self.home / "beside" / f"{project}.json"

    def _state_of(self, project: str) -> State | None:
        path = self.home / "beside" / f"{project}.json"
        if project == self.target.project:
            return self.state
        return _state(path) if path.exists() else None

    @property
    def opened_mail(self) -> Path:
        """The file of the mail that was opened in a browser last."""
        return self.home / "mail.html"

    def reset(self) -> None:
        """Delete the stack and everything in it; a stack that was up is started again, empty, on the same port."""
        was_up, port = self.is_up, self.cloud.port
        self.cloud.stop()
        self.cloud.wipe()
        self._state_file.unlink(missing_ok=True)
        self.opened_mail.unlink(missing_ok=True)
        if was_up:
            self.cloud.start(port)

    def stop(self) -> None:
        """Stop the embedded AWS and every function."""
        self.cloud.stop()

    def log_groups(self) -> dict[str, str]:
        """Return function name → log group."""
        groups = {entry.name: entry.id for entry in self.state.entries.values() if entry.type == LOG_GROUP}
        names = [entry.name.removesuffix("-function") for entry in self.functions().values()]
        return {name: groups[f"{name}-logs"] for name in names}

    def functions(self) -> dict[str, Entry]:
        """Return URN → function."""
        return {urn: entry for urn, entry in self.state.entries.items() if entry.type == FUNCTION}


def _pages(client: Any, operation: str, **arguments: Any) -> Any:
    return client.get_paginator(operation).paginate(**arguments)


def _state(path: Path) -> State:
    try:
        return State(path)
    except StateBroken as error:
        raise Failure(str(error)) from None


def _match(target: Target, path: Path, say: Say = lambda _: None) -> None:
    """Check that the embedded AWS holds the resources in the state of a stack.

    A state without its resources is deleted. Resources without their state may hold users, and are left alone.
    Raises `Failure`.
    """
    from sallyport.local import deployment

    state, found = _state(path), deployment.deployed_generation(target)
    if found == state.generation:
        return
    if found:
        raise Failure(
            f"The embedded AWS holds a stack that {path} does not know.\n"
            "Restore that file, or forget the stack and its users: sallyport down --wipe"
        )
    if state.entries:
        say(f"The embedded AWS has nothing of the {len(state.entries)} resources in {path}: they are made anew.")
    path.unlink(missing_ok=True)


@cache
def _clients(url: str, keys: RootKeys) -> Clients:
    return Clients(url, keys)


def here() -> LocalStack:
    """Return the stack of this checkout; its files are in `.sallyport/` or in `SALLYPORT_HOME`."""
    return LocalStack(Path(os.environ.get("SALLYPORT_HOME") or ROOT / ".sallyport"))
