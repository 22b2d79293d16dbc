"""The command: its output, its exit codes and its messages of errors."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from sallyport.client.checks import site_checks, smoke
from sallyport.client.checks.expectations import BrokenPromise
from sallyport.client.commands import main
from sallyport.client.commands.main import cli
from sallyport.client.errors import Failure
from sallyport.client.stack import aws, requests_log, rotation
from sallyport.client.stack.local_stack import LocalStack
from tests.local.test_cloud import Terminal
from tests.support.handlers import PASSWORD, Handlers


@pytest.fixture
def terminal(stack: LocalStack) -> Terminal:
    return Terminal(stack.home)


@pytest.fixture
def nothing(tmp_path: Path) -> Terminal:
    """A home in which no stack was ever started."""
    return Terminal(tmp_path)


def refusal(done: "subprocess.CompletedProcess[str]") -> str:
    """Return the refusal: at most two lines on standard error, with exit code 2."""
    assert done.returncode == 2, done.stdout
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2
    return done.stderr


def test_status_says_where_the_stack_is(terminal: Terminal, nothing: Terminal) -> None:
    up, down = terminal.run("status", "--json"), nothing.run("status")

    assert (up.returncode, down.returncode) == (0, 1)
    assert down.stdout == "down, and nothing to come back to\n"
    assert json.loads(up.stdout)["api_url"] == terminal.stack.state.outputs["api_url"]


def test_output_prints_one_or_all(terminal: Terminal) -> None:
    api_url = str(terminal.stack.state.outputs["api_url"])

    assert terminal.run("output", "api_url").stdout == f"{api_url}\n"
    assert json.loads(terminal.run("output", "--json").stdout)["api_url"] == api_url
    assert api_url in terminal.run("output").stdout


def test_secrets_are_hidden_unless_asked_for(terminal: Terminal) -> None:
    secret = str(terminal.stack.state.outputs["test_user_password"])

    for arguments in (("output",), ("output", "--json")):
        assert secret not in terminal.run(*arguments).stdout
    assert "--show-secrets" in refusal(terminal.run("output", "test_user_password"))
    assert secret in terminal.run("output", "--show-secrets").stdout


def test_what_does_not_exist_is_named_with_what_does(terminal: Terminal) -> None:
    assert "there are: api_url" in refusal(terminal.run("output", "nonsense"))
    assert "there are: authorizer, available-factors, cancel-order" in refusal(terminal.run("logs", "nonsense"))


@pytest.mark.parametrize("command", ["output", "inbox", "logs", "smoke", "events"])
def test_without_a_stack_they_say_how_to_start_one(nothing: Terminal, command: str) -> None:
    assert "sallyport up" in refusal(nothing.run(command))


def test_down_where_nothing_runs_is_no_error(nothing: Terminal) -> None:
    assert nothing.run("down").returncode == 0


@pytest.mark.parametrize("text", ["", "[]", "{}", "not json", '{"api_url"'])
def test_smoke_refuses_what_are_no_outputs(nothing: Terminal, text: str) -> None:
    said = refusal(nothing.run("smoke", "-", stdin=text))

    assert "holds no api_url" in said or "does not hold a stack's outputs as JSON" in said


def test_smoke_of_a_real_stack_needs_an_address(nothing: Terminal) -> None:
    outputs = json.dumps({"api_url": "https://abc.execute-api.us-east-1.amazonaws.com"})

    assert "--email" in refusal(nothing.run("smoke", "-", stdin=outputs))


def test_the_first_broken_promise_ends_smoke(outputs: dict[str, str], tmp_path: Path) -> None:
    broken = tmp_path / "outputs.json"
    broken.write_text(json.dumps({**outputs, "issuer": "https://somebody.else.example.com"}))

    result = CliRunner().invoke(cli, ["smoke", str(broken)])

    assert result.exit_code == 1
    assert result.output.count("✗") == 1
    assert "✓" not in result.output
    assert "expected 'https://somebody.else.example.com'" in result.output


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("content-security-policy", "content-security-policy: expected default-src 'none'..., got nothing"),
        ("x-frame-options", "x-frame-options: expected DENY..., got nothing"),
    ],
)
def test_smoke_notices_a_site_without_its_headers(
    outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch, header: str, said: str
) -> None:
    get = httpx.Client.get

    def without(client: httpx.Client, url: str) -> httpx.Response:
        answer = get(client, url)
        answer.headers.pop(header, None)
        return answer

    monkeypatch.setattr(httpx.Client, "get", without)
    with httpx.Client() as client, pytest.raises(BrokenPromise, match=re.escape(said)):
        site_checks.pages(client, outputs)


def test_smoke_notices_a_key_that_the_site_lacks(
    outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch, handlers: Handlers
) -> None:
    get = httpx.Client.get
    token = handlers.user().sign_in()["access_token"]

    def without_the_key(client: httpx.Client, url: str) -> httpx.Response:
        answer = get(client, url)
        is_file = url == f"{outputs['site_url']}/api/.well-known/jwks.json"
        return httpx.Response(200, json={"keys": []}, request=answer.request) if is_file else answer

    with httpx.Client() as client:
        site_checks.keys(client, outputs, token)
        monkeypatch.setattr(httpx.Client, "get", without_the_key)
        with pytest.raises(BrokenPromise, match="expected the key that signs, got 0 others"):
            site_checks.keys(client, outputs, token)


def test_smoke_notices_an_authorizer_that_lets_everybody_in(
    outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = smoke.Visitor(outputs, lambda _: "", "nobody@example.com")
    get = httpx.Client.get
    accepted = httpx.Response(200, json={}, request=httpx.Request("GET", "http://127.0.0.1/me"))
    monkeypatch.setattr(httpx.Client, "get", lambda self, url, **o: accepted if url == "/me" else get(self, url, **o))

    with pytest.raises(BrokenPromise, match="expected 401, got 200"):
        dict(smoke.checks(visitor))["a guarded route refuses strangers"]()


def test_the_inbox_shows_mail_and_finds_codes(terminal: Terminal) -> None:
    api = str(terminal.stack.state.outputs["api_url"])
    body = {"email": "inbox@example.com", "password": "violet otters paddle past nine"}
    assert httpx.post(f"{api}/signup", json=body, timeout=30).status_code == 202

    code = terminal.run("inbox", "--code", "--to", "inbox@example.com").stdout.strip()
    shown = terminal.run("inbox").stdout

    assert len(code) == 8
    assert "inbox@example.com" in shown
    assert f"Your code is {code}." in shown
    assert "No code was sent to never@example.com yet" in refusal(
        terminal.run("inbox", "--code", "--to", "never@example.com")
    )


def test_a_code_that_is_not_of_the_newest_mail_is_told_so(terminal: Terminal, handlers: Handlers) -> None:
    """Another sign-up with the same address gets no code, and the last one is used up."""
    user = handlers.user()
    assert terminal.run("inbox", "--code", "--to", user.address).stderr == ""
    assert handlers.call("signup", {"email": user.address, "password": PASSWORD}).status == 202

    done = terminal.run("inbox", "--code", "--to", user.address)

    assert re.fullmatch(r"\d{8}\n", done.stdout)
    assert "Something newer was sent, without a code" in done.stderr


def test_a_mail_is_opened_as_a_person_sees_it(terminal: Terminal) -> None:
    api, address = str(terminal.stack.state.outputs["api_url"]), "html@example.com"
    body = {"email": address, "password": "violet otters paddle past nine"}
    german = {"accept-language": "de-DE,de;q=0.9"}
    assert httpx.post(f"{api}/signup", json=body, headers=german, timeout=30).status_code == 202
    code = terminal.run("inbox", "--code", "--to", address).stdout.strip()

    opened = terminal.run("inbox", "--open", "--to", address, BROWSER="true")

    page = terminal.stack.home / "mail.html"
    assert opened.returncode == 0
    assert f"Ihr Code, to {address}: {page.as_uri()}" in opened.stderr
    assert f'<strong class="code">{code}</strong>' in page.read_text()
    assert page.stat().st_mode & 0o077 == 0
    assert "No mail was sent to never@example.com" in refusal(
        terminal.run("inbox", "--open", "--to", "never@example.com")
    )


def test_logs_are_those_of_the_function(terminal: Terminal) -> None:
    api = str(terminal.stack.state.outputs["api_url"])
    httpx.get(f"{api}/openapi.json", timeout=30)

    lines = terminal.run("logs", "openapi").stdout.splitlines()

    assert lines
    assert all('"route": "GET /openapi.json"' in line for line in lines)


def test_logs_can_be_cut_short(terminal: Terminal) -> None:
    api = str(terminal.stack.state.outputs["api_url"])
    for _ in range(3):
        httpx.get(f"{api}/openapi.json", timeout=30)

    assert len(terminal.run("logs", "openapi", "--tail", "2").stdout.splitlines()) == 2
    assert len(terminal.run("logs", "openapi", "-n", "1000", "--since", "60").stdout.splitlines()) >= 3


@pytest.fixture
def at_home(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process find the stack as the command does."""
    monkeypatch.setenv("SALLYPORT_HOME", str(stack.home))


@pytest.mark.usefixtures("at_home")
def test_functions_are_found_by_the_outputs_of_a_stack(stack: LocalStack, outputs: dict[str, str]) -> None:
    """As for a stack on AWS, whose state only Pulumi knows."""
    assert requests_log.groups_of(outputs) == stack.log_groups()
    assert requests_log.groups_of({**outputs, "stage": "prod"}) == {}
    with pytest.raises(Failure, match="no stack prod"):
        rotation.rotate_on_aws({**outputs, "stage": "prod"})


@pytest.mark.usefixtures("at_home")
def test_a_rotation_on_aws_is_started_and_waited_for(outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded AWS would only move the labels."""
    asked: list[tuple[str, str]] = []
    call = aws.call

    def answer(given: dict[str, str], service: str, operation: str, **arguments: Any) -> Any:
        if service != "secretsmanager":
            return call(given, service, operation, **arguments)
        asked.append((operation, arguments["SecretId"]))
        is_done = len(asked) > 2
        return {"VersionId": "v2", "VersionIdsToStages": {"v2": ["AWSCURRENT" if is_done else "AWSPENDING"]}}

    monkeypatch.setattr(aws, "call", answer)
    monkeypatch.setattr(rotation, "POLL_SECONDS", 0)

    assert rotation.rotate_on_aws(outputs) == "v2"
    assert [operation for operation, _ in asked] == ["rotate_secret", "describe_secret", "describe_secret"]
    assert {":secret:sallyport-local-secrets-keyset-" in arn for _, arn in asked} == {True}


def test_an_empty_inbox_says_of_whom(terminal: Terminal) -> None:
    said = terminal.run("inbox", "--to", "never@example.com").stderr

    assert said == "Nothing was sent to never@example.com since the stack was started.\n"


def test_without_a_command_it_says_what_there_is(terminal: Terminal) -> None:
    done = terminal.run()

    assert done.returncode == 0
    assert done.stdout.startswith("Usage: ")
    assert "Any stack:" in done.stdout


def test_every_command_stands_in_one_section() -> None:
    listed = [name for names in main.SECTIONS.values() for name in names]

    assert sorted(listed) == sorted(cli.commands)


def test_rotation_keeps_old_tokens_good_and_signs_with_the_next_key(terminal: Terminal) -> None:
    api = str(terminal.stack.state.outputs["api_url"])
    assert terminal.run("keys", "rotate").returncode == 0  # another test may have left a rotation half-way
    before = [key["kid"] for key in httpx.get(f"{api}/.well-known/jwks.json", timeout=30).json()["keys"]]

    assert terminal.run("keys", "rotate").returncode == 0

    after = [key["kid"] for key in httpx.get(f"{api}/.well-known/jwks.json", timeout=30).json()["keys"]]
    assert after[0] == before[1]
    assert set(before) < set(after)
    assert terminal.run("smoke").returncode == 0


def test_help_tells_what_every_command_does() -> None:
    runner = CliRunner()
    text = runner.invoke(cli, ["--help"]).output

    for command in cli.commands.values():
        assert str(command.name) in text
        assert command.help
        assert runner.invoke(cli, [str(command.name), "-h"]).exit_code == 0
