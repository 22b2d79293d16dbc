"""`sallyport init`: a team's own repository."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from sallyport.client import scaffold
from sallyport.client.commands.main import cli
from sallyport.local import program
from sallyport.local.recording import Recording

ANSWERS = ["--mail-from", "codes@acme.example", "--repository", "acme/sign-in", "--region", "eu-central-1"]
SITE = ["--domain", "sign-in.acme.example", "--hosted-zone-id", "Z0123456789"]

Init = Callable[..., Result]


@pytest.fixture
def init(tmp_path: Path) -> Init:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["init", str(tmp_path / "acme"), *arguments])

    return run


def config(path: Path) -> dict[str, object]:
    content: dict[str, object] = yaml.safe_load(path.read_text())["config"]
    return content


def test_a_repository_has_the_program_its_stages_and_one_pipeline(init: Init, tmp_path: Path) -> None:
    done = init(*ANSWERS, *SITE, "--one-account")

    acme = tmp_path / "acme"
    assert done.exit_code == 0, done.output
    assert (acme / ".github" / "workflows" / "deploy.yml").exists()
    assert not (acme / ".gitlab-ci.yml").exists()
    assert (acme / ".ci" / "deploy").stat().st_mode & 0o111
    assert not list(acme.rglob("*.draft"))
    assert not list(acme.rglob("__pycache__"))
    dev, prod = config(acme / "Pulumi.dev.yaml"), config(acme / "Pulumi.prod.yaml")
    assert (dev["aws:region"], dev["sallyport:mailFrom"]) == ("eu-central-1", "codes@acme.example")
    assert not {"sallyport:createMailIdentity", "sallyport:domain"} & set(dev)
    assert (prod["sallyport:createMailIdentity"], prod["sallyport:domain"]) == (False, "sign-in.acme.example")
    for stage, environments in {"dev": ("dev", "preview"), "prod": ("prod",)}.items():
        subjects = config(acme / "deploy" / f"Pulumi.{stage}.yaml")["sallyport-deploy:subjects"]
        assert subjects == [f"repo:acme/sign-in:environment:{one}" for one in environments]


def test_each_stage_can_be_deployed(init: Init, tmp_path: Path) -> None:
    init(*ANSWERS, *SITE, "--pipeline", "gitlab")

    acme = tmp_path / "acme"
    for stage in scaffold.STAGES:
        stack = program.run(acme, stage, Recording())
        role = program.run(acme / "deploy", stage, Recording())
        assert stack.outputs["region"] == "eu-central-1"
        assert stack.outputs["stage"] == stage
        assert {"role_arn", "boundary_arn"} <= set(role.outputs)
    assert [one.exists() for one in (acme / ".gitlab-ci.yml", acme / ".github")] == [True, False]


def test_what_a_new_repository_has_stays(init: Init, tmp_path: Path) -> None:
    acme = tmp_path / "acme"
    (acme / ".git").mkdir(parents=True)
    (acme / "README.md").write_text("# Acme\n")

    done = init(*ANSWERS)

    assert "Yours, and left as they are: README.md" in done.stdout
    assert (acme / "README.md").read_text() == "# Acme\n"
    assert (acme / "__main__.py").exists()


def test_a_folder_with_another_program_is_refused_and_stays_as_it_is(init: Init, tmp_path: Path) -> None:
    acme = tmp_path / "acme"
    acme.mkdir()
    (acme / "__main__.py").write_text("print()\n")

    done = init(*ANSWERS)

    assert done.exit_code == 2
    assert done.stderr.endswith("has files of these names already: __main__.py. Nothing was written.\n")
    assert [one.name for one in acme.iterdir()] == ["__main__.py"]


def test_a_run_that_was_stopped_is_repeated(init: Init, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put = scaffold._put
    written: list[Path] = []

    def stop_after_fifty(path: Path, content: bytes, mode: int) -> None:
        if len(written) == 50:
            raise KeyboardInterrupt
        written.append(path)
        put(path, content, mode)

    with monkeypatch.context() as patch:
        patch.setattr(scaffold, "_put", stop_after_fifty)
        assert init(*ANSWERS).exit_code != 0
    done = init(*ANSWERS)

    assert done.exit_code == 0, done.output
    assert all(path.exists() for path in written)
    assert (tmp_path / "acme" / "__main__.py").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--mail-from is missing: an address of mail, such as codes@example.com"),
        ([*ANSWERS, "--domain", "sign-in.acme.example"], "--hosted-zone-id is missing: the id of the zone in Route 53"),
        ([*ANSWERS[:-1], "mars"], "--region mars: it must be a region of AWS, such as eu-central-1"),
        ([*ANSWERS, "--repository", "acme"], "--repository acme: it must be OWNER/NAME of GitHub"),
        ([*ANSWERS, "--repository", "a/b/c"], "--repository a/b/c: GitHub's have one slash, OWNER/NAME"),
        ([*ANSWERS, "--hosted-zone-id", "Z1"], "--hosted-zone-id is for a domain: name it with --domain"),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_nothing_written(
    init: Init, tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = init(*arguments)

    assert done.exit_code == 2
    assert said in done.stderr
    assert not (tmp_path / "acme").exists()


def test_an_odd_address_is_written_as_a_text(init: Init, tmp_path: Path) -> None:
    init("--mail-from", "#odd@acme.example", "--repository", "acme/sign-in")

    assert config(tmp_path / "acme" / "Pulumi.dev.yaml")["sallyport:mailFrom"] == "#odd@acme.example"


def test_a_file_in_the_place_of_a_folder_is_refused_before_anything_is_written(init: Init, tmp_path: Path) -> None:
    acme = tmp_path / "acme"
    acme.mkdir()
    (acme / "components").write_text("a file\n")

    done = init(*ANSWERS)

    assert done.exit_code == 2
    assert "Nothing was written." in done.stderr
    assert [one.name for one in acme.iterdir()] == ["components"]
