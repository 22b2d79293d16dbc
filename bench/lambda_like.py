"""Cold and warm requests as Lambda has them: what a user waits for, and what it costs.

Run: .venv/bin/python -m bench.lambda_like [--function NAME ...] [--memory MB ...] [--rounds N] [--client boto3]
     [--before FOLDER] [--json]      with `sallyport up --detach`

The code of the archive and the layer as deployed, with bytecode, in a fresh process of the functions' Python. The
module is imported (INIT) at full speed; then three invocations under memory/1769 of a processor, by a control group;
where those cannot be written, the time of the processor is stretched instead, and a line says so. AWS is the embedded
one behind TLS, with as many trusted certificates as systems have. Not part of it: the start of the interpreter and of
the sandbox, distances, and AWS's own time.

USD are of a million requests on arm64: INIT, duration and invocation, by sallyport/client/cost/prices.toml. `--before`
measures another checkout of this repository in the same rounds.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from statistics import median
from typing import Any

from bench.lambda_events import EVENTS, events_for
from bench.processor_quota import NoQuota, estimated_ms, group, join
from bench.tls_front import Front, tls_front
from sallyport.client.stack.local_stack import LocalStack, here
from sallyport.local.tools import ROOT, runtime_python
from tests.support.handlers import open_handlers

INVOCATIONS = 3
WORKER = Path(__file__).with_name("lambda_worker.py")
PRICES = ROOT / "sallyport" / "client" / "cost" / "prices.toml"
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


Variant = tuple[Code, Mapping[str, str]]
"""Code, and further variables."""


@dataclass(frozen=True)
class Run:
    """Milliseconds of one execution environment."""

    init: float
    invocations: tuple[float, ...]


def main(given: argparse.Namespace) -> None:
    """Print a line for each function, memory and variant."""
    stack = here()
    handlers = open_handlers(stack)
    with ExitStack() as open_:
        front = open_.enter_context(tls_front(int(stack.cloud.url.rpartition(":")[2])))
        ours = open_.enter_context(_code(ROOT))
        boto3 = {"AWS_CA_BUNDLE": str(front.system_roots)}
        variants: dict[str, Variant] = {"": (ours, {"AWS_CA_BUNDLE": str(front.amazon_roots)})}
        if given.client:
            variants[given.client] = (ours, {"AWS_CLIENT": given.client, **boto3})
        if given.before:
            variants["before"] = (open_.enter_context(_code(given.before)), boto3)
        rows = []
        for name in given.function or EVENTS:
            configuration = _configuration(stack, name)
            for memory_mb in given.memory or [configuration["MemorySize"]]:
                runs: dict[str, list[Run]] = {variant: [] for variant in variants}
                for _ in range(given.rounds):
                    for variant, (code, environment) in variants.items():
                        with redirect_stdout(StringIO()):
                            events = events_for(handlers, name, INVOCATIONS)
                        where = {**_environment(configuration, stack, front), **environment}
                        runs[variant].append(_run(code, configuration, where, events, memory_mb))
                rows += [_row(name, memory_mb, variant, done) for variant, done in runs.items()]
                _print(rows[-len(variants) :], given, is_first=len(rows) == len(variants))


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


def _configuration(stack: LocalStack, name: str) -> dict[str, Any]:
    functions = {entry.name: entry.id for entry in stack.functions().values()}
    found: dict[str, Any] = stack.aws("lambda").get_function_configuration(
        FunctionName=functions[f"{name.replace('_', '-')}-function"]
    )
    return found


def _environment(configuration: Mapping[str, Any], stack: LocalStack, front: Front) -> dict[str, str]:
    """Return the variables of the function and of Lambda. The credentials are the account's, not the role's."""
    return {
        **configuration["Environment"]["Variables"],
        "AWS_LAMBDA_FUNCTION_NAME": configuration["FunctionName"],
        "AWS_LAMBDA_RUNTIME_API": "none",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": stack.cloud.keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": stack.cloud.keys.secret_access_key,
        "AWS_ENDPOINT_URL": front.url,
        "PATH": os.environ["PATH"],
    }


def _run(
    code: Code, configuration: Mapping[str, Any], environment: Mapping[str, str], events: list[Any], memory_mb: int
) -> Run:
    layers = configuration.get("Layers", [])
    layer = [code.factors if "factors" in one["Arn"] else code.base for one in layers]
    paths, module = ":".join(map(str, [code.handlers, *layer])), configuration["Handler"].removesuffix(".handler")
    command = [str(runtime_python()), "-I", "-B", str(WORKER), paths, module]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with ExitStack() as open_, subprocess.Popen(command, env=environment, text=True, **pipes) as process:
        assert process.stdin
        assert process.stdout
        init = json.loads(process.stdout.readline())["ms"]
        has_quota = _has_quota(open_, process.pid, memory_mb)
        found = []
        for event in events:
            process.stdin.write(json.dumps(event) + "\n")
            process.stdin.flush()
            spent = json.loads(process.stdout.readline())
            if not spent["is_good"]:
                raise SystemExit(f"{module} answered {spent['answer']}")
            found.append(spent["ms"] if has_quota else estimated_ms(spent["ms"], spent["processor_ms"], memory_mb))
        process.stdin.close()
        process.wait()
    return Run(init, tuple(found))


def _has_quota(open_: ExitStack, process_id: int, memory_mb: int) -> bool:
    try:
        join(open_.enter_context(group(memory_mb)), process_id)
    except NoQuota:
        print("(without control groups: the processor's time is stretched)", file=sys.stderr)
        return False
    return True


def _row(name: str, memory_mb: int, variant: str, runs: list[Run]) -> dict[str, Any]:
    init, first = median(run.init for run in runs), median(run.invocations[0] for run in runs)
    warm = median(run.invocations[-1] for run in runs)
    return {
        "function": name,
        "variant": variant,
        "memory_mb": memory_mb,
        "init_ms": round(init, 1),
        "first_ms": round(first, 1),
        "warm_ms": round(warm, 1),
        "cold_usd": round(_usd(init + first, memory_mb), 2),
        "warm_usd": round(_usd(warm, memory_mb), 2),
    }


def _usd(milliseconds: float, memory_mb: int) -> float:
    """Return the price of a million such invocations."""
    prices = tomllib.loads(PRICES.read_text())["aws"]
    gb_seconds = milliseconds / 1000 * memory_mb / 1024
    return float(1e6 * (gb_seconds * prices["lambda_gb_second"] + prices["lambda_invocation"]))


def _print(rows: list[dict[str, Any]], given: argparse.Namespace, *, is_first: bool) -> None:
    if given.json:
        print(*map(json.dumps, rows), sep="\n", flush=True)
        return
    if is_first:
        print(f"{'function':16} {'':8} {'MB':>5} {'first ms':>9} {'warm ms':>8} {'INIT ms':>8}   USD cold   warm")
    for row in rows:
        print(
            f"{row['function']:16} {row['variant']:8} {row['memory_mb']:5} {row['first_ms']:9.1f} "
            f"{row['warm_ms']:8.1f} {row['init_ms']:8.1f} {row['cold_usd']:10.2f} {row['warm_usd']:6.2f}",
            flush=True,
        )


def _arguments() -> argparse.Namespace:
    given = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    given.add_argument("--function", action="append", help="a route's name, or authorizer; may be repeated")
    given.add_argument("--memory", action="append", type=int, help="MB; may be repeated; without it, as deployed")
    given.add_argument("--rounds", type=int, default=5)
    given.add_argument("--client", choices=["boto3"], help="measure this client of AWS too")
    given.add_argument("--before", type=Path, help="measure this checkout too")
    given.add_argument("--json", action="store_true", help="a line of JSON for each row")
    return given.parse_args()


if __name__ == "__main__":
    main(_arguments())
