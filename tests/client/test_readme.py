"""The README's own commands, run as they are printed."""

import os
import re
import subprocess
import tomllib

import yaml

from client.stack import LocalStack
from contract.routes import ROUTES
from local.tools import ROOT

README = (ROOT / "README.md").read_text()


def test_its_commands_work_as_printed(stack: LocalStack) -> None:
    """The blocks marked `sh`, in one shell, against the stack that is up."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    script = "set -eu\n" + "\n".join(blocks).replace("rotate-keys", "rotate-keys\necho ALL RAN")

    done = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env={**os.environ, "SALLYPORT_HOME": str(stack.home)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert '{"message": "Hello, ada@example.com!"' in done.stdout
    assert '{"message":"Unauthorized"}' in done.stdout
    assert done.stdout.count("15 promises kept") == 2
    assert "ALL RAN" in done.stdout


def test_it_names_every_route_every_setting_and_every_output(stack: LocalStack) -> None:
    settings = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]

    missing = [route.key for route in ROUTES if f"`{route.key}`" not in README]
    missing += [name for name in settings if f"`{name}`" not in README and name != "awsEndpoint"]
    missing += [name for name in stack.state.outputs if f"`{name}`" not in README]
    assert missing == []


def test_its_links_lead_somewhere() -> None:
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_every_setting_has_a_type_a_default_and_a_description() -> None:
    for name, schema in yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"].items():
        assert name == "aws:region" or {"type", "default", "description"} <= set(schema), name


def test_the_rooms_import_what_they_may() -> None:
    """ruff's banned-api says which; every room has its list."""
    for room in ("contract", "components", "handlers", "handlers/core", "local", "client"):
        banned = tomllib.loads((ROOT / room / "ruff.toml").read_text())["lint"]["flake8-tidy-imports"]["banned-api"]
        assert banned, room
