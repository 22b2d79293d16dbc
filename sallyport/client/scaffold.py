"""A team's own repository: the program as it is here, with the team's stages and one pipeline."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sallyport.client.errors import Failure
from sallyport.local.tools import ROOT

SHOWN = 3
STAGES = ("dev", "staging", "prod")
LEFT_OUT = {
    ".git", ".venv", ".sallyport", "__pycache__", ".mypy_cache", ".ruff_cache", ".hypothesis", ".import_linter_cache",
    ".pytest_cache", "build", "node_modules",
}  # fmt: skip
"""Folders that are built, or are the clone's own."""
PIPELINES = {"github": ".github", "gitlab": ".gitlab-ci.yml"}
"""Pipeline → what only it has."""
MAY_BE_THERE = {"README.md", "LICENSE", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"}
"""Files that a new repository often has, and that stay as they are."""
SUBJECTS = {
    "github": "repo:{repository}:environment:{stage}",
    "gitlab": "project_path:{repository}:ref_type:branch:ref:main",
}
PREVIEW = "preview"
"""The environment in which pull requests are previewed, with the role of dev."""
ISSUERS = {"github": "https://token.actions.githubusercontent.com", "gitlab": "https://gitlab.com"}


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a team answers."""

    region: str
    mail_from: str
    pipeline: str
    repository: str
    """OWNER/NAME, or GROUP/PROJECT."""
    domain: str
    """The site's name in prod; empty for none."""
    hosted_zone_id: str
    one_account: bool
    """True if all stages are in one AWS account: the first creates what the account has once."""


@dataclass(frozen=True)
class Written:
    """The number of files that were written, and the files that were there and stay."""

    count: int
    kept: tuple[str, ...]


def write(folder: Path, answers: Answers) -> Written:
    """Write the repository. Nothing is overwritten. Raises `Failure` before anything is written.

    A file that is there with the content that it would get counts as written, so that a run that was stopped can be
    repeated.
    """
    files = dict(_files(answers))
    there = {name for name, content in files.items() if _differs(folder / name, content)}
    foreign = sorted(there - MAY_BE_THERE)
    if foreign:
        more = f" and {len(foreign) - SHOWN} more" if len(foreign) > SHOWN else ""
        raise Failure(
            f"{folder} has files of these names already: {', '.join(foreign[:SHOWN])}{more}. Nothing was written."
        )
    for name in sorted(set(files) - there):
        _put(folder / name, files[name], (ROOT / name).stat().st_mode if (ROOT / name).exists() else 0o644)
    return Written(len(files) - len(there), tuple(sorted(there)))


def _files(answers: Answers) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of every file."""
    others = [what for pipeline, what in PIPELINES.items() if pipeline != answers.pipeline]
    own = {f"Pulumi.{stage}.yaml" for stage in STAGES}
    for path in _program():
        name = path.relative_to(ROOT).as_posix()
        if name not in own and not any(name == one or name.startswith(f"{one}/") for one in others):
            yield name, path.read_bytes()
    for number, stage in enumerate(STAGES):
        is_first = number == 0 or not answers.one_account
        text = (ROOT / f"Pulumi.{stage}.yaml").read_text(encoding="utf-8")
        yield f"Pulumi.{stage}.yaml", f"{text.rstrip()}\n{_lines(_of_stage(answers, stage, is_first))}".encode()
        yield f"deploy/Pulumi.{stage}.yaml", f"config:\n{_lines(_of_role(answers, stage, is_first))}".encode()


def _program() -> list[Path]:
    """Return the files of this clone, without stages of deployments from here; of an archive, all but what is built."""
    of_roles = ROOT / "deploy"
    return [
        path
        for path in (_tracked() or _walk())
        if path.is_file() and not (path.parent == of_roles and path.match("Pulumi.*.yaml"))
    ]


def _tracked() -> list[Path]:
    """Return the files that git knows; none where there is no clone. Files of a developer's own stay out."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        return []
    known = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, text=True, check=False)
    return [ROOT / name for name in known.stdout.split("\0") if name]


def _walk() -> Iterator[Path]:
    for base, folders, names in os.walk(ROOT):
        folders[:] = sorted(one for one in folders if one not in LEFT_OUT and not one.endswith(".egg-info"))
        yield from (Path(base) / name for name in sorted(names))


def _of_stage(answers: Answers, stage: str, is_first: bool) -> Mapping[str, str]:
    settings = {"aws:region": answers.region, "sallyport:mailFrom": answers.mail_from}
    if not is_first:
        settings["sallyport:createMailIdentity"] = "false"
    if stage == "prod" and answers.domain:
        settings |= {"sallyport:domain": answers.domain, "sallyport:hostedZoneId": answers.hosted_zone_id}
    return settings


def _of_role(answers: Answers, stage: str, is_first: bool) -> Mapping[str, str]:
    environments = ("dev", PREVIEW) if stage == "dev" and answers.pipeline == "github" else (stage,)
    form = SUBJECTS[answers.pipeline]
    subjects = [form.format(repository=answers.repository, stage=one) for one in environments]
    settings = {
        "aws:region": answers.region,
        "sallyport-deploy:stageRegion": answers.region,
        "sallyport-deploy:issuer": ISSUERS[answers.pipeline],
        "sallyport-deploy:subjects": json.dumps(subjects),
        "sallyport-deploy:testUser": "false" if stage == "prod" else "true",
    }
    if is_first:
        settings["sallyport-deploy:mailFrom"] = answers.mail_from
    if stage == "prod" and answers.domain:
        settings["sallyport-deploy:hostedZoneId"] = answers.hosted_zone_id
    return settings


def _lines(settings: Mapping[str, str]) -> str:
    """Return lines of YAML; a text is written as JSON, which YAML reads as it is meant."""
    plain = ("true", "false", "[")
    return "".join(
        f"  {name}: {value if value.startswith(plain) else json.dumps(value)}\n" for name, value in settings.items()
    )


def _differs(path: Path, content: bytes) -> bool:
    if any(one.is_file() for one in path.parents):
        return True
    return path.exists() and (not path.is_file() or path.read_bytes() != content)


def _put(path: Path, content: bytes, mode: int) -> None:
    """Write a file whole: it is there with all of its content, or not at all."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(content)
    draft.chmod(mode & 0o777)
    draft.rename(path)
