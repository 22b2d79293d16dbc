"""Deployment of saved files while the stack is up."""

import threading
import time
import zipfile
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

from rich.markup import escape
from watchfiles import Change, PythonFilter, watch

from sallyport.client import display
from sallyport.client.errors import Failure
from sallyport.client.stack.local_stack import LocalStack
from sallyport.local import loopback
from sallyport.local.state import Entry, State
from sallyport.local.tools import ROOT

HANDLERS = ROOT / "handlers"
SITE = ROOT / "web"
ROOMS = [*(ROOT / name for name in ("handlers", "contract", "components")), SITE]
FILES = {ROOT / name for name in ("__main__.py", "Pulumi.yaml", "Pulumi.local.yaml")}
"""Files that are watched by their folder: many editors replace a file, which ends a watch on the file itself."""

ALIAS = "aws:lambda/alias:Alias"
BY_HAND = "changed by hand"
"""The digest of what the next run of the program makes its own again."""

PYTHON = PythonFilter()
PAGES = (".html", ".js", ".css", ".svg", ".txt")
TEXTS = (".html", ".txt")
"""Of mails, and other data beside handlers."""

Say = Callable[[str], None]


def run(stack: LocalStack, say: Say, stop: threading.Event) -> None:
    """Deploy every change until `stop` is set; after a failed change, print the error and keep the deployed version."""
    deploying = threading.Lock()

    def follow(folders: list[Path], recursive: bool) -> None:
        for changes in watch(
            *folders, watch_filter=_is_ours, stop_event=stop, debounce=200, step=50, recursive=recursive
        ):
            with deploying:
                _deploy(stack, {Path(path) for _, path in changes}, say)

    beside = threading.Thread(target=follow, args=([ROOT], False), daemon=True)
    beside.start()
    follow(ROOMS, True)
    beside.join(timeout=5)


def _deploy(stack: LocalStack, paths: set[Path], say: Say) -> None:
    try:
        say(deploy(stack, paths, say))
    except SyntaxError as error:
        say(f"[red]not deployed, the old stays:[/] {error.filename}:{error.lineno}: {error.msg}")
    except Failure as error:
        say(f"[red]not deployed, the old stays:[/] {escape(str(error))}")
    except Exception as error:  # noqa: BLE001 whatever it was, the next save must be seen
        say(f"[red]not deployed, the old stays:[/] {type(error).__name__}: {escape(str(error))}")


def _is_ours(change: Change, path: str) -> bool:
    """Return whether the file is of the stack: Python, a page, a text, or one of the few that define it."""
    where = Path(path)
    if where.is_relative_to(SITE):
        return where.suffix in PAGES
    if where.is_relative_to(HANDLERS) and where.suffix in TEXTS:
        return True
    return where in FILES or (any(where.is_relative_to(room) for room in ROOMS) and PYTHON(change, path))


def deploy(stack: LocalStack, paths: set[Path], say: Say) -> str:
    """Deploy these files: handlers alone go into their functions; any other file runs the program again."""
    names = ", ".join(sorted(path.relative_to(ROOT).as_posix() for path in paths))
    if not all(path.is_relative_to(HANDLERS) and path.suffix == ".py" for path in paths):
        started = time.monotonic()
        say(f"{names}: running the program again ...")
        with display.deploying() as progress:
            changes = stack.deploy(progress.made, progress.declared, say)
        return f"{names}: {changes} resources changed in {time.monotonic() - started:.1f} s"
    _check(paths)
    functions = _functions_of(stack, paths)
    _update(stack, functions)
    return f"{names}: {len(functions)} function{'s' if len(functions) != 1 else ''} updated"


def _check(paths: set[Path]) -> None:
    """Raise `SyntaxError` for a file that is not Python."""
    for path in paths:
        if path.exists():
            compile(path.read_bytes(), path.relative_to(ROOT).as_posix(), "exec", dont_inherit=True)


def _functions_of(stack: LocalStack, paths: Iterable[Path]) -> dict[str, Entry]:
    """Return the functions with these handler files; all functions if handlers share one of the files."""
    functions = stack.functions()
    aws = stack.aws("lambda")
    handlers = {
        urn: aws.get_function_configuration(FunctionName=entry.id)["Handler"] for urn, entry in functions.items()
    }
    wanted = {_handler(path) for path in paths}
    if not wanted <= set(handlers.values()):
        return functions
    return {urn: entry for urn, entry in functions.items() if handlers[urn] in wanted}


def _handler(path: Path) -> str:
    """Return Lambda's name for the handler in the file, such as `handlers.functions.account.me.handler`."""
    return ".".join([*path.relative_to(ROOT).with_suffix("").parts, "handler"])


def _update(stack: LocalStack, functions: dict[str, Entry]) -> None:
    state, lambda_ = stack.state, stack.aws("lambda")
    archive = _archive(lambda_.get_function(FunctionName=next(iter(functions.values())).id)["Code"]["Location"])
    for urn, entry in functions.items():
        lambda_.update_function_code(FunctionName=entry.id, ZipFile=archive)
        entry.inputs_digest = BY_HAND
        state.put(urn, entry)
        _publish(state, lambda_, entry.id)


def _publish(state: State, lambda_: Any, function: str) -> None:
    """Let the alias of a function that is called by one name a version with the new code."""
    for urn, entry in list(state.entries.items()):
        if entry.type == ALIAS and entry.outputs["function"] == function:
            version = lambda_.publish_version(FunctionName=function)["Version"]
            lambda_.update_alias(FunctionName=function, Name=entry.outputs["name"], FunctionVersion=version)
            entry.inputs_digest = BY_HAND
            state.put(urn, entry)


def _archive(deployed: str) -> bytes:
    """Return the deployed archive with all handlers as they are now.

    The old bytecode of the handlers is left out, because Python would run it instead.
    """
    content = BytesIO()
    answer = loopback.request("GET", deployed, timeout=60).raise_for_status()
    with zipfile.ZipFile(BytesIO(answer.content)) as old, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if not (name.startswith("handlers/") and name.endswith((".py", ".pyc"))):
                new.writestr(name, old.read(name))
        for path in sorted(HANDLERS.rglob("*.py")):
            new.writestr(zipfile.ZipInfo(path.relative_to(ROOT).as_posix()), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return content.getvalue()
