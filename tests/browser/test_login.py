"""`sallyport login` in a real browser: Chromium, through the pool's page, to the callback."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.tools import ROOT
from tests.browser.chromium import CHROMIUM, PASSWORD_VARIABLE, browser_page, sign_in
from tests.support.command import SALLYPORT

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: apt-get install chromium")


@pytest.fixture
def environment(stack: LocalStack, tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "SALLYPORT_HOME": str(stack.home),
        "SALLYPORT_CONFIG_DIR": str(tmp_path),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "COLUMNS": "200",
    }


def run(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*SALLYPORT, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_the_browser_is_opened_and_brings_the_session_back(stack: LocalStack, environment: dict[str, str]) -> None:
    outputs = stack.state.outputs
    browser = f"{sys.executable} -m tests.browser.chromium {outputs['test_user_name']} %s"
    opening = {**environment, "BROWSER": browser, PASSWORD_VARIABLE: str(outputs["test_user_password"])}

    done = run(opening, "login", "--scope", "openid", "--scope", "HelloAPI/hello.read")

    assert done.returncode == 0, done.stderr
    assert "testuser@example.com" in done.stdout
    assert "eyJ" not in done.stdout + done.stderr, "no token is printed"
    assert run(environment, "call", "GET", "/hello").stdout == '{"message":"hello world"}\n'


def test_the_page_refuses_a_wrong_password_and_goes_on(stack: LocalStack, environment: dict[str, str]) -> None:
    """Without --no-browser's help: the address is opened by hand, and the first password is wrong."""
    outputs = stack.state.outputs
    process = subprocess.Popen(
        [*SALLYPORT, "login", "--no-browser"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    url = next(line.strip() for line in process.stderr if "/oauth2/authorize" in line)

    with browser_page() as page:
        sign_in(page, url, str(outputs["test_user_name"]), "not the password")
        page.get_by_text("Incorrect username or password").wait_for()
        page.get_by_label("Username").fill(str(outputs["test_user_name"]))
        page.get_by_label("Password").fill(str(outputs["test_user_password"]))
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text("You can close this window").wait_for()
        assert re.match(r"http://localhost:808[345]/callback\?", page.url)
        assert page.title() == "You are signed in"

    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "testuser@example.com" in out
