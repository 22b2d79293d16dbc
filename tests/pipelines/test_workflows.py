"""The workflows: linted, pinned, with no more rights than each job says it needs, and with commands that exist."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from sallyport.local.tools import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GITLAB = ROOT / ".gitlab-ci.yml"
BIN = ROOT / ".venv" / "bin"
SCHEMAS = {
    "vendor.github-workflows": WORKFLOWS,
    "vendor.dependabot": [ROOT / ".github" / "dependabot.yml"],
    "vendor.gitlab-ci": [GITLAB],
}


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return content


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in read(path)["jobs"].values() for step in job.get("steps", [])]


def test_zizmor_has_no_finding() -> None:
    done = subprocess.run(
        [BIN / "zizmor", "--offline", "--pedantic", "--no-progress", "."], cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("schema", SCHEMAS)
def test_files_have_their_schema(schema: str) -> None:
    done = subprocess.run(
        [BIN / "check-jsonschema", "--builtin-schema", schema, *SCHEMAS[schema]], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_and_jobs_end(path: Path) -> None:
    for job in read(path)["jobs"].values():
        assert "timeout-minutes" in job or job["uses"].startswith("./.github/workflows/")
    for used in re.findall(r"uses: (?!\./)(.*)", path.read_text()):
        assert re.fullmatch(r"[\w-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used), used


def test_one_action_has_one_version_everywhere() -> None:
    used = {one for path in WORKFLOWS for one in re.findall(r"uses: ([\w-]+/[\w.-]+@[0-9a-f]{40})", path.read_text())}

    assert len({one.partition("@")[0] for one in used}) == len(used)


def test_the_pulumi_cli_has_the_version_of_the_sdk() -> None:
    (sdk,) = re.findall(r"^pulumi==(.*)$", (ROOT / "requirements" / "dev.in").read_text(), re.MULTILINE)

    versions = {
        step["with"]["pulumi-version"]
        for path in WORKFLOWS
        for step in steps(path)
        if "pulumi-version" in step.get("with", {})
    }
    assert versions == {sdk}
    assert f"PULUMI_VERSION: {sdk}" in GITLAB.read_text()


def test_no_workflow_holds_keys_of_aws() -> None:
    for path in [*WORKFLOWS, GITLAB]:
        text = path.read_text()
        assert not re.search(r"AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY)|secrets\.", text), path.name


def test_the_scripts_that_steps_run_are_there() -> None:
    commands = [line for path in WORKFLOWS for step in steps(path) for line in str(step.get("run", "")).splitlines()]
    scripts = {word for line in [*commands, GITLAB.read_text()] for word in re.findall(r"\.ci/\w+", line)}

    assert scripts >= {".ci/preview", ".ci/deploy", ".ci/drift", ".ci/embedded", ".ci/release", ".ci/gitlab"}
    for script in scripts:
        path = ROOT / script
        assert path.stat().st_mode & 0o111, script
        assert subprocess.run(["bash", "-n", path]).returncode == 0


def test_prod_comes_after_staging_and_has_an_environment_of_its_own() -> None:
    jobs = read(ROOT / ".github" / "workflows" / "deploy.yml")["jobs"]
    (deploy,) = read(ROOT / ".github" / "workflows" / "deploy-stage.yml")["jobs"].values()

    assert [jobs[stage]["needs"] for stage in ("dev", "staging", "prod")] == [["test"], ["dev"], ["staging"]]
    assert deploy["environment"] == "${{ inputs.stage }}"
    assert deploy["permissions"] == {"contents": "read", "id-token": "write"}
    assert read(GITLAB)["prod"]["rules"][0]["when"] == "manual"
