"""Bad input: 400 or 413 with one sentence, never 500, and nothing is written."""

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.routes import ROUTES
from tests.support.account import Account
from tests.support.aws_calls import writes_seen
from tests.support.handlers import PASSWORD, Answer, Handlers

HANDLERS = sorted(route.name for route in ROUTES if route.body)
GOOD: dict[str, dict[str, Any]] = {
    "signup": {"email": "nobody@example.com", "password": PASSWORD},
    "signin": {"email": "nobody@example.com", "password": PASSWORD},
    "confirm_signup": {"challenge_id": "c" * 43, "code": "123456"},
    "refresh": {"refresh_token": "r" * 130},
    "create_order": {"restaurant_id": "trattoria", "quantity": 2},
    "change_order": {"restaurant_id": "trattoria", "quantity": 2},
    "signin_code": {"email": "nobody@example.com"},
    "forgot_password": {"email": "nobody@example.com"},
    "start_factor": {"challenge_id": "c" * 43, "factor_id": "authy", "channel": "sms"},
    "verify_factor": {"challenge_id": "c" * 43, "factor_id": "totp", "code": "123456"},
    "step_up": {"challenge_id": "c" * 43, "factor_id": "totp", "code": "123456"},
    "reset_password": {"challenge_id": "c" * 43, "password": PASSWORD, "code": "123456"},
    "enrol_factor_authy": {"email": "nobody@example.com", "phone": "11987650547", "ccode": "55"},
    "enrol_factor_verify": {"phone": "+5511987650547"},
    "send_factor_code": {"channel": "sms"},
    "confirm_factor": {"code": "123456"},
    "change_profile": {"name": "Ada", "locale": "pt-BR", "picture": "https://example.com/ada.png", "attributes": {}},
    "change_password": {"password": PASSWORD, "current_password": PASSWORD},
    "change_email": {"email": "nobody@example.com"},
    "confirm_email": {"challenge_id": "c" * 43, "code": "123456"},
    "undo": {"token": f"{'0' * 32}.{'t' * 43}"},
}
OPTIONAL = {"channel", "code", "credential", "current_password"}
"""Fields that may be left out; of a step-up also those that say what is being answered."""
ALL_OPTIONAL = {"step_up", "change_profile"}
ALL_NEEDED = {"send_factor_code", "confirm_signup", "confirm_email"}
TAKEN = [("quantity", 7), ("ccode", 7), ("attributes", {})]

RAW = {
    "nothing": "",
    "null": "null",
    "a list": "[]",
    "a number": "7",
    "a text": '"text"',
    "not JSON": "email=nobody@example.com",
    "half": '{"email": "nobody@example.com"',
    "two": "{}{}",
    "deep": '{"email":' * 1000 + "1" + "}" * 1000,
    "deep list": "[" * 1000 + "]" * 1000,
    "very deep": "[" * 16000,
    "NUL": "{\0}",
    "replaced bytes": '{"email": "�", "password": "x"}',
    "lone surrogate": '{"email": "\ud800@example.com", "password": "x"}',
    "escaped lone surrogate": '{"email": "\\ud800@example.com", "password": "x"}',
    "NaN": '{"email": NaN}',
    "comment": '{} // "email"',
}

assert set(GOOD) == set(HANDLERS)


def is_one_sentence(answer: Answer) -> bool:
    message = answer.body["message"]
    return message.endswith(".") and "\n" not in message and set(answer.body) == {"message", "code"}


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("name", RAW)
def test_what_is_not_a_body_is_refused(handlers: Handlers, handler: str, name: str) -> None:
    with writes_seen() as writes:
        answer = handlers.call(handler, raw=RAW[name])

    assert answer.status == 400, answer.text
    assert is_one_sentence(answer)
    assert writes == []


@pytest.mark.parametrize("handler", HANDLERS)
def test_large_bodies_are_refused_unread(handlers: Handlers, handler: str) -> None:
    large = json.dumps({**GOOD[handler], "padding": "x" * 16 * 1024})

    for raw in (large, "x" * 10_000_000, json.dumps({"email": "é" * 9000})):
        answer = handlers.call(handler, raw=raw)
        assert (answer.status, answer.body["code"]) == (413, "body_too_large")
        assert is_one_sentence(answer)


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("bytes_", [b"\xff\xfe", b'{"email": "\xff"}', b"", b"\0" * 10, "{}".encode("utf-16")])
def test_binary_bodies_are_refused(handlers: Handlers, handler: str, bytes_: bytes) -> None:
    answer = handlers.call(handler, raw=base64.b64encode(bytes_).decode(), isBase64Encoded=True)

    assert answer.status == 400
    assert is_one_sentence(answer)


def test_bodies_that_are_not_the_base64_they_claim_are_refused(handlers: Handlers) -> None:
    answer = handlers.call("signin", raw="***", isBase64Encoded=True)

    assert answer.status == 400


@pytest.mark.parametrize("handler", HANDLERS)
def test_missing_extra_and_wrong_typed_fields_are_refused(handlers: Handlers, handler: str) -> None:
    good = GOOD[handler]
    wrong: list[Any] = [{**good, "admin": True}, {**good, "__proto__": {}}]
    no_texts: tuple[Any, ...] = (None, 7, 1.5, True, [], {}, ["x"], "", "x" * 5000)
    for name in good:
        may_lack = (name in OPTIONAL and handler not in ALL_NEEDED) or handler in ALL_OPTIONAL
        if not may_lack:
            wrong.append({key: value for key, value in good.items() if key != name})
        wrong += [
            {**good, name: value}
            for value in no_texts
            if (name, value) not in TAKEN and not (may_lack and value is None)
        ]

    with writes_seen() as writes:
        answers = [handlers.call(handler, body) for body in wrong]

    assert {answer.status for answer in answers} == {400}
    assert all(is_one_sentence(answer) for answer in answers)
    assert writes == []


COMBINATIONS = [
    ("step_up", {"code": "123456"}, "`challenge_id` is missing"),
    ("step_up", {"credential": {}}, "`challenge_id` is missing"),
    ("step_up", {"factor_id": "totp", "code": "123456"}, "`challenge_id` is missing"),
    ("step_up", {"challenge_id": "c" * 43, "code": "123456"}, "`factor_id` is missing"),
    ("step_up", {"password": PASSWORD, "code": "123456"}, "`challenge_id` is missing"),
    ("step_up", {**GOOD["step_up"], "password": PASSWORD}, "exclude each other"),
    ("step_up", {**GOOD["step_up"], "credential": {}}, "exclude each other"),
    ("verify_factor", {**GOOD["verify_factor"], "credential": {}}, "exclude each other"),
    ("reset_password", {**GOOD["reset_password"], "credential": {}}, "exclude each other"),
    ("confirm_factor", {"code": "123456", "credential": {}}, "exclude each other"),
]


@pytest.mark.parametrize(("handler", "body", "reason"), COMBINATIONS)
def test_fields_that_do_not_go_together_are_refused(
    account: Account, handler: str, body: dict[str, Any], reason: str
) -> None:
    """Nothing is begun either: a step-up with a code and no challenge opened one, and mailed a code."""
    account.sign_in()

    with writes_seen() as writes:
        answer = account.call(handler, body, "totp")

    assert answer.status == 400, answer.text
    assert reason in answer.body["message"]
    assert writes == []


@pytest.mark.parametrize(
    ("handler", "field"),
    [
        ("create_order", "restaurant_id"),
        ("confirm_signup", "code"),
        ("verify_factor", "code"),
        ("verify_factor", "challenge_id"),
        ("refresh", "refresh_token"),
        ("enrol_factor_authy", "phone"),
        ("start_factor", "factor_id"),
    ],
)
def test_a_line_end_is_no_part_of_a_value(handlers: Handlers, handler: str, field: str) -> None:
    """Python's `$` would let it pass."""
    good = GOOD[handler][field]
    answer = handlers.call(handler, {**GOOD[handler], field: f"{good[: 255 if field != 'challenge_id' else 42]}\n"})

    assert answer.status == 400
    assert field in answer.body["message"]


def test_no_sentence_quotes_what_was_sent(handlers: Handlers) -> None:
    secret = "hunter2-hunter2-hunter2"
    bodies: list[Any] = [
        {secret: 1},
        {"email": secret, "password": PASSWORD},
        {"email": "nobody@example.com", "password": secret[:8]},
        {"email": [secret], "password": secret},
        secret,
    ]

    for handler in HANDLERS:
        for body in bodies:
            assert secret[:8] not in handlers.call(handler, body).text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=12), children, max_size=4),
    max_leaves=12,
)


@given(handler=st.sampled_from(HANDLERS), raw=st.text(max_size=200) | json_values.map(json.dumps))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_at_all_is_a_fault_of_ours(handlers: Handlers, handler: str, raw: str) -> None:
    answer = handlers.call(handler, raw=raw)

    assert answer.status in (400, 401, 413)
    assert is_one_sentence(answer) or answer.body["message"] == "User was not valid"


@given(changes=st.dictionaries(st.sampled_from(["email", "password", "code", "challenge_id", "x"]), json_values))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_change_of_a_good_body_is_a_fault_of_ours(handlers: Handlers, changes: dict[str, Any]) -> None:
    for handler in ("confirm_signup", "refresh", "signin"):
        answer = handlers.call(handler, {**GOOD[handler], **changes})

        assert answer.status in (400, 401)
        assert is_one_sentence(answer)
