"""docs/recovery.md, exercised: what is lost here on purpose comes back by the commands of the page."""

import os
import re
from pathlib import Path

import httpx
import pytest

from sallyport.client.stack.local_stack import LocalStack
from sallyport.local.clients import REGION
from sallyport.local.tools import ROOT
from tests.client.test_readme import run
from tests.support.handlers import PASSWORD, Handlers

PAGE = (ROOT / "docs" / "recovery.md").read_text()


def part(title: str, number: int | None = None) -> str:
    """Return a part of the page, or one of its blocks."""
    text = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    blocks = re.findall("(```sh\n.*?```\n)", text, re.DOTALL)
    return text if number is None else str(blocks[number])


@pytest.fixture
def operator(stack: LocalStack, tmp_path: Path) -> dict[str, str]:
    """The environment of an operator."""
    keys = stack.cloud.keys
    return {
        "TMPDIR": str(tmp_path),
        "AWS_ENDPOINT_URL": stack.cloud.url,
        "AWS_ACCESS_KEY_ID": keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
        "AWS_DEFAULT_REGION": REGION,
        "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
    }


def sign_in(stack: LocalStack, address: str) -> int:
    body = {"email": address, "password": PASSWORD}
    return httpx.post(f"{stack.state.outputs['api_url']}/signin", json=body, timeout=60).status_code


def lose(handlers: Handlers, user_id: str, address: str) -> None:
    dynamodb, table = handlers.stack.aws("dynamodb"), handlers.environment["TABLE_NAME"]
    for pk, sk in sorted(handlers.keys()):
        if user_id in pk or pk == f"address#{address}":
            dynamodb.delete_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})


def test_items_that_were_lost_come_back_from_a_restored_table(
    stack: LocalStack, handlers: Handlers, operator: dict[str, str]
) -> None:
    user, gone, changed = handlers.user(), handlers.user(), handlers.user()
    dynamodb, table = stack.aws("dynamodb"), handlers.environment["TABLE_NAME"]
    title = "Items of the table are lost or wrong"

    run(stack, part(title, 0), **operator)
    lose(handlers, user.id, user.address)
    former = {"pk": {"S": f"address#{changed.address}"}, "sk": {"S": "owner"}}
    dynamodb.delete_item(TableName=table, Key=former)  # as by a change of the address
    assert sign_in(stack, user.address) == 401
    run(stack, f"```sh\nsallyport user delete {gone.address} --yes\n```\n", **operator)
    said = run(stack, part(title, 1), **operator)

    assert re.search(r"^[1-9]\d* users copied$", said, re.MULTILINE)
    assert sign_in(stack, user.address) == 200
    assert sign_in(stack, gone.address) == 401
    assert "Item" not in dynamodb.get_item(TableName=table, Key=former)
    dynamodb.put_item(TableName=table, Item={**former, "user_id": {"S": changed.id}})


def test_users_come_back_from_an_export(stack: LocalStack, handlers: Handlers, operator: dict[str, str]) -> None:
    user = handlers.user()
    exported, imported, removed = part("Users from an export", 0).removeprefix("```sh\n").splitlines()[:3]

    run(stack, f"```sh\n{exported}\n```\n", **operator)
    lose(handlers, user.id, user.address)
    assert sign_in(stack, user.address) == 401
    run(stack, f"```sh\n{imported}\n{removed}\n```\n", **operator)

    assert sign_in(stack, user.address) == 200


def test_a_key_that_is_to_be_deleted_is_kept(stack: LocalStack, handlers: Handlers, operator: dict[str, str]) -> None:
    kms, key = stack.aws("kms"), handlers.environment["KEY_ARN"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    try:
        said = run(stack, part("The key is disabled or to be deleted"), **operator)
    finally:
        if kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] != "Enabled":
            kms.cancel_key_deletion(KeyId=key)
            kms.enable_key(KeyId=key)

    assert '"Enabled"' in said
    assert sign_in(stack, handlers.user().address) == 200


@pytest.mark.parametrize("link", re.findall(r"\]\(([\w.]*)#([\w-]+)\)", PAGE))
def test_its_links_name_parts_that_exist(link: tuple[str, str]) -> None:
    page, anchor = link
    text = (ROOT / "docs" / page).read_text() if page else PAGE
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)

    assert anchor in {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}
