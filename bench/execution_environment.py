"""An execution environment as on Lambda: INIT at full speed, invocations under a quota, and their price."""

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import IO, Any, NoReturn

from bench.processor_quota import NoQuota, estimated_ms, group, join
from bench.tls_front import Front
from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.clients import REGION
from sallyport.local.tools import ROOT

WORKER = Path(__file__).with_name("lambda_worker.py")
PRICES = ROOT / "sallyport" / "client" / "cost" / "prices.toml"


@dataclass(frozen=True)
class Function:
    """What runs: the interpreter, the folders of its modules, the handler's module, and its variables."""

    python: Path
    paths: Sequence[Path]
    module: str
    variables: Mapping[str, str]
    memory_mb: int


@dataclass(frozen=True)
class Run:
    """Milliseconds of one execution environment, and the last invocation's calls to AWS."""

    init: float
    invocations: tuple[float, ...]
    calls: int = 0


@dataclass(frozen=True)
class Figures:
    """Medians of runs: milliseconds, and US dollars of a million requests that start cold, or that are warm.

    `calls`: those to AWS, of a warm request.
    """

    init_ms: float
    first_ms: float
    warm_ms: float
    cold_usd: float
    warm_usd: float
    calls: int


def run(function: Function, events: Sequence[Any], counted: Callable[[], int] = int) -> Run:
    """Start an environment, and send it these events one after the other. Raises `SystemExit` for a bad answer.

    Args:
        counted: returns the calls to AWS until now.
    """
    command = [str(function.python), "-I", "-B", str(WORKER), ":".join(map(str, function.paths)), function.module]
    with ExitStack() as open_:
        log = open_.enter_context(tempfile.TemporaryFile("w+"))
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log, "text": True}
        process = open_.enter_context(subprocess.Popen(command, env=dict(function.variables), **pipes))
        assert process.stdin
        assert process.stdout
        init = json.loads(process.stdout.readline() or _failed(function, log))["ms"]
        has_quota = _has_quota(open_, process.pid, function.memory_mb)
        found, calls = [], 0
        for event in events:
            before = counted()
            process.stdin.write(json.dumps(event) + "\n")
            process.stdin.flush()
            spent = json.loads(process.stdout.readline() or _failed(function, log))
            if not spent["is_good"]:
                raise SystemExit(f"{function.module} answered {spent['answer']}")
            calls = counted() - before
            ms, processor_ms = spent["ms"], spent["processor_ms"]
            found.append(ms if has_quota else estimated_ms(ms, processor_ms, function.memory_mb))
        process.stdin.close()
        process.wait()
    return Run(init, tuple(found), calls)


def variables(stack: LocalStack, front: Front) -> dict[str, str]:
    """Return the variables that Lambda sets. The credentials are the account's, not a role's."""
    return {
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_RUNTIME_API": "none",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": stack.cloud.keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": stack.cloud.keys.secret_access_key,
        "AWS_ENDPOINT_URL": front.url,
        "AWS_CA_BUNDLE": str(front.system_roots),
        "PATH": os.environ["PATH"],
    }


def figures(runs: Sequence[Run], memory_mb: int) -> Figures:
    """Return the medians of runs, and their price on arm64: duration and INIT are billed alike."""
    init, first = median(one.init for one in runs), median(one.invocations[0] for one in runs)
    warm = median(one.invocations[-1] for one in runs)
    calls = round(median(one.calls for one in runs))
    return Figures(init, first, warm, _usd(init + first, memory_mb), _usd(warm, memory_mb), calls)


def _usd(milliseconds: float, memory_mb: int) -> float:
    prices = tomllib.loads(PRICES.read_text())["aws"]
    gb_seconds = milliseconds / 1000 * memory_mb / 1024
    return float(1e6 * (gb_seconds * prices["lambda_gb_second"] + prices["lambda_invocation"]))


def _failed(function: Function, log: IO[str]) -> NoReturn:
    log.seek(0)
    raise SystemExit(f"{function.module} has ended:\n{log.read()[-2000:]}")


def _has_quota(open_: ExitStack, process_id: int, memory_mb: int) -> bool:
    try:
        join(open_.enter_context(group(memory_mb)), process_id)
    except NoQuota:
        print("(without control groups: the processor's time is stretched)", file=sys.stderr)
        return False
    return True
