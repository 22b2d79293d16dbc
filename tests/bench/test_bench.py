"""bench: what the measurements rest on."""

import ssl
import sys
import time
import xml.dom.minidom
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from bench import archives, material, report
from bench.__main__ import PAGE, README
from bench.execution_environment import Function, Run, figures, run
from bench.peers.verifiers import bad_tokens
from bench.processor_quota import estimated_ms
from bench.report import Table
from bench.tls_front import tls_front
from handlers.core.tokens import jwks, verifier

TABLES = ("about", "functions", "authorizers", "sign-ins", "verifiers", "servers", "archives")
SPIN = """
import time


def handler(event, context):
    until = time.process_time() + event["seconds"]
    while time.process_time() < until:
        pass
    return {"statusCode": event["status"]}
"""


def spinning(folder: Path, memory_mb: int) -> Function:
    (folder / "spin.py").write_text(SPIN)
    return Function(Path(sys.executable), [folder], "spin", {"PATH": "/usr/bin:/bin"}, memory_mb)


def test_an_invocation_has_its_share_of_a_processor(tmp_path: Path) -> None:
    """With 128 MB a fourteenth: 40 ms of work take half a second."""
    found = run(spinning(tmp_path, 128), [{"seconds": 0.04, "status": 200}])

    assert found.invocations[0] > 300


def test_a_function_that_answers_with_an_error_is_not_measured(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="spin answered"):
        run(spinning(tmp_path, 1769), [{"seconds": 0, "status": 500}])


def test_without_control_groups_the_processors_part_is_stretched() -> None:
    assert estimated_ms(10, 4, 442) == pytest.approx(10 + 4 * 3, rel=0.01)
    assert estimated_ms(10, 4, 3008) == 10


def test_init_is_billed_like_the_invocation() -> None:
    found = figures([Run(100, (50, 20))], 1024)

    assert found.cold_usd == pytest.approx(1e6 * (0.150 * 13.3334e-6 + 0.2e-6))
    assert found.warm_usd == pytest.approx(1e6 * (0.020 * 13.3334e-6 + 0.2e-6))


def test_calls_of_the_last_invocation_are_counted(tmp_path: Path) -> None:
    seen = iter([2, 5, 5, 6])

    found = run(spinning(tmp_path, 1769), [{"seconds": 0, "status": 200}] * 2, lambda: next(seen))

    assert found.calls == 1


def test_the_front_counts_requests_and_not_connections() -> None:
    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        with tls_front(server.server_port) as front:
            trusted = ssl.create_default_context(cafile=str(front.amazon_roots))
            with httpx.Client(base_url=front.url, verify=trusted, trust_env=False) as client:
                for _ in range(3):
                    assert client.post("/", content=b"x" * 100_000).status_code == 200
            assert front.calls() == 3
        server.shutdown()


def test_an_archive_has_what_the_libraries_need(tmp_path: Path) -> None:
    function = tmp_path / "function.py"
    function.write_text(SPIN)
    python = Path(sys.prefix) / "bin" / "python"

    alone, with_idna, with_httpx = (archives.theirs(function, python, names) for names in ([], ["idna"], ["httpx"]))

    assert 200 < alone < 1000
    assert with_httpx > with_idna > 50_000, "httpx needs idna"


def test_bad_tokens_are_bad_and_the_good_one_is_good() -> None:
    made = material.make()
    keys = jwks.load(made.given["jwks"])
    policy = verifier.Policy(
        issuer=made.given["issuer"], audiences=frozenset({made.given["audience"]}), token_use="access"
    )

    assert verifier.verify(made.given["token"], keys, policy, time.time())
    for token in bad_tokens(made).values():
        with pytest.raises(verifier.Refused):
            verifier.verify(token, keys, policy, time.time())


def test_a_table_goes_between_its_marks_and_nowhere_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- bench: one -->\nold\n<!-- end -->\nafter\n")

    report.write(page, Table("one", ("", "µs"), (("ours", "1"),)))

    assert (
        page.read_text() == "before\n<!-- bench: one -->\n|  | µs |\n| --- | --- |\n| ours | 1 |\n<!-- end -->\nafter\n"
    )
    with pytest.raises(ValueError, match="two"):
        report.write(page, Table("two", (), ()))


def test_bars_are_xml_and_as_long_as_their_values() -> None:
    plot = xml.dom.minidom.parseString(report.bars("a < b", {"ours": 1, "theirs": 2}, "ours".__eq__, "ms"))

    lengths = [int(one.getAttribute("width")) for one in plot.getElementsByTagName("rect")[1:]]
    assert lengths[1] == pytest.approx(2 * lengths[0], abs=1)


@pytest.mark.parametrize("table", TABLES)
def test_the_page_has_its_figures(table: str) -> None:
    assert f"<!-- bench: {table} -->\n| " in PAGE.read_text()


def test_the_readme_has_its_figures() -> None:
    assert "<!-- bench: short -->\n| " in README.read_text()
