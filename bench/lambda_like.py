"""Cold and warm requests as Lambda has them: what a user waits for, and what it costs.

Run: .venv/bin/python -m bench.lambda_like [--function NAME ...] [--memory MB ...] [--rounds N] [--client boto3]
     [--before FOLDER] [--json]      with `sallyport up --detach`

The code of the archive and the layer as deployed, with bytecode, in a fresh process of the functions' Python. The
module is imported (INIT) at full speed; then three invocations under memory/1769 of a processor, by a control group;
where those cannot be written, the time of the processor is stretched instead, and a line says so. AWS is the embedded
one behind TLS, with as many trusted certificates as systems have. Not part of it: the start of the interpreter and of
the sandbox, distances, and AWS's own time.

Calls are those to AWS, of a warm request. USD are of a million requests on arm64: INIT, duration and invocation, by
sallyport/client/cost/prices.toml. `--before` measures another checkout of this repository in the same rounds.
"""

import argparse
import json
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import asdict, dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from bench.execution_environment import Figures, Function, Run, figures, run, variables
from bench.lambda_events import EVENTS, events_for
from bench.own_stack import running_stack
from bench.tls_front import Front, tls_front
from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.tools import ROOT, runtime_python
from tests.support.handlers import Handlers, open_handlers

INVOCATIONS = 3
AS_IT_IS = {"AWS_CLIENT": "own", "SNAP_START": ""}
"""Whatever the settings of the stack are."""
LEAST_MB, MOST_MB = 128, 10_240
"""Source: Lambda Developer Guide, "Configure Lambda function memory"."""
BUILD = (
    "from components import packaging as p; print(p.handlers_zip('host')); "
    "print(p.layer_zip('host', 'layer')); print(p.layer_zip('host', 'factors'))"
)


@dataclass(frozen=True)
class Code:
    """A checkout's archive and layers, unpacked."""

    handlers: Path
    base: Path
    factors: Path


@dataclass(frozen=True)
class Variant:
    """Code, and variables beyond those of the function. The name is empty for the code as it is."""

    name: str
    code: Code
    variables: Mapping[str, str]


@dataclass(frozen=True)
class Row:
    """A line of the report."""

    function: str
    variant: str
    memory_mb: int
    figures: Figures


def main(given: argparse.Namespace) -> None:
    """Print a line for each function, memory and variant."""
    if not given.json:
        print(f"{'function':16} {'':8} {'MB':>5} {'first ms':>9} {'warm ms':>8} {'INIT ms':>8}   USD cold   warm calls")
    stack = running_stack()
    for row in measure(stack, open_handlers(stack), given):
        print(json.dumps(asdict(row)) if given.json else _line(row), flush=True)


def measure(stack: LocalStack, handlers: Handlers, given: argparse.Namespace) -> Iterator[Row]:
    """Yield the rows; those of one function and memory are of the same rounds."""
    with ExitStack() as open_:
        front = open_.enter_context(tls_front(stack.cloud.port))
        variants = list(_variants(open_, front, given))
        for name in given.function or EVENTS:
            deployed = _deployed(stack, name)
            for memory_mb in given.memory or [deployed["MemorySize"]]:
                runs: dict[str, list[Run]] = {one.name: [] for one in variants}
                for _ in range(given.rounds):
                    for one in variants:
                        with redirect_stdout(StringIO()):  # the handlers' own log lines
                            events = events_for(handlers, name, INVOCATIONS)
                        function = _function(deployed, one, variables(stack, front), memory_mb)
                        runs[one.name].append(run(function, events, front.calls))
                yield from (Row(name, variant, memory_mb, figures(of, memory_mb)) for variant, of in runs.items())


@contextmanager
def started(stack: LocalStack, front: Front, name: str, memory_mb: int) -> Iterator[Callable[[Sequence[Any]], Run]]:
    """Yield what runs a function, with the code as it is, in a new environment for each call."""
    with _code(ROOT) as code:
        ours = Variant("", code, {"AWS_CA_BUNDLE": str(front.amazon_roots), **AS_IT_IS})
        function = _function(_deployed(stack, name), ours, variables(stack, front), memory_mb)
        yield lambda events: run(function, events, front.calls)


def _variants(open_: ExitStack, front: Front, given: argparse.Namespace) -> Iterator[Variant]:
    ours = open_.enter_context(_code(ROOT))
    yield Variant("", ours, {"AWS_CA_BUNDLE": str(front.amazon_roots), **AS_IT_IS})
    if given.client:
        yield Variant(given.client, ours, {"AWS_CLIENT": given.client})
    if given.before:
        yield Variant("before", open_.enter_context(_code(given.before)), {})


@contextmanager
def _code(checkout: Path) -> Iterator[Code]:
    """Build and unpack the code of a checkout, with its own virtual environment."""
    built = subprocess.run(
        [str(checkout / ".venv/bin/python"), "-c", BUILD], cwd=checkout, capture_output=True, text=True, check=True
    )
    with tempfile.TemporaryDirectory(prefix="sallyport-bench-") as folder:
        for name, archive in zip(("handlers", "base", "factors"), built.stdout.split(), strict=True):
            zipfile.ZipFile(archive).extractall(Path(folder) / name)
        yield Code(*(Path(folder) / name for name in ("handlers", "base/python", "factors/python")))


def _deployed(stack: LocalStack, name: str) -> dict[str, Any]:
    functions = {entry.name.removesuffix("-function"): entry.id for entry in stack.functions().values()}
    if name.replace("_", "-") not in functions:
        raise SystemExit(f"There is no function {name}; there are {', '.join(sorted(functions)).replace('-', '_')}")
    found: dict[str, Any] = stack.aws("lambda").get_function_configuration(
        FunctionName=functions[name.replace("_", "-")]
    )
    return found


def _function(deployed: Mapping[str, Any], variant: Variant, of_lambda: Mapping[str, str], memory_mb: int) -> Function:
    code = variant.code
    layers = [code.factors if "factors" in one["Arn"] else code.base for one in deployed.get("Layers", [])]
    where = {**deployed["Environment"]["Variables"], **of_lambda, **variant.variables}
    module = deployed["Handler"].removesuffix(".handler")
    return Function(runtime_python(), [code.handlers, *layers], module, where, memory_mb)


def _line(row: Row) -> str:
    found = row.figures
    return (
        f"{row.function:16} {row.variant:8} {row.memory_mb:5} {found.first_ms:9.1f} {found.warm_ms:8.1f} "
        f"{found.init_ms:8.1f} {found.cold_usd:10.2f} {found.warm_usd:6.2f} {found.calls:5}"
    )


def _memory(text: str) -> int:
    if not text.isdecimal() or not LEAST_MB <= int(text) <= MOST_MB:
        raise argparse.ArgumentTypeError(f"Lambda has {LEAST_MB} to {MOST_MB} MB")
    return int(text)


def _rounds(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError("at least 1")
    return int(text)


def _checkout(text: str) -> Path:
    if not (Path(text) / ".venv/bin/python").exists():
        raise argparse.ArgumentTypeError(f"{text} is no checkout that is set up: run `make setup` there first")
    return Path(text)


def arguments() -> argparse.ArgumentParser:
    """Return the command's arguments."""
    given = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    known = ", ".join(EVENTS)
    given.add_argument(
        "--function", action="append", help=f"may be repeated: {known}, or any that answers without a body"
    )
    given.add_argument("--memory", action="append", type=_memory, help="MB; may be repeated; without it, as deployed")
    given.add_argument("--rounds", type=_rounds, default=5, help="how often each is started (5)")
    given.add_argument("--client", choices=["boto3"], help="measure this client of AWS too")
    given.add_argument("--before", type=_checkout, help="measure this checkout too, after `make setup` in it")
    given.add_argument("--json", action="store_true", help="a line of JSON for each row")
    return given


if __name__ == "__main__":
    main(arguments().parse_args())
