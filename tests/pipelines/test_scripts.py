"""The scripts of the pipelines, with a Pulumi CLI that writes down how it is called."""

import json
import os
import re
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.tools import ROOT
from tests.support import project_copy

FAKE = """#!/usr/bin/env bash
echo "$@" >> "{folder}/calls"
case "$*" in
  *"preview --stack dev --json"*) cat "{folder}/preview.json" ;;
  *"--diff"*) echo "~ aws:lambda/function:Function signin-function" ;;
  *"stack output"*) cat "{folder}/outputs.json" ;;
esac
[ ! -e "{folder}/fails" ]
"""
CHANGED = {"changeSummary": {"same": 500, "update": 1}, "steps": []}
LOSS = {
    "changeSummary": {"replace": 1},
    "steps": [
        {
            "op": "replace",
            "urn": "urn:pulumi:dev::sallyport::aws:dynamodb/table:Table::directory-table",
            "replaceReasons": ["hashKey"],
        }
    ],
}


@dataclass
class Pipeline:
    """A copy of the project, and a Pulumi CLI that is not one."""

    project: Path
    folder: Path

    def previews(self, digest: object) -> None:
        (self.folder / "preview.json").write_text(json.dumps(digest))

    def run(self, script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.folder}:{os.environ['PATH']}"
        return subprocess.run(
            [self.project / ".ci" / script, *arguments],
            env={**os.environ, "PATH": path, **environment},
            capture_output=True,
            text=True,
            timeout=300,
        )

    @property
    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    project = project_copy.copy(tmp_path / "project", with_tools=False)
    (project / ".venv").symlink_to(ROOT / ".venv")
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "pulumi").write_text(FAKE.format(folder=folder))
    (folder / "pulumi").chmod(0o755)
    return Pipeline(project, folder)


def test_a_preview_is_a_comment(pipeline: Pipeline) -> None:
    pipeline.previews(CHANGED)

    done = pipeline.run("preview", "dev")

    comment = (pipeline.project / "build" / "preview.md").read_text()
    assert done.returncode == 0, done.stderr
    assert comment.startswith("<!-- preview of dev -->\n")
    assert re.search(r"what holds data +stays", comment)
    assert "~ aws:lambda/function:Function signin-function" in comment


def test_a_preview_that_would_lose_data_fails_and_says_so(pipeline: Pipeline) -> None:
    pipeline.previews(LOSS)

    done = pipeline.run("preview", "dev")

    assert done.returncode == 1
    assert "directory-table would be replaced" in (pipeline.project / "build" / "preview.md").read_text()


def test_a_deployment_that_would_lose_data_is_not_begun(pipeline: Pipeline) -> None:
    pipeline.previews(LOSS)

    done = pipeline.run("deploy", "dev")

    assert done.returncode == 1
    assert pipeline.calls == ["preview --stack dev --json"]


def test_a_deployment_is_checked_from_outside(pipeline: Pipeline, stack: LocalStack) -> None:
    pipeline.previews(CHANGED)
    (pipeline.folder / "outputs.json").write_text(json.dumps(stack.state.outputs))

    done = pipeline.run("deploy", "dev", SALLYPORT_HOME=str(stack.home))

    assert done.returncode == 0, done.stdout + done.stderr
    assert pipeline.calls == [
        "preview --stack dev --json",
        "up --stack dev --yes --skip-preview --non-interactive",
        "stack output --stack dev --json --show-secrets",
    ]
    assert "5 promises kept by " in done.stdout


def test_a_stack_that_does_not_keep_its_promises_fails_the_deployment(pipeline: Pipeline, stack: LocalStack) -> None:
    pipeline.previews(CHANGED)
    outputs = {**stack.state.outputs, "issuer": "https://somebody.example.com"}
    (pipeline.folder / "outputs.json").write_text(json.dumps(outputs))

    done = pipeline.run("deploy", "dev", SALLYPORT_HOME=str(stack.home))

    assert done.returncode == 1
    assert "✗ the issuer says where its keys are" in done.stdout


def test_drift_fails_as_pulumi_does(pipeline: Pipeline) -> None:
    assert pipeline.run("drift", "prod").returncode == 0
    (pipeline.folder / "fails").touch()

    assert pipeline.run("drift", "prod").returncode != 0
    expected = "preview --stack prod --refresh --expect-no-changes --diff --non-interactive --color never"
    assert pipeline.calls == [expected, expected]


def test_a_release_has_an_archive_a_checksum_and_the_notes_of_its_version(pipeline: Pipeline) -> None:
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", "-C", str(pipeline.project)]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"], ["tag", "v0.2.0"]):
        subprocess.run([*git, *command], check=True)

    done = pipeline.run("release", "v0.2.0")

    out = pipeline.project / "build" / "release"
    assert done.returncode == 0, done.stderr
    assert "### " in (out / "NOTES.md").read_text()
    assert "## " not in (out / "NOTES.md").read_text().replace("### ", "")
    assert subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=out, capture_output=True).returncode == 0
    with tarfile.open(out / "sallyport-0.2.0.tar.gz") as archive:
        assert "sallyport-0.2.0/__main__.py" in archive.getnames()


def test_a_tag_without_its_version_or_its_notes_is_refused(pipeline: Pipeline) -> None:
    assert "pyproject.toml has another version" in pipeline.run("release", "v9.9.9").stderr
    project = pipeline.project / "pyproject.toml"
    project.write_text(project.read_text().replace('version = "0.2.0"', 'version = "9.9.9"'))

    assert "CHANGELOG.md has no section 9.9.9" in pipeline.run("release", "v9.9.9").stderr
