"""The command that begins a team's own repository."""

import re
import sys
from pathlib import Path

import click

from sallyport.client import scaffold
from sallyport.client.display import console
from sallyport.client.errors import Failure
from sallyport.client.scaffold import Answers

FORMS = {
    "region": (r"(?!us-gov|us-iso|cn-)[a-z]{2}(-[a-z]+)+-\d", "a region of AWS, such as eu-central-1"),
    "mail_from": (r"[^@\s,;:<>\"']+@([a-z0-9-]+\.)+[a-z]+", "an address of mail, such as codes@example.com"),
    "repository": (r"[\w.-]+(/[\w.-]+)+", "OWNER/NAME of GitHub, or GROUP/PROJECT of GitLab"),
    "domain": (r"(([a-z0-9-]+\.)+[a-z]+)?", "a name such as sign-in.example.com, or nothing"),
    "hosted_zone_id": (r"Z[A-Z0-9]+", "the id of the zone in Route 53, such as Z0123456789"),
}
QUESTIONS = {
    "region": "Region of AWS",
    "mail_from": "Address that codes are mailed from",
    "repository": "Repository (OWNER/NAME)",
    "domain": "Domain of the site in prod (empty for none)",
    "hosted_zone_id": "Its zone in Route 53",
}
NEXT = """
[bold]Next[/], in {folder}:

  make up                          all of it on this machine
  git init -b main && git add -A && git commit -m "Begin with Sallyport"
  cd deploy && pulumi stack init dev && pulumi up
                                   once for each stage, as an administrator: the role of its pipeline
  docs/pipelines.md                its boundary, and what each environment of {pipeline} has to know
  docs/extending.md                your first route; `orders` is the example
"""


@click.command("init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--region", help="Default: us-east-1.")
@click.option("--mail-from", help="The address that codes are mailed from.")
@click.option("--pipeline", type=click.Choice(list(scaffold.PIPELINES)), default="github", show_default=True)
@click.option("--repository", help="OWNER/NAME, or GROUP/PROJECT.")
@click.option("--domain", help="The site's name in prod. Default: none.")
@click.option("--hosted-zone-id", help="The domain's zone in Route 53.")
@click.option("--one-account/--account-per-stage", default=None, help="Whether all stages are in one AWS account.")
def init(
    folder: Path,
    pipeline: str,
    one_account: bool | None,
    domain: str | None,
    hosted_zone_id: str | None,
    **given: str | None,
) -> None:
    """Begin a team's own repository in FOLDER: the program, its stages, and a pipeline.

    Asks what is not given. Writes no file that is there already.
    """
    known = {name: _answer(name, value, "us-east-1" if name == "region" else None) for name, value in given.items()}
    if pipeline == "github" and known["repository"].count("/") != 1:
        raise Failure(f"--repository {known['repository']}: GitHub's have one slash, OWNER/NAME")
    site = _answer("domain", domain, "")
    if hosted_zone_id and not site:
        raise Failure("--hosted-zone-id is for a domain: name it with --domain")
    zone = _answer("hosted_zone_id", hosted_zone_id, None) if site else ""
    if one_account is None:
        one_account = _is_asked() and click.confirm("Are all stages in one AWS account?", default=False, err=True)
    answers = Answers(**known, pipeline=pipeline, domain=site, hosted_zone_id=zone, one_account=one_account)
    try:
        written = scaffold.write(folder, answers)
    except OSError as error:
        raise Failure(f"{folder} cannot be written: {error.strerror}. Run it again when that is mended.") from None
    console.print(f"{written.count} files in {folder}", soft_wrap=True)
    if written.kept:
        console.print(f"Yours, and left as they are: {', '.join(written.kept)}", soft_wrap=True)
    console.print(NEXT.format(folder=folder, pipeline="GitHub" if pipeline == "github" else "GitLab"), soft_wrap=True)


def _is_asked() -> bool:
    return sys.stdin.isatty()


def _answer(name: str, given: str | None, default: str | None) -> str:
    """Return the value of an option, or what a person answers. Raises `Failure` for another form."""
    option = f"--{name.replace('_', '-')}"
    if given is None and _is_asked():
        given = str(click.prompt(QUESTIONS[name], default=default, show_default=bool(default), err=True))
    value = given if given is not None else default
    if value is None:
        raise Failure(f"{option} is missing: {FORMS[name][1]}")
    if not re.fullmatch(FORMS[name][0], value):
        raise Failure(f"{option} {value}: it must be {FORMS[name][1]}")
    return value
