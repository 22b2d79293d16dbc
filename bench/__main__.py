"""Every comparison with peers, in one run: `make bench`.

Run: .venv/bin/python -m bench [--quick] [--write] [--port N]

Measurements are interleaved: each round measures everybody once, and ratios are taken within a round. A local stack of
its own is deployed for it. `--write` puts the tables and plots into docs/performance.md and README.md.
"""

import argparse
import platform
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from statistics import median

from rich.console import Console
from rich.table import Table as Shown

from bench import archives, lambda_like
from bench.execution_environment import Figures, Run, figures
from bench.lambda_events import events_for
from bench.lambda_like import INVOCATIONS, Row
from bench.own_stack import own_stack
from bench.peers import cold, servers, verifiers
from bench.report import Rows, Table, bars, number, quartiles, write
from bench.tls_front import tls_front
from components.function import DEFAULT_MEMORY_MB, SIGN_IN_MEMORY_MB
from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.tools import ROOT
from tests.support.handlers import Handlers, open_handlers

PAGE, README = ROOT / "docs" / "performance.md", ROOT / "README.md"
PLATFORM = "aarch64-manylinux_2_28"  # the default of `layerPlatform`
SALLYPORT, CHALICE = "Sallyport", "chalice local"
AUTHORIZER_MB, SIGN_IN_MB = DEFAULT_MEMORY_MB, SIGN_IN_MEMORY_MB
JOSE = "python-jose + requests + boto3"
TUTORIAL = "boto3 + PyJWT, as tutorials do"
REMEMBERED = "ours, a token that was seen before"
COLUMNS = ("first request, ms", "warm, ms", "INIT, ms", "USD, a million cold", "warm", "calls to AWS")
"""Of `Figures`."""


@dataclass(frozen=True)
class Cold:
    """Figures and bytes of archives by name, and milliseconds of INIT with the first invocation of each round."""

    figures: dict[str, Figures]
    archives: Mapping[str, int]
    rows: Rows


def main(given: argparse.Namespace) -> None:
    """Measure, print, and write."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    rounds = 3 if given.quick else 11
    _say("A stack of its own ...")
    with own_stack(given.port) as stack:
        _say("Verifiers (the first time, peers are installed) ...")
        versions, verified = verifiers.measure(10 if given.quick else 60)
        handlers = open_handlers(stack)
        _say("Functions ...")
        options = lambda_like.arguments().parse_args(["--rounds", str(rounds)])
        functions = list(lambda_like.measure(stack, handlers, options))
        _say("Cold starts of peers ...")
        authorizers, sign_ins = _colds(stack, handlers, rounds)
        _say("Local servers ...")
        served = _served(stack, rounds)
    tables = [
        _verified(versions, verified),
        _functions(functions),
        _cold("authorizers", authorizers, JOSE),
        _cold("sign-ins", sign_ins, TUTORIAL),
        _servers(served),
        _archives(),
    ]
    short = _short(verified, authorizers, sign_ins, served)
    for table in (*tables, short):
        _show(console, table)
    if given.write:
        _write([*tables, _about(rounds)], short, verified, authorizers)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _colds(stack: LocalStack, handlers: Handlers, rounds: int) -> tuple[Cold, Cold]:
    """Start authorizers and sign-ins cold, ours and others', in the same rounds."""
    authorizers: dict[str, list[Run]] = {name: [] for name in (SALLYPORT, *cold.AUTHORIZERS)}
    sign_ins: dict[str, list[Run]] = {SALLYPORT: [], TUTORIAL: []}
    with ExitStack() as open_:
        front = open_.enter_context(tls_front(stack.cloud.port))
        keys, users = open_.enter_context(cold.keys_served(handlers)), open_.enter_context(cold.users(stack))
        authorize = open_.enter_context(lambda_like.started(stack, front, "authorizer", AUTHORIZER_MB))
        sign_in = open_.enter_context(lambda_like.started(stack, front, "signin", SIGN_IN_MB))
        for _ in range(rounds):
            with redirect_stdout(StringIO()):  # the handlers' own log lines
                asked = [events_for(handlers, name, INVOCATIONS) for name in ("authorizer", "signin")]
            authorizers[SALLYPORT].append(authorize(asked[0]))
            for name in cold.AUTHORIZERS:
                run = cold.authorizer(name, stack, front, handlers, keys, AUTHORIZER_MB, asked[0])
                authorizers[name].append(run)
            sign_ins[SALLYPORT].append(sign_in(asked[1]))
            sign_ins[TUTORIAL].append(cold.sign_in(stack, front, users, SIGN_IN_MB, INVOCATIONS))
    peers = {**cold.AUTHORIZERS, TUTORIAL: cold.SIGN_IN}
    own = archives.ours(PLATFORM)
    sizes = {name: cold.archive_bytes(module) for name, module in peers.items()}
    sizes[SALLYPORT] = own["handlers"].source + own["base layer"].source
    return _as_cold(authorizers, sizes, AUTHORIZER_MB), _as_cold(sign_ins, sizes, SIGN_IN_MB)


def _as_cold(runs: Mapping[str, Sequence[Run]], sizes: Mapping[str, int], memory_mb: int) -> Cold:
    waited = {name: [run.init + run.invocations[0] for run in of] for name, of in runs.items()}
    rows = [dict(zip(waited, round_, strict=True)) for round_ in zip(*waited.values(), strict=True)]
    return Cold({name: figures(of, memory_mb) for name, of in runs.items()}, sizes, rows)


def _served(stack: LocalStack, rounds: int) -> Rows:
    """Return requests a second of an open route, by server and clients."""
    ours = f"{stack.state.outputs['api_url']}/.well-known/openid-configuration"
    rows = []
    with servers.chalice() as theirs:
        for _ in range(min(rounds, 5)):
            both = {SALLYPORT: ours, CHALICE: theirs}
            rows.append({f"{name}, {n}": servers.per_second(url, n) for n in (1, 8) for name, url in both.items()})
    return rows


def _verified(versions: Mapping[str, str], rows: Rows) -> Table:
    names = {"raw": "the signature alone, `cryptography`", "sha256": "SHA-256 of the token", "remembered": REMEMBERED}
    lines = [
        (
            names.get(name, name),
            version,
            quartiles(rows, name),
            quartiles(rows, name, "raw"),
            quartiles(rows, name, "ours"),
        )
        for name, version in versions.items()
    ]
    return Table("verifiers", ("", "version", "µs", "/ raw", "/ ours"), tuple(lines))


def _functions(rows: Sequence[Row]) -> Table:
    header = ("function", "MB", *COLUMNS)
    return Table(
        "functions", header, tuple((f"`{row.function}`", str(row.memory_mb), *_cells(row.figures)) for row in rows)
    )


def _cold(name: str, found: Cold, last: str) -> Table:
    header = ("", *COLUMNS, "archive, MB", f"INIT + first / {last}")
    lines = (
        (one, *_cells(of), number(found.archives[one] / 1e6), quartiles(found.rows, one, last))
        for one, of in found.figures.items()
    )
    return Table(name, header, tuple(lines))


def _archives() -> Table:
    """Return the sizes of what is uploaded; the bytecode's is this machine's, because Lambda's Python makes its own."""
    here = archives.ours("host")
    lines = (
        (name, number(size.source / 1e6), number(here[name].bytecode / 1e6))
        for name, size in archives.ours(PLATFORM).items()
    )
    return Table("archives", ("", "MB, zipped for AWS", "bytecode adds"), tuple(lines))


def _servers(rows: Rows) -> Table:
    lines = [
        (f"{clients} at a time", *(quartiles(rows, f"{name}, {clients}") for name in (SALLYPORT, CHALICE)),
         quartiles(rows, f"{SALLYPORT}, {clients}", f"{CHALICE}, {clients}"))
        for clients in (1, 8)
    ]  # fmt: skip
    return Table("servers", ("clients", "`sallyport up`, requests/s", "`chalice local`", "ratio"), tuple(lines))


def _cells(found: Figures) -> tuple[str, ...]:
    figures_ = (found.first_ms, found.warm_ms, found.init_ms, found.cold_usd, found.warm_usd)
    return *(number(one) for one in figures_), str(found.calls)


def _short(verified: Rows, authorizers: Cold, sign_ins: Cold, served: Rows) -> Table:
    """Return the table of the README."""

    def waited(found: Cold, name: str) -> str:
        return f"{number(median(row[name] for row in found.rows))} ms"

    ours = waited(authorizers, SALLYPORT)
    lines = (
        ("cold authorizer, INIT and first request", ours, waited(authorizers, JOSE), f"{JOSE}: reads the session too"),
        ("", ours, waited(authorizers, "PyJWT"), "PyJWT: checks the token alone"),
        ("cold sign-in, INIT and first request", waited(sign_ins, SALLYPORT), waited(sign_ins, TUTORIAL), TUTORIAL),
        ("a token verified", f"{_median(verified, 'ours')} µs", f"{_median(verified, 'PyJWT')} µs", "PyJWT"),
        ("a token seen before", f"{_median(verified, 'remembered')} µs", f"{_median(verified, 'sha256')} µs",
         "its SHA-256 alone"),
        ("requests a second, on a laptop", _median(served, f"{SALLYPORT}, 1"), _median(served, f"{CHALICE}, 1"),
         "`chalice local`"),
    )  # fmt: skip
    return Table("short", ("", "Sallyport", "others", ""), lines)


def _median(rows: Rows, name: str) -> str:
    return number(median(row[name] for row in rows))


def _about(rounds: int) -> Table:
    where = f"{platform.machine()}, Python {platform.python_version()}"
    line = (f"{datetime.now(UTC):%Y-%m-%d}", where, str(rounds))
    return Table("about", ("measured on", "by", "rounds of cold starts"), (line,))


def _show(console: Console, table: Table) -> None:
    shown = Shown(*table.header, title=table.name)
    for line in table.lines:
        shown.add_row(*line)
    console.print(shown)


def _write(tables: Sequence[Table], short: Table, verified: Rows, authorizers: Cold) -> None:
    for table in tables:
        write(PAGE, table)
    write(README, short)
    waits = {name: median(row[name] for row in authorizers.rows) for name in authorizers.figures}
    times = {
        name: median(row[name] for row in verified) for name in verified[0] if name not in ("sha256", "remembered")
    }
    plots = {
        "cold.svg": bars(f"A cold authorizer of {AUTHORIZER_MB} MB: INIT and first request", waits, _is_ours, "ms"),
        "verify.svg": bars("An access token verified, every claim checked", times, _is_ours, "µs"),
    }
    for name, plot in plots.items():
        (ROOT / "docs" / name).write_text(plot)


def _is_ours(name: str) -> bool:
    return name in ("ours", SALLYPORT)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Every comparison with peers, in one run.")
    arguments.add_argument("--quick", action="store_true", help="fewer rounds")
    arguments.add_argument("--write", action="store_true", help="write docs/performance.md, README.md and the plots")
    arguments.add_argument("--port", type=int, default=4598, help="of the local stack that is measured")
    main(arguments.parse_args())
