"""sallyport.local.cloud and its commands: what is started is stopped, and what is stopped comes back as it was."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.cloud import Cloud, CloudFailed
from sallyport.local.tools import ROOT
from tests.browser.chromium import CHROMIUM, browser_page
from tests.support import project_copy
from tests.support.command import SALLYPORT
from tests.support.handlers import PASSWORD

START_SECONDS = 60
PROXIES = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")


class Terminal:
    """A terminal that runs the command with a home of its own."""

    def __init__(self, home: Path, folder: Path = ROOT) -> None:
        self.stack = LocalStack(home)
        self._folder = folder
        self._environment = {
            **os.environ,
            "SALLYPORT_HOME": str(home),
            "SALLYPORT_CONFIG_DIR": str(home / "config"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "COLUMNS": "200",
        }

    def run(self, *arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*SALLYPORT, *arguments],
            cwd=self._folder,
            env={**self._environment, **variables},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self, *arguments: str, log: Path, **variables: str) -> "subprocess.Popen[bytes]":
        with log.open("w") as file:
            environment = {**self._environment, **variables}
            return subprocess.Popen(
                [*SALLYPORT, *arguments], cwd=self._folder, env=environment, stdout=file, stderr=file
            )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def sign_up(terminal: Terminal) -> tuple[str, dict[str, str]]:
    """Sign Ada up; return the API's address, and her credentials."""
    api = str(terminal.stack.state.outputs["api_url"])
    credentials = {"email": "ada@example.com", "password": PASSWORD}
    challenge = httpx.post(f"{api}/signup", json=credentials, timeout=60).json()["challenge_id"]
    code = terminal.run("inbox", "--code", "--to", "ada@example.com").stdout.strip()
    body = {"challenge_id": challenge, "code": code}
    assert httpx.post(f"{api}/signup/confirm", json=body, timeout=60).status_code == 201
    return api, credentials


def count_visits(terminal: Terminal) -> list[int]:
    """Return the answers of the route of docs/extending.md to a user who calls it twice."""
    api, credentials = sign_up(terminal)
    token = httpx.post(f"{api}/signin", json=credentials, timeout=60).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    return [httpx.post(f"{api}/visits", headers=bearer, timeout=60).json()["count"] for _ in range(2)]


def wait_for(what: str, log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        text = log.read_text()
        if what in text:
            return text
        time.sleep(0.05)
    raise AssertionError(log.read_text()[-2000:])


def processes_of(home: Path) -> list[str]:
    """Return command lines of processes whose environment or command names the home."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            text = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(home).encode() in text:
            found.append((process / "cmdline").read_text().replace("\0", " "))
    return found


def test_ending_up_leaves_no_process_no_port_and_no_temporary_file(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    terminal = Terminal(tmp_path / "home")
    for how in (signal.SIGINT, signal.SIGTERM):
        up = terminal.start("up", "--port", str(port), log=log)
        text = wait_for("Requests show here", log)
        assert httpx.post(f"http://127.0.0.1:{port}/_aws/execute-api/sallyport/signin", json={}).status_code == 400
        wait_for("POST /signin", log)

        up.send_signal(how)
        code = up.wait(timeout=30)

        assert code == 0
        assert "Traceback" not in log.read_text()
        assert "/signup -d" in text
        assert processes_of(tmp_path / "home") == []
        assert not (tmp_path / "home" / "cloud" / "tmp").exists()
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_taken_port_is_avoided_and_remembered(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path / "cloud")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (tmp_path / "cloud").mkdir()
        (tmp_path / "cloud" / "port").write_text(str(port))

        with pytest.raises(CloudFailed, match=f"Port {port} is taken"):
            cloud.start(port)
        cloud.start()
        chosen = cloud.port
        cloud.stop()

    assert chosen != port
    cloud.start()
    assert cloud.port == chosen
    assert cloud.is_up
    cloud.start()
    cloud.stop()
    assert not cloud.is_up


def test_it_listens_on_loopback_only_and_enforces_policies(stack: LocalStack) -> None:
    environment = stack.cloud._environment(1)

    assert (environment["BIND_HOST"], environment["AUTH"]) == ("127.0.0.1", "true")
    listening = Path("/proc/net/tcp").read_text().splitlines()[1:]
    port = f"{stack.cloud.port:04X}"
    assert {
        line.split()[1] for line in listening if line.split()[1].endswith(f":{port}") and line.split()[3] == "0A"
    } == {f"0100007F:{port}"}


def test_functions_do_not_see_the_developers_environment(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"AWS_PROFILE", "PYTHONPATH", "PIP_INDEX_URL", "SALLYPORT_HOME", *PROXIES}
    for name in own:
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert set(stack.cloud._environment(1)).isdisjoint(own)


def test_a_proxy_in_the_environment_changes_nothing(stack: LocalStack) -> None:
    terminal = Terminal(stack.home)

    for command in (["up", "--detach"], ["smoke"], ["inbox"]):
        done = terminal.run(*command, **PROXIES)
        assert done.returncode == 0, done.stdout + done.stderr


def test_saving_a_handler_changes_the_next_answer(tmp_path: Path) -> None:
    """In a copy with a route of one's own: a handler, the route table, what handlers share, mistakes."""
    copy = project_copy.with_a_route(project_copy.copy(tmp_path / "copy"))
    log = tmp_path / "log"
    terminal = Terminal(tmp_path / "home", copy)
    up = terminal.start("up", "--port", str(free_port()), log=log)
    try:
        wait_for("Requests show here", log)
        api = str(terminal.stack.state.outputs["api_url"])
        assert "openid" not in httpx.get(f"{api}/openapi.json", timeout=30).headers

        seconds = _save(
            copy / "handlers/functions/metadata/discovery.py",
            "Response(200, METADATA",
            "Response(203, METADATA",
            log,
            "1 function updated",
        )
        assert httpx.get(f"{api}/.well-known/openid-configuration", timeout=30).status_code == 203
        assert seconds < 15, "this is no benchmark: about a second is promised, many are a fault"

        assert count_visits(terminal) == [1, 2]
        route = copy / "contract" / "visits.py"
        _save(route, '"/visits"', '"/views"', log, "contract/visits.py: ", " resources changed in ")
        assert httpx.post(f"{api}/visits", timeout=30).status_code == 404
        assert httpx.post(f"{api}/views", timeout=30).status_code == 401
        assert "/views" in httpx.get(f"{api}/openapi.json", timeout=30).json()["paths"]

        _save(copy / "handlers" / "errors.py", "is wrong.", "is WRONG.", log, " functions updated")
        answer = httpx.post(f"{api}/signin", json={"email": "a@example.com", "password": "x"}, timeout=30)
        assert "WRONG" in answer.json()["message"]
        assert httpx.get(f"{api}/.well-known/openid-configuration", timeout=30).status_code == 203

        _save(
            copy / "handlers/functions/hello/hello.py",
            "def handler",
            "def def",
            log,
            "not deployed, the old stays: handlers/functions/hello/hello.py:",
        )
        assert httpx.get(f"{api}/hello", timeout=30).status_code == 401
        _save(copy / "handlers/functions/hello/hello.py", "def def", "def handler", log, "hello.py: 1 function updated")

        missing = httpx.get(f"{api}/nowhere", headers={"authorization": "Bearer x"}, timeout=30)
        assert (missing.status_code, missing.json()) == (404, {"message": "Not Found"})

        for days in (7, 8, 30):  # a file that is replaced, as editors do it, is seen again; 8 are refused
            _replace_settings(copy, days)
            if days == 8:
                wait_for("`8` is not a whole number of 1, 3, 5", log)
            else:
                _wait_until(partial(_is_rotated_after, days, terminal.stack), log)

        if CHROMIUM:
            _check_that_saved_pages_show(copy, str(terminal.stack.state.outputs["site_url"]), log)

        _save(
            copy / "handlers/functions/metadata/openapi.py",
            "return ",
            "1 / 0\n    return ",
            log,
            "handlers/functions/metadata/openapi.py: 1 function",
        )
        assert httpx.get(f"{api}/openapi.json", timeout=30).status_code == 500
        said = wait_for("ZeroDivisionError: division by zero", log)
        assert "Traceback (most recent call last):" in said
        assert "1 / 0" in said
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(timeout=30)
    assert not terminal.stack.cloud.watched.exists()


def _check_that_saved_pages_show(copy: Path, site: str, log: Path) -> None:
    """A browser that has a page open comes back with what was saved, by itself."""
    with browser_page() as page:
        page.goto(f"{site}/forgot")
        expect(page.get_by_role("heading")).to_have_text("Reset your password")
        _save(copy / "web/texts/en.js", "Reset your password", "A new password", log, "web/texts/en.js: ")
        expect(page.get_by_role("heading")).to_have_text("A new password", timeout=START_SECONDS * 1000)


def _replace_settings(copy: Path, days: int) -> None:
    settings, draft = copy / "Pulumi.local.yaml", copy / "draft"
    kept = [line for line in settings.read_text().splitlines() if not re.search(r"(Retention|Rotation)Days", line)]
    changed = [f"  sallyport:logRetentionDays: {days}", f"  sallyport:keyRotationDays: {days}\n"]
    draft.write_text("\n".join([*kept, *changed]))
    draft.replace(settings)


def _is_rotated_after(days: int, stack: LocalStack) -> bool:
    secret_id = next(one for one in stack.state.entries.values() if one.name == "secrets-keyset").id
    rules = stack.aws("secretsmanager").describe_secret(SecretId=secret_id)["RotationRules"]
    return bool(rules["AutomaticallyAfterDays"] == days)


def _wait_until(is_so: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        time.sleep(0.05)


def _save(path: Path, old: str, new: str, log: Path, *expected: str) -> float:
    started = time.monotonic()
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    for what in expected:
        wait_for(what, log)
    return time.monotonic() - started


def test_outputs_are_json_that_smoke_takes(stack: LocalStack) -> None:
    terminal = Terminal(stack.home)
    outputs = terminal.run("output", "--json").stdout

    smoke = terminal.run("smoke", "-", stdin=outputs)

    assert smoke.returncode == 0, smoke.stdout + smoke.stderr
    assert smoke.stdout.count("✓") == 30
    assert json.loads(outputs)["machine_client_secret"] == "[secret]"


@pytest.mark.parametrize("step", ["sallyport.local.tools"])
def test_an_interrupted_setup_says_so_in_a_line(tmp_path: Path, step: str) -> None:
    """While the environment of the embedded AWS is being installed, from a registry that never answers."""
    copy = project_copy.copy(tmp_path / "copy", with_tools=False)
    with socket.create_server(("127.0.0.1", 0)) as registry:
        registry.settimeout(START_SECONDS)
        index = f"http://127.0.0.1:{registry.getsockname()[1]}/simple"
        slow = {"UV_DEFAULT_INDEX": index, "UV_INDEX_URL": index, "UV_NO_CACHE": "1", "NO_PROXY": "127.0.0.1"}
        environment = {**os.environ, **slow}
        process = subprocess.Popen(
            [sys.executable, "-m", step],
            cwd=copy,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell may ignore it for the suite
        )
        asked, _ = registry.accept()

        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        asked.close()

    assert process.returncode == 1
    assert "Traceback" not in said
    assert said.strip() == "Stopped; the next `make setup` goes on."
