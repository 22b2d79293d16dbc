"""Operators on the deployed stack: who they are is confirmed by STS, and every act names its operator."""

import json
import time
from typing import Any

import pytest

from handlers.errors import OperatorUnknown
from handlers.store import operator_identity
from sallyport.client.stack.local_stack import LocalStack
from tests.support.handlers import PASSWORD, Handlers, new_address
from tests.support.operators import identity_of


def function(stack: LocalStack, name: str = "manage-users") -> str:
    return next(entry.id for entry in stack.functions().values() if entry.name == f"{name}-function")


def manage(stack: LocalStack, action: str, identity: dict[str, str], **more: Any) -> dict[str, Any]:
    event = {"action": action, "identity": identity, **more}
    answer = stack.aws("lambda").invoke(FunctionName=function(stack), Payload=json.dumps(event))
    content: dict[str, Any] = json.loads(answer["Payload"].read())
    return content


def without_our_header(identity: dict[str, str]) -> dict[str, str]:
    return {**identity, "authorization": identity["authorization"].replace(";x-sallyport-function", "")}


def with_another_signature(identity: dict[str, str]) -> dict[str, str]:
    good = identity["authorization"]
    return {**identity, "authorization": good[:-4] + ("0000" if not good.endswith("0000") else "1111")}


def of_another_day(identity: dict[str, str]) -> dict[str, str]:
    return {**identity, "x-amz-date": "20200101T000000Z"}


@pytest.mark.parametrize("spoil", [without_our_header, with_another_signature, of_another_day, lambda _: {}])
def test_an_identity_that_sts_does_not_confirm_is_refused(stack: LocalStack, spoil: Any) -> None:
    identity = spoil(identity_of(stack, function(stack)))

    refused = manage(stack, "list", identity, query={})

    assert refused["code"] == "operator_unknown"


def test_an_identity_of_another_account_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may invoke the function could else act under any name, with keys of an account of their own."""
    signed = {"authorization": "SignedHeaders=host;x-sallyport-function"}
    answer = "<Arn>arn:aws:iam::111111111111:user/alice</Arn>"
    monkeypatch.setattr(operator_identity, "_ask", lambda _: answer)

    assert operator_identity.arn_of(signed, "manage-users", "111111111111") == "arn:aws:iam::111111111111:user/alice"
    with pytest.raises(OperatorUnknown):
        operator_identity.arn_of(signed, "manage-users", "222222222222")


def test_an_identity_for_another_function_is_refused(stack: LocalStack) -> None:
    other = identity_of(stack, function(stack, "check-providers"))

    assert manage(stack, "list", other, query={})["code"] == "operator_unknown"


def test_an_act_is_an_event_with_the_operators_arn(stack: LocalStack, handlers: Handlers) -> None:
    identity, address = identity_of(stack, function(stack)), new_address()
    user_id = manage(stack, "create", identity, email=address, password=PASSWORD)["id"]
    assert manage(stack, "disable", identity, email=address) == {}
    group, deadline = stack.state.outputs["events_log_group"], time.monotonic() + 30

    found: list[dict[str, Any]] = []
    while len(found) < 2 and time.monotonic() < deadline:
        pages = stack.aws("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        lines = [json.loads(event["message"]) for page in pages for event in page["events"]]
        found = [line for line in lines if line.get("subject") == user_id]
        time.sleep(0.1)

    assert [one["type"] for one in found] == ["sallyport.user.created.v1", "sallyport.user.disabled.v1"]
    assert {one["actor"] for one in found} == {"arn:aws:iam::000000000000:root"}


def test_a_role_is_effective_within_the_bound_and_a_refresh_brings_it(stack: LocalStack, handlers: Handlers) -> None:
    """The scopes of `user` are taken: the token of before is refused, the refreshed one has fewer."""
    import httpx

    user = handlers.user()
    tokens, identity = user.sign_in(), identity_of(stack, function(stack))
    outputs = stack.state.outputs
    with httpx.Client(base_url=str(outputs["api_url"]), timeout=60) as api:
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert api.get("/orders", headers=bearer).status_code == 200
        assert manage(stack, "roles", identity, email=user.address, add=[], remove=["user"]) == {"roles": []}
        taken = time.monotonic()
        while api.get("/orders", headers=bearer).status_code != 403:
            assert time.monotonic() - taken < int(str(outputs["revocation_seconds"])) + 1
            time.sleep(0.5)

        fresh = api.post("/refresh", json={"refresh_token": tokens["refresh_token"]}).json()["access_token"]
        assert api.get("/orders", headers={"Authorization": f"Bearer {fresh}"}).status_code == 403
        assert api.get("/me", headers={"Authorization": f"Bearer {fresh}"}).json()["roles"] == []


def test_a_role_that_the_stack_does_not_name_is_refused(stack: LocalStack, handlers: Handlers) -> None:
    identity, user = identity_of(stack, function(stack)), handlers.user()

    refused = manage(stack, "roles", identity, email=user.address, add=["emperor"], remove=[])

    assert refused == {"code": "no_such_role", "message": "The stack has no role emperor; it has: user"}
