"""`sallyport plan-check`: an update that loses data is refused, whatever else it does."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sallyport.client.checks import plan
from sallyport.client.commands.main import cli
from tests.stack.conftest import record

URN = "urn:pulumi:prod::sallyport::sallyport:index:UserDirectory${}::{}"


def step(op: str, type_: str, name: str, **more: Any) -> dict[str, Any]:
    return {"op": op, "urn": URN.format(type_, name), "detailedDiff": None, **more}


def check(preview: Any, *arguments: str) -> Result:
    text = preview if isinstance(preview, str) else json.dumps(preview)
    return CliRunner().invoke(cli, ["plan-check", "-", *arguments], input=text)


def preview(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for one in steps:
        counts[one["op"]] = counts.get(one["op"], 0) + 1
    return {"steps": list(steps), "changeSummary": counts, **more}


REPLACED = (
    step("create-replacement", "aws:dynamodb/table:Table", "directory-table", replaceReasons=["hashKey"]),
    step("replace", "aws:dynamodb/table:Table", "directory-table", replaceReasons=["hashKey"]),
    step("delete-replaced", "aws:dynamodb/table:Table", "directory-table", replaceReasons=["hashKey"]),
)


def test_a_table_that_would_be_replaced_is_named_once_with_the_reason() -> None:
    done = check(preview(*REPLACED, step("update", "aws:lambda/function:Function", "signin-function")))

    assert done.exit_code == 1
    assert done.stdout.count("directory-table would be replaced, since hashKey changes: it holds items") == 1
    assert "--allow NAME" in done.stderr


@pytest.mark.parametrize("type_", plan.HOLDS)
def test_nothing_that_holds_data_is_deleted(type_: str) -> None:
    name = plan.OF_EVENTS if type_.endswith(":LogGroup") else "thing"
    done = check(preview(step("delete", type_, name)))

    assert done.exit_code == 1
    assert f"{name} would be deleted: it holds {plan.HOLDS[type_]}" in done.stdout


def test_everything_else_may_come_and_go() -> None:
    kept = [step(op, "aws:dynamodb/table:Table", f"{op}-table") for op in ("same", "create", "update", "refresh")]
    gone = [step(op, "aws:lambda/function:Function", f"{op}-function") for op in plan.LOSING]
    gone += [step("delete", "aws:cloudwatch/logGroup:LogGroup", "hello-logs")]

    done = check(preview(*kept, *gone))

    assert done.exit_code == 0
    assert "what holds data  stays" in done.stdout.replace("   ", "  ")


def test_a_loss_on_purpose_is_named_and_a_wrong_name_is_refused() -> None:
    done = check(preview(*REPLACED), "--allow", "directory-table")
    assert (done.exit_code, "is lost on purpose: directory-table" in done.stdout) == (0, True)
    wrong = check(preview(*REPLACED), "--allow", "directory")
    assert wrong.exit_code == 2
    assert "--allow directory: the update does not touch it" in wrong.stderr


def test_scripts_get_json() -> None:
    done = check(preview(*REPLACED), "--json")

    (loss,) = json.loads(done.stdout)["losses"]
    assert (loss["name"], loss["what"], loss["because"]) == ("directory-table", "replaced", ["hashKey"])


def test_two_resources_of_one_name_are_two() -> None:
    done = check(
        preview(*(step("delete", type_, "orders") for type_ in ("aws:dynamodb/table:Table", "aws:sqs/queue:Queue")))
    )

    assert done.stdout.count("orders would be deleted") == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no JSON"),
        ("[]", "holds no preview"),
        ('{"api_url": "x"}', "holds no preview"),
        (json.dumps(preview(diagnostics=[{"severity": "error", "message": "boom\n"}])), "has failed: boom"),
        ('{"steps": [{"op": "delete"}]}', "holds steps without an operation or a URN"),
        (json.dumps(preview(maybeCorrupt=True)), "the state may be corrupt"),
    ],
)
def test_what_is_no_good_preview_is_refused(text: str, said: str) -> None:
    done = check(text)

    assert done.exit_code == 2
    assert said in done.stderr


def test_a_file_that_is_missing_is_said(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["plan-check", str(tmp_path / "none.json")])

    assert done.exit_code == 2
    assert "cannot be read" in done.stderr


def test_every_type_that_prod_protects_is_known() -> None:
    protected = {one.type for one in record("prod").custom if one.protect}

    assert protected <= set(plan.HOLDS)
