"""sallyport.local.cloud and its commands: what is started is stopped, and what is stopped comes back as it was."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.cloud import Cloud, CloudFailed
from sallyport.local.tools import ROOT
from tests.support import project_copy
from tests.support.command import SALLYPORT
from tests.support.handlers import PASSWORD

START_SECONDS = 60


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


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ending_up_leaves_no_process_no_port_and_no_temporary_file(tmp_path: Path, how: signal.Signals) -> None:
    port, log = free_port(), tmp_path / "log"
    terminal = Terminal(tmp_path / "home")
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


def test_users_and_addresses_outlive_a_stop_and_nothing_outlives_a_wipe(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "home")
    assert terminal.run("up", "--detach", "--port", str(free_port())).returncode == 0
    api, credentials = sign_up(terminal)

    assert terminal.run("down").returncode == 0
    assert terminal.run("status").returncode == 1
    again = terminal.run("up", "--detach")
    try:
        assert terminal.stack.state.outputs["api_url"] == api, again.stderr
        assert httpx.post(f"{api}/signin", json=credentials, timeout=30).status_code == 200
    finally:
        assert terminal.run("down", "--wipe").returncode == 0

    assert not terminal.stack.state.entries
    assert not (tmp_path / "home" / "cloud" / "state").exists()


def test_after_a_kill_the_stack_comes_up_again(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "home")
    terminal.run("up", "--detach", "--port", str(free_port()))
    os.kill(terminal.stack.cloud.pid or 0, signal.SIGKILL)

    done = terminal.run("up", "--detach")
    try:
        assert done.returncode == 0, done.stderr
        assert terminal.run("smoke").returncode == 0
    finally:
        terminal.stack.stop()


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


def test_functions_do_not_see_the_developers_environment(stack: LocalStack) -> None:
    assert set(stack.cloud._environment(1)).isdisjoint({"AWS_PROFILE", "PYTHONPATH", "PIP_INDEX_URL", "SALLYPORT_HOME"})


def test_saving_a_handler_changes_the_next_answer(tmp_path: Path) -> None:
    """In a copy with a route of one's own: a handler, the route table, what handlers share, mistakes."""
    copy = project_copy.with_a_route(project_copy.copy(tmp_path / "copy"))
    log = tmp_path / "log"
    terminal = Terminal(tmp_path / "home", copy)
    up = terminal.start("up", "--port", str(free_port()), log=log, SALLYPORT_BUILD_DIR=str(tmp_path / "build"))
    try:
        wait_for("Requests show here", log)
        api = str(terminal.stack.state.outputs["api_url"])
        assert "openid" not in httpx.get(f"{api}/openapi.json", timeout=30).headers

        seconds = _save(
            copy / "handlers/functions/metadata/discovery.py",
            "grant_types_supported=[]",
            'grant_types_supported=["changed"]',
            log,
            "1 function updated",
        )
        discovery = httpx.get(f"{api}/.well-known/openid-configuration", timeout=30).json()
        assert discovery["grant_types_supported"] == ["changed"]
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
        discovery = httpx.get(f"{api}/.well-known/openid-configuration", timeout=30).json()
        assert discovery["grant_types_supported"] == ["changed"]

        _save(
            copy / "handlers/functions/hello/hello.py",
            "def handler",
            "def def",
            log,
            "not deployed, the old stays: handlers/functions/hello/hello.py:",
        )
        assert httpx.get(f"{api}/hello", timeout=30).status_code == 401

        missing = httpx.get(f"{api}/nowhere", headers={"authorization": "Bearer x"}, timeout=30)
        assert (missing.status_code, missing.json()) == (404, {"message": "Not Found"})

        for days in (7, 8, 30):  # a file that is replaced, as editors do it, is seen again; 8 are refused
            draft = copy / "draft"
            settings = copy / "Pulumi.local.yaml"
            kept = [line for line in settings.read_text().splitlines() if "logRetentionDays" not in line]
            draft.write_text("\n".join([*kept, f"  sallyport:logRetentionDays: {days}\n"]))
            seen = log.read_text().count("Pulumi.local.yaml: running")
            draft.replace(settings)
            _wait_for_more("Pulumi.local.yaml: running", seen, log)
        wait_for("`8` is not a whole number of 1, 3, 5", log)

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


def _wait_for_more(what: str, than: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while log.read_text().count(what) <= than:
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
    assert smoke.stdout.count("✓") == 27
    assert json.loads(outputs)["machine_client_secret"] == "[secret]"


def test_another_schedule_of_rotations_is_deployed(tmp_path: Path) -> None:
    """And back, which the embedded AWS once refused for want of an action."""
    copy = project_copy.copy(tmp_path / "copy")
    terminal = Terminal(tmp_path / "home", copy)
    settings = copy / "Pulumi.local.yaml"
    try:
        assert terminal.run("up", "--detach", "--port", str(free_port())).returncode == 0
        settings.write_text(settings.read_text() + "  sallyport:keyRotationDays: 7\n")

        done = terminal.run("up", "--detach")

        assert done.returncode == 0, done.stderr
        secret_id = next(one for one in terminal.stack.state.entries.values() if one.name == "secrets-keyset").id
        rules = terminal.stack.aws("secretsmanager").describe_secret(SecretId=secret_id)["RotationRules"]
        assert rules["AutomaticallyAfterDays"] == 7
    finally:
        terminal.stack.stop()


@pytest.mark.parametrize("step", ["sallyport.local.tools"])
def test_an_interrupted_setup_says_so_in_a_line(tmp_path: Path, step: str) -> None:
    """While the environment of the embedded AWS is being installed."""
    copy = project_copy.copy(tmp_path / "copy", with_tools=False)
    process = subprocess.Popen([sys.executable, "-m", step], cwd=copy, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + START_SECONDS
    while not list((copy / ".sallyport").glob("tools/cloud-*")) and time.monotonic() < deadline:
        time.sleep(0.01)

    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)

    assert process.returncode == 1
    assert "Traceback" not in said
    assert said.strip() == "Stopped; the next `make setup` goes on."
