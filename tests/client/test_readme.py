"""The README's own commands, run as they are printed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.tools import ROOT
from tests.browser.chromium import CHROMIUM, PASSWORD_VARIABLE
from tests.support import reference
from tests.support.handlers import PASSWORD, Handlers

README = (ROOT / "README.md").read_text()


def run(stack: LocalStack, document: str, **variables: str) -> str:
    """The blocks marked `sh`, in one shell, against the stack that is up; answers what was printed."""
    blocks = re.findall(r"^```sh\n(.*?)^```", document, re.MULTILINE | re.DOTALL)
    done = subprocess.run(
        ["bash", "-c", "set -eu\n" + "\n".join(blocks) + "\necho ALL RAN"],
        cwd=ROOT,
        env={**os.environ, "SALLYPORT_HOME": str(stack.home), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ALL RAN" in done.stdout
    return done.stdout + done.stderr


def test_its_commands_work_as_printed(stack: LocalStack, tmp_path: Path) -> None:
    """From the top to the end, with a browser that signs Ada in; without Chromium, up to where it is needed."""
    first, _ = README.split("## Signing in through the browser")
    variables = {
        "SALLYPORT_CONFIG_DIR": str(tmp_path),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "BROWSER": f"{sys.executable} -m tests.browser.chromium ada@example.com %s",
        PASSWORD_VARIABLE: PASSWORD,
    }
    said = run(stack, README if CHROMIUM else first, **variables)

    assert '{"message":"Hello, ada@example.com!"' in said
    assert '{"message":"Unauthorized"}' in said
    assert said.count("30 promises kept") == 2
    if CHROMIUM is None:
        pytest.skip("Chromium is missing (apt-get install chromium): signing in through the browser was not tried")
    assert said.count('{"message":"hello world"}') == 2
    assert re.findall(r'"token_use": "(\w+)"', said) == ["access", "id"]
    assert re.findall(r"^(\d{3}) \w+", said, re.MULTILINE) == ["200", "201", "202", "200", "403", "200"]
    assert "this token has openid. Sign in with it: sallyport login --scope openid --scope HelloAPI/hello.read" in said
    assert "Signed out." in said
    assert said.count("signed in as") == 8  # one at the page, one with less, six at the API
    assert "Approved: Sign in? (+5511987650547)" in said
    assert "Error: The code or the credential is wrong, used up or expired." in said
    assert re.search(r"^recovery codes +9 left$", said, re.MULTILINE)
    assert "Deleted: 3" in said


def test_the_page_about_the_pool_works_as_printed(stack: LocalStack) -> None:
    """The `aws` command line, as anybody has it."""
    said = run(stack, (ROOT / "docs" / "pool.md").read_text())

    assert '"FORCE_CHANGE_PASSWORD"' in said
    assert "grace@example.com" in said
    for refusal in ("the password is wrong", "the hash is wrong", "strangers stay outside"):
        assert refusal in said
    assert said.count('{"message":"Unauthorized"}') == 1
    assert said.count('{"message": "Forbidden"}') == 2
    assert '"orders":[{"id"' in said
    assert '{"message":"hello world"}' in said


@pytest.mark.parametrize("page", sorted(reference.PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_the_reference_is_current(page: Path) -> None:
    assert reference.render(page) == page.read_text(), "make docs"


def test_the_schemas_of_events_are_current() -> None:
    """And there is none of a type that is no more."""
    assert {path: path.read_text() for path in reference.SCHEMAS.glob("*.json")} == reference.schemas(), "make docs"


def test_the_page_about_accounts_works_as_printed(stack: LocalStack, tmp_path: Path) -> None:
    said = run(stack, (ROOT / "docs" / "accounts.md").read_text(), SALLYPORT_CONFIG_DIR=str(tmp_path))

    for what in ('"name":"Grace Hopper"', '"device":"curl"', "Your address was changed", '"sallyport.export.v1"'):
        assert what in said
    assert re.findall(r"^(\d{3})$", said, re.MULTILINE) == ["204", "202", "204", "401", "200", "204", "202", "200"]


def test_the_page_about_the_site_works_as_printed(stack: LocalStack) -> None:
    said = run(stack, (ROOT / "docs" / "website.md").read_text())

    for what in ("<title>Sign in</title>", "404", '{"message":"Unauthorized"}', "require-trusted-types-for 'script'"):
        assert what in said


def test_the_page_about_operations_works_as_printed(stack: LocalStack, handlers: Handlers, tmp_path: Path) -> None:
    """The blocks for the stack on this machine; those that name a stage need AWS."""
    try:
        said = run(stack, (ROOT / "docs" / "operations.md").read_text(), SALLYPORT_CONFIG_DIR=str(tmp_path))
    finally:
        handlers.forget_keys()  # the page revokes them

    for what in (
        "2 imported.",
        "2 would be imported; nothing was written.",
        "state     disabled",
        "user.disabled",
        "Exported",
        "signs",
    ):
        assert what in said


def test_every_statement_of_the_security_page_has_a_proof_that_exists() -> None:
    page = (ROOT / "docs" / "security.md").read_text()
    numbers = [int(number) for number in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)]
    named = re.findall(r"`(tests/[\w/]+\.py)((?:::\w+)+)`", page)

    assert numbers == list(range(1, 61))
    assert len(named) > 60
    for file, path in named:
        assert f"def {path.split('::')[-1]}(" in (ROOT / file).read_text(), (file, path)


def test_the_reference_names_every_output(stack: LocalStack) -> None:
    page = (reference.PAGES / "outputs.md").read_text()

    assert [name for name in stack.state.outputs if f"`{name}`" not in page] == []


def test_every_row_of_the_reference_is_described() -> None:
    tables = [reference.settings(), reference.sign_in_limits(), reference.factor_limits()]

    assert [row for table in tables for row in table.splitlines()[2:] if row.endswith("|  |")] == []


def test_its_links_lead_somewhere() -> None:
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_every_setting_has_a_type_a_default_and_a_description() -> None:
    for name, schema in yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"].items():
        assert ":" in name or {"type", "default", "description"} <= set(schema), name
