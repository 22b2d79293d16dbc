"""Another team's stack behind the authorizer: every way in which API Gateway asks, with cached decisions between.

It is deployed by the command, beside the stack, and finds the authorizer by a stack reference.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sallyport.client.auth import oauth
from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.state import State
from sallyport.local.tools import ROOT
from tests.client.test_commands import refusal
from tests.local.test_cloud import Terminal

BOOKSHOP = str(ROOT / "examples" / "bookshop")
READ, WRITE, OTHER = "HelloAPI/hello.read", "HelloAPI/hello.write", "OrdersAPI/orders.write"
REST = [("GET", "/books"), ("POST", "/books"), ("GET", "/shelves")]
HTTP = [("GET", "/books"), ("POST", "/books"), ("GET", "/shelves"), ("GET", "/books/1")]


@pytest.fixture(scope="module")
def terminal(stack: LocalStack) -> Terminal:
    return Terminal(stack.home)


@pytest.fixture(scope="module")
def state_file(stack: LocalStack, terminal: Terminal) -> Iterator[Path]:
    done = terminal.run("deploy", BOOKSHOP)
    assert done.returncode == 0, done.stderr
    yield stack.home / "beside" / "bookshop.json"
    terminal.run("deploy", BOOKSHOP, "--destroy")


@pytest.fixture
def urls(state_file: Path) -> dict[str, str]:
    return {name: str(value) for name, value in State(state_file).outputs.items()}


def statuses(urls: dict[str, str], token: str | None) -> tuple[list[int], list[int]]:
    """Return the statuses (of the REST API, of the HTTP API)."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(base: str, method: str, path: str) -> int:
        return httpx.request(method, f"{urls[base]}{path}", headers=headers, timeout=60).status_code

    return [ask("rest_url", *route) for route in REST], [ask("http_url", *route) for route in HTTP]


def token(stack: LocalStack, scope: str) -> str:
    outputs = {name: str(value) for name, value in stack.state.outputs.items()}
    return oauth.machine_token(outputs, (scope,)).access_token


def test_a_scope_opens_what_it_is_granted_on_every_shape(stack: LocalStack, urls: dict[str, str]) -> None:
    """Twice, so that the second time decisions come from API Gateway's memory: for another route they are no good."""
    reader, writer, other = token(stack, READ), token(stack, WRITE), token(stack, OTHER)

    for _ in range(2):
        assert statuses(urls, reader) == ([200, 403, 200], [200, 403, 200, 200])
        assert statuses(urls, writer) == ([200] * 3, [200] * 4)
        assert statuses(urls, other) == ([403] * 3, [403] * 4)


def test_a_bad_token_is_401_on_rest_and_403_on_http(stack: LocalStack, urls: dict[str, str]) -> None:
    good = token(stack, WRITE)

    for bad in ("x", f"{good[:-5]}AAAAA", f"{good} {good}"):
        assert statuses(urls, bad) == ([401] * 3, [403] * 4)
    assert statuses(urls, None) == ([401] * 3, [401] * 4)


def test_the_function_behind_it_is_told_who_calls(stack: LocalStack, urls: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {token(stack, READ)}"}
    machine = stack.state.outputs["machine_client_id"]

    answers = [
        httpx.get(f"{urls[base]}/shelves", headers=headers, timeout=60).json() for base in ("rest_url", "http_url")
    ]

    assert [(answer["caller"], answer["scope"]) for answer in answers] == [(machine, READ)] * 2


def test_two_authorization_headers_are_refused(stack: LocalStack, urls: dict[str, str]) -> None:
    header = ("Authorization", f"Bearer {token(stack, WRITE)}")

    for base in ("rest_url", "http_url"):
        assert httpx.get(f"{urls[base]}/shelves", headers=[header, header], timeout=60).status_code in (400, 401, 403)


def test_deployed_again_it_changes_nothing_and_destroyed_it_is_gone(
    terminal: Terminal, state_file: Path, urls: dict[str, str]
) -> None:
    before = json.loads(state_file.read_text())["resources"]
    assert terminal.run("deploy", BOOKSHOP).returncode == 0
    assert json.loads(state_file.read_text())["resources"] == before

    assert "Deleted: 3" in terminal.run("deploy", BOOKSHOP, "--destroy").stderr
    assert httpx.get(f"{urls['http_url']}/books", timeout=60).status_code == 404
    assert terminal.run("smoke").returncode == 0, "the stack itself is as it was"
    assert terminal.run("deploy", BOOKSHOP).returncode == 0


def test_a_deployment_that_failed_is_gone_on_with_or_destroyed(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: half\nruntime: python\n")
    program = tmp_path / "__main__.py"
    good = (
        "import pulumi_aws as aws\naws.apigateway.RestApi('rest')\naws.apigatewayv2.Api('http', protocol_type='HTTP')\n"
    )
    program.write_text(good + "aws.efs.FileSystem('topic')\n")
    assert "does not handle aws:efs" in terminal.run("deploy", str(tmp_path)).stderr

    program.write_text(good)

    assert "Deployed: 2" in terminal.run("deploy", str(tmp_path)).stderr
    assert "Deleted: 2" in terminal.run("deploy", str(tmp_path), "--destroy").stderr


@pytest.mark.parametrize(
    ("project", "program", "said"),
    [
        ("name: broken\nconfig: [", "", "not YAML"),
        ("runtime: python\n", "", "has no name"),
        (
            "name: broken\n",
            "import pulumi\npulumi.StackReference('a/b/local').require_output('x')\n",
            "no stack a/b/local",
        ),
        (
            "name: broken\nconfig:\n  size: 3\n",
            "import pulumi\nassert pulumi.Config().get('size') == '4'\n",
            "AssertionError",
        ),
    ],
)
def test_a_program_that_is_broken_is_told_without_a_traceback(
    terminal: Terminal, tmp_path: Path, project: str, program: str, said: str
) -> None:
    (tmp_path / "Pulumi.yaml").write_text(project)
    (tmp_path / "__main__.py").write_text(program)

    done = terminal.run("deploy", str(tmp_path))

    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_no_program_is_refused_in_a_line(terminal: Terminal) -> None:
    assert "holds no Pulumi program" in refusal(terminal.run("deploy", str(ROOT / "docs")))
    assert "sallyport up" in refusal(terminal.run("deploy", str(ROOT)))
