"""Runs of the Pulumi program of a folder, with the configuration of one of its stacks."""

import asyncio
import atexit
import contextlib
import contextvars
import gc
import json
import runpy
import sys
import traceback
import types
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi.runtime import config as pulumi_config
from pulumi.runtime import settings as pulumi_settings
from pulumi.runtime import stack as pulumi_stack

from sallyport.local.engine import Backend, Engine, Fault, Monitor, Registration
from sallyport.local.project import project_name
from sallyport.local.rpc import Plain

PARALLEL = 16
OWN = __name__.partition(".")[0]

atexit.register(gc.freeze)  # so that the end of the process does not search a run's objects once more, for a second

# The SDK waits for the first output, then again for all others: n² steps, 30 seconds for five hundred resources.
# Waiting for the first failure, or for all, has the same result.
UNTIL_ONE_FAILS = types.SimpleNamespace(**{**vars(asyncio), "FIRST_COMPLETED": asyncio.FIRST_EXCEPTION})


@dataclass(frozen=True)
class Run:
    """The result of a run: the declared resources and the stack's outputs."""

    registrations: tuple[Registration, ...]
    outputs: dict[str, Plain]
    secret_outputs: tuple[str, ...]


class ProgramFailed(Exception):
    """The program failed; `faults` holds every fault that was found."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


def configuration(
    folder: Path, stack: str, overrides: Mapping[str, str], defaults: Mapping[str, str]
) -> dict[str, str]:
    """Return the stack's configuration.

    In order of rising precedence: the schema's defaults, `defaults`, the stack's file, `overrides`.
    """
    project = _yaml(folder / "Pulumi.yaml")
    values: dict[str, Any] = {}
    for key, schema in (project.get("config") or {}).items():
        value = schema.get("value", schema.get("default")) if isinstance(schema, dict) else schema
        if value is not None:
            values[_qualified(project_name(folder), key)] = value
    values |= defaults
    own = folder / f"Pulumi.{stack}.yaml"
    if own.exists():
        values |= _yaml(own).get("config") or {}
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
    return {**texts, **overrides}


def _yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text()) or {}
    except yaml.YAMLError as error:
        raise ProgramFailed([Fault("", "", f"{path.name} is not YAML: {error}")]) from None
    if not isinstance(content, dict):
        raise ProgramFailed([Fault("", "", f"{path.name} is not a mapping")])
    return content


def run(
    folder: Path,
    stack: str,
    backend: Backend,
    *,
    overrides: Mapping[str, str] | None = None,
    defaults: Mapping[str, str] | None = None,
    on_made: Callable[[Registration], None] = lambda _: None,
    on_warning: Callable[[str], None] = lambda _: None,
    on_declared: Callable[[], None] = lambda: None,
) -> Run:
    """Run `__main__.py` against a backend. Raises `ProgramFailed` with all faults together.

    `on_declared` is called for every resource as the program declares it, long before the last of them is made.
    """
    monitor = Monitor(project_name(folder), stack, folder, backend, on_made)
    values = configuration(folder, stack, overrides or {}, defaults or {})
    with _imports_from(folder), _no_collection():
        # The SDK keeps a run's settings in context variables, so each run gets its own context.
        engine = Engine(monitor.faults, on_warning)
        contextvars.copy_context().run(_execute, folder, stack, values, monitor, engine, on_declared)
    if monitor.faults:
        raise ProgramFailed(monitor.faults)
    return Run(tuple(monitor.registrations.values()), monitor.outputs, monitor.secret_outputs)


def _configure(folder: Path, stack: str, values: dict[str, str], monitor: Monitor, engine: Engine) -> None:
    settings = pulumi.runtime.Settings(
        project=project_name(folder),
        stack=stack,
        monitor=monitor,
        engine=engine,
        parallel=PARALLEL,
        root_directory=str(folder),
        dry_run=False,
    )
    pulumi_settings.configure(settings)
    pulumi_config.set_all_config(values, [])


def _execute(
    folder: Path,
    stack: str,
    values: dict[str, str],
    monitor: Monitor,
    engine: Engine,
    on_declared: Callable[[], None],
) -> None:
    _configure(folder, stack, values, monitor, engine)
    pulumi_stack.asyncio = UNTIL_ONE_FAILS  # type: ignore[assignment, attr-defined]
    loop = asyncio.new_event_loop()
    loop.set_default_executor(ThreadPoolExecutor(PARALLEL))
    asyncio.set_event_loop(loop)
    loop.set_exception_handler(lambda *_: None)  # the exceptions are among the faults already
    try:
        exported: set[str] = set()
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: _run_main(folder, exported, on_declared)))
        empty = sorted(exported - set(monitor.outputs))  # the SDK leaves out outputs without a value
        monitor.faults += [Fault("", "", f"the stack's output {name} has no value") for name in empty]
    except Exception as error:  # noqa: BLE001 whatever the program raises is its fault, to be shown with the others
        if not monitor.faults:
            monitor.faults.append(_fault(folder, error))
    finally:
        _cancel_all(loop)
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        asyncio.set_event_loop(None)


def _fault(folder: Path, error: Exception) -> Fault:
    """Return the fault for an exception of the program, with its place in the program."""
    if isinstance(error, pulumi.RunError):
        return Fault("", "", str(error))
    if isinstance(error, SyntaxError):
        return Fault("", "", f"{error.filename}:{error.lineno}: {error.msg}".removeprefix(f"{folder}/"))
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_of(folder, frame.filename)]
    place = f"{Path(own[-1].filename).relative_to(folder)}:{own[-1].lineno}: " if own else ""
    return Fault("", "", f"{place}{type(error).__name__}: {error}")


def _is_of(folder: Path, filename: str) -> bool:
    """Return whether a file is the program's own, and neither a library's nor this engine's."""
    path = Path(filename)
    return path.is_relative_to(folder) and "site-packages" not in path.parts and path.parent != Path(__file__).parent


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel all tasks: a program that raised leaves tasks that wait for each other forever."""
    waiting = asyncio.all_tasks(loop)
    for task in waiting:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))


def _run_main(folder: Path, exported: set[str], on_declared: Callable[[], None]) -> None:
    def declared(args: pulumi.ResourceTransformationArgs) -> None:
        if isinstance(args.resource, pulumi.CustomResource):
            on_declared()

    pulumi.runtime.register_stack_transformation(declared)
    runpy.run_path(str(folder / "__main__.py"), run_name="__main__")
    exported |= set(pulumi_settings.get_root_resource().outputs)  # type: ignore[union-attr]


@contextlib.contextmanager
def _imports_from(folder: Path) -> Any:
    """Let the program import the modules in its folder as they are now; restore the previous modules afterwards."""
    import pulumi_aws  # noqa: F401 its lazy imports are not thread-safe; see that the package itself is there first

    before = _forget_modules(folder)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        _forget_modules(folder)
        sys.modules.update(before)


@contextlib.contextmanager
def _no_collection() -> Any:
    """Collect no garbage meanwhile: the SDK keeps so many small objects alive that each search takes half the run."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _forget_modules(folder: Path) -> dict[str, types.ModuleType]:
    """Remove and return the modules in `sys.modules` that the program's folder has too, wherever they come from."""
    names = {path.stem for path in folder.iterdir() if path.is_dir() or path.suffix == ".py"} - {OWN, "__main__"}
    return {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in names}


def _qualified(project: str, key: str) -> str:
    return key if ":" in key else f"{project}:{key}"
