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
ALL = [path for path in (*WORKFLOWS, GITLAB) if path.exists()]
"""A team's repository has those of one pipeline."""
of_github = pytest.mark.skipif(not WORKFLOWS, reason="the pipeline is GitLab's")
of_gitlab = pytest.mark.skipif(not GITLAB.exists(), reason="the pipeline is GitHub's")
BIN = ROOT / ".venv" / "bin"
SCHEMAS = {
    **dict.fromkeys(WORKFLOWS, "vendor.github-workflows"),
    ROOT / ".github" / "dependabot.yml": "vendor.dependabot",
    GITLAB: "vendor.gitlab-ci",
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


@pytest.mark.parametrize("path", [path for path in SCHEMAS if path.exists()], ids=lambda path: path.name)
def test_a_file_has_its_schema(path: Path) -> None:
    done = subprocess.run(
        [BIN / "check-jsonschema", "--builtin-schema", SCHEMAS[path], path], capture_output=True, text=True
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

    versions = {found for path in ALL for found in re.findall(r"(?i)pulumi.version: (\S+)", path.read_text())}
    assert versions == {sdk}


def test_no_workflow_holds_keys_of_aws() -> None:
    for path in ALL:
        text = path.read_text()
        assert not re.search(r"AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY)|secrets\.", text), path.name


def test_the_scripts_that_pipelines_run_are_there() -> None:
    scripts = {word for path in ALL for word in re.findall(r"(?<![\w/])\.ci/\w+", path.read_text())}

    assert scripts >= {".ci/deploy", ".ci/drift"}
    for script in scripts:
        path = ROOT / script
        assert path.stat().st_mode & 0o111, script
        assert subprocess.run(["bash", "-n", path]).returncode == 0


@of_github
def test_stages_follow_each_other_and_have_environments() -> None:
    jobs = read(ROOT / ".github" / "workflows" / "deploy.yml")["jobs"]
    (deploy,) = read(ROOT / ".github" / "workflows" / "deploy-stage.yml")["jobs"].values()

    assert [jobs[stage]["needs"] for stage in ("dev", "staging", "prod")] == [["test"], ["dev"], ["staging"]]
    assert deploy["environment"] == "${{ inputs.stage }}"
    assert deploy["permissions"] == {"contents": "read", "id-token": "write"}


@of_gitlab
def test_prod_is_deployed_by_hand() -> None:
    jobs = read(GITLAB)

    assert jobs["stages"][:4] == ["test", "dev", "staging", "prod"]
    assert jobs["prod"]["rules"][0]["when"] == "manual"
    assert jobs[".deploy"]["environment"] == {"name": "$STAGE"}
