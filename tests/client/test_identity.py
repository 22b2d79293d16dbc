"""Commands for identity: their output, their hints at what is missing, and the secrets that they never print."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from sallyport.client.stack.local_stack import LocalStack
from tests.client.test_commands import refusal
from tests.local.test_cloud import Terminal
from tests.support.handlers import PASSWORD, Handlers, new_address

ORDER = '{"restaurant_id": "trattoria", "quantity": 2}'


@pytest.fixture
def terminal(stack: LocalStack) -> Iterator[Terminal]:
    """A terminal without a session, before and after."""
    one = Terminal(stack.home)
    yield one
    one.run("logout", "--forget")


@pytest.fixture
def ada(terminal: Terminal) -> str:
    """A user of the directory, made by the command, and signed in at the directory."""
    address = new_address()
    made = terminal.run("user", "create", address, SALLYPORT_PASSWORD=PASSWORD)
    assert made.returncode == 0, made.stderr
    signed_in = terminal.run("signin", "--email", address, SALLYPORT_PASSWORD=PASSWORD)
    assert signed_in.returncode == 0, signed_in.stderr
    return address


def outputs(stack: LocalStack) -> dict[str, str]:
    return {name: str(value) for name, value in stack.state.outputs.items()}


def test_sign_in_keeps_the_tokens_and_prints_none(terminal: Terminal, ada: str) -> None:
    again = terminal.run("signin", stdin=f"{ada}\n", SALLYPORT_PASSWORD=PASSWORD)
    who = terminal.run("whoami")
    as_json = json.loads(terminal.run("whoami", "--json").stdout)

    assert again.returncode == 0
    assert ada in who.stdout
    assert (as_json["signed_in_as"], as_json["issuer"]) == (ada, "API")
    assert not re.search(r"eyJ|[0-9a-f]{32}\.[0-9a-f]{32}\.", again.stdout + again.stderr + who.stdout)


def test_wrong_passwords_are_refused_in_the_apis_words(terminal: Terminal, ada: str) -> None:
    done = terminal.run("signin", "--email", ada, SALLYPORT_PASSWORD="wrong")

    assert "The address or the password is wrong." in refusal(done)


def test_a_token_is_printed_when_it_is_asked_for(terminal: Terminal, ada: str) -> None:
    raw = terminal.run("token", "--raw").stdout.strip()
    claims = json.loads(terminal.run("token", "--decode").stdout)["access"]
    everything = json.loads(terminal.run("token", "--json").stdout)
    summary = terminal.run("token").stdout
    refreshed = terminal.run("token", "--refresh", "--raw").stdout.strip()

    assert jwt.decode(raw, options={"verify_signature": False}) == claims
    assert everything["access_token"] == raw
    assert "eyJ" not in summary
    assert refreshed != raw
    assert "has no id token" in refusal(terminal.run("token", "--raw", "--kind", "id"))


@pytest.mark.parametrize("issuer", ["api", "pool"])
def test_scripts_get_a_token_without_a_session(stack: LocalStack, terminal: Terminal, issuer: str) -> None:
    known = outputs(stack)
    username, password = known["test_user_name"], known["test_user_password"]
    if issuer == "api":
        username, password = new_address(), PASSWORD
        terminal.run("user", "create", username, SALLYPORT_PASSWORD=password)
    ask = ("token", "--username", username, "--issuer", issuer)

    by_variable = terminal.run(*ask, "--raw", SALLYPORT_PASSWORD=password)
    by_prompt = terminal.run(*ask, "--json", stdin=f"{password}\n")

    assert by_variable.returncode == 0, by_variable.stderr
    assert json.loads(by_prompt.stdout)["access_token"]
    called = terminal.run("call", "GET", "/orders")
    assert "not" not in called.stdout
    assert called.returncode == 1, "nothing was kept"
    assert refusal(terminal.run(*ask, "--raw", SALLYPORT_PASSWORD="not the password at all"))


def test_calls_show_status_headers_and_body(terminal: Terminal, ada: str) -> None:
    placed = terminal.run("call", "post", "/orders", "--data", ORDER, "-H", "Prefer: respond-async", "-v")
    listed = terminal.run("call", "GET", "/orders?limit=1")
    from_file = terminal.run("call", "POST", "/orders", "-d", "-", stdin=ORDER)

    assert (placed.returncode, placed.stderr.splitlines()[0]) == (0, "202 Accepted")
    assert "preference-applied: respond-async" in placed.stderr
    assert json.loads(listed.stdout)["orders"][0]["id"] == json.loads(placed.stdout)["id"]
    assert json.loads(from_file.stdout)["status"] == "SUCCESS"


def test_refusals_say_what_is_missing(terminal: Terminal, ada: str) -> None:
    assert (
        "takes tokens of the user pool only. Sign in there: sallyport login"
        in terminal.run("call", "GET", "/hello").stderr
    )
    assert "sallyport signin" in terminal.run("call", "GET", "/me", "--machine").stderr
    terminal.run("logout")
    stranger = terminal.run("call", "GET", "/orders/0123")
    assert stranger.returncode == 1
    assert "OrdersAPI/orders.read or OrdersAPI/orders.write" in stranger.stderr
    assert "no token was sent" in stranger.stderr


def test_a_token_with_too_little_scope_is_told_which(stack: LocalStack, terminal: Terminal) -> None:
    from sallyport.client.auth import api_calls

    known = outputs(stack)
    token = terminal.run("machine-token", "--scope", "OrdersAPI/orders.read").stdout.strip()
    answer = api_calls.send(known, "GET", "/hello", token, None, {})

    said = api_calls.explain(known, answer, api_calls.scopes_of(token), "pool")

    assert said is not None
    assert "asks for HelloAPI/hello.read or HelloAPI/hello.write; this token has OrdersAPI/orders.read" in said
    assert "sallyport login --scope openid --scope HelloAPI/hello.read" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("call", "GET", "https://somebody.else.example.com/"), "not a path of the API"),
        (("call", "GET", "hello"), "not a path of the API"),
        (("call", "GET", "/hello", "-H", "Authorization: Bearer x"), "leave Authorization"),
        (("call", "GET", "/hello", "-H", "nonsense"), "not a header"),
        (("call", "POST", "/orders", "-d", "@/nowhere"), "cannot be read"),
        (("call", "GET", "/a\tb"), "cannot be sent"),
        (("call", "GE T", "/hello"), "cannot be sent"),
        (("call", "GET", "/hello", "-H", "X: v\u00e4lue"), "cannot be sent"),
        (("whoami",), "sallyport login"),
        (("token", "--raw"), "sallyport login"),
        (("logout",), "sallyport login"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(terminal: Terminal, arguments: tuple[str, ...], said: str) -> None:
    assert said in refusal(terminal.run(*arguments))


def test_a_stack_that_does_not_answer_is_said_in_a_line(terminal: Terminal, stack: LocalStack, tmp_path: Any) -> None:
    gone = tmp_path / "outputs.json"
    gone.write_text(
        json.dumps({**outputs(stack), "api_url": "http://127.0.0.1:9", "hosted_ui_url": "http://127.0.0.1:9"})
    )

    for arguments in (("call", "GET", "/hello"), ("machine-token",), ("signin", "--email", "a@b.c")):
        done = terminal.run(*arguments, "--outputs", str(gone), SALLYPORT_PASSWORD="x")
        assert "http://127.0.0.1:9 does not answer" in refusal(done)


def test_outputs_that_are_not_all_there_are_said_in_a_line(terminal: Terminal, tmp_path: Any) -> None:
    little = tmp_path / "outputs.json"
    little.write_text('{"api_url": "http://127.0.0.1:9"}')

    for arguments in (("login",), ("user", "delete", "a@b.c", "--yes"), ("machine-token",)):
        assert "The outputs hold no " in refusal(terminal.run(*arguments, "--outputs", str(little)))


def test_sign_out_ends_the_session_at_the_api_too(terminal: Terminal, ada: str) -> None:
    refresh_token = json.loads(terminal.run("token", "--json").stdout)["refresh_token"]

    assert terminal.run("logout").returncode == 0

    body = json.dumps({"refresh_token": refresh_token})
    assert "no longer good" in terminal.run("call", "POST", "/refresh", "-d", body).stdout


def test_a_session_that_was_ended_elsewhere_can_still_be_left(terminal: Terminal, ada: str) -> None:
    terminal.run("call", "POST", "/signout")

    assert "The session is over" in refusal(terminal.run("whoami"))
    assert terminal.run("logout").returncode == 0
    assert refusal(terminal.run("whoami"))


def test_operators_disable_enable_and_delete_in_both_places(stack: LocalStack, terminal: Terminal, ada: str) -> None:
    made = terminal.run("user", "create", ada, "--in", "pool", SALLYPORT_PASSWORD=PASSWORD)
    assert made.returncode == 0, made.stderr

    def may_sign_in(issuer: str) -> bool:
        arguments = ("token", "--username", ada, "--issuer", issuer, "--raw")
        return terminal.run(*arguments, SALLYPORT_PASSWORD=PASSWORD).returncode == 0

    assert (may_sign_in("api"), may_sign_in("pool")) == (True, True)
    assert terminal.run("user", "disable", ada).stderr == "directory: disabled\npool: disabled\n"
    assert (may_sign_in("api"), may_sign_in("pool")) == (False, False)
    assert terminal.run("user", "enable", ada, "--in", "pool").stderr == "pool: enabled\n"
    assert (may_sign_in("api"), may_sign_in("pool")) == (False, True)
    assert terminal.run("user", "enable", ada).returncode == 0
    assert terminal.run("user", "delete", ada, "--yes").stderr == "directory: deleted\npool: deleted\n"
    assert (may_sign_in("api"), may_sign_in("pool")) == (False, False)
    assert "Nobody has this address" in terminal.run("user", "delete", ada, "--yes").stderr


def test_who_was_disabled_and_enabled_again_signs_in_anew(terminal: Terminal, ada: str) -> None:
    """A stolen session ends too."""
    refresh_token = json.loads(terminal.run("token", "--json").stdout)["refresh_token"]
    terminal.run("user", "disable", ada)
    terminal.run("user", "enable", ada)

    body = json.dumps({"refresh_token": refresh_token})

    assert "no longer good" in terminal.run("call", "POST", "/refresh", "-d", body).stdout


def test_a_session_that_was_written_while_its_user_was_disabled_does_not_live_again(
    stack: LocalStack, terminal: Terminal, ada: str
) -> None:
    """A sign-in that had begun before: its session lies there, dead, until somebody enables the user."""
    table, dynamodb = outputs(stack)["table_name"], stack.aws("dynamodb")
    refresh_token = json.loads(terminal.run("token", "--json").stdout)["refresh_token"]
    user_id, session_id, _ = refresh_token.split(".")
    key = {"pk": {"S": f"sessions#{user_id}"}, "sk": {"S": f"session#{session_id}"}}
    item = dynamodb.get_item(TableName=table, Key=key)["Item"]
    terminal.run("user", "disable", ada)
    dynamodb.put_item(TableName=table, Item=item)

    terminal.run("user", "enable", ada)

    assert "Item" not in dynamodb.get_item(TableName=table, Key=key)


def test_a_config_folder_that_cannot_be_used_is_said_in_a_line(terminal: Terminal, tmp_path: Any) -> None:
    (tmp_path / "file").write_text("")

    done = terminal.run("whoami", SALLYPORT_CONFIG_DIR=str(tmp_path / "file"))

    assert "Tokens cannot be kept in" in refusal(done)


def test_a_locked_user_is_unlocked(terminal: Terminal, ada: str, handlers: Handlers) -> None:
    def sign_in(password: str) -> int:
        return handlers.call("signin", {"email": ada, "password": password}).status

    for _ in range(101):
        sign_in("wrong")
    assert sign_in(PASSWORD) == 401

    assert terminal.run("user", "unlock", ada).returncode == 0

    assert sign_in(PASSWORD) == 200
    assert "no user with this address" in refusal(terminal.run("user", "unlock", new_address()))


@pytest.mark.parametrize("arguments", [("--raw", "--decode"), ("--kind", "id"), ("--username", "a", "--refresh")])
def test_options_that_exclude_each_other_are_refused(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    done = terminal.run("token", *arguments)

    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize("command", ["login", "whoami", "token", "call GET /hello", "machine-token", "user disable x"])
def test_without_a_stack_they_say_how_to_start_one(tmp_path: Any, command: str) -> None:
    assert "sallyport up" in refusal(Terminal(tmp_path).run(*command.split()))


def test_a_deleted_user_leaves_nothing_behind(stack: LocalStack, terminal: Terminal, ada: str) -> None:
    table = outputs(stack)["table_name"]
    dynamodb = stack.aws("dynamodb")

    def items() -> str:
        pages = dynamodb.get_paginator("scan").paginate(TableName=table)
        return json.dumps([item for page in pages for item in page["Items"]], default=str)

    (user_id,) = re.findall(rf'"address#{ada}".*?"user_id": {{"S": "(\w+)"', items())
    assert items().count(user_id) > 3

    terminal.run("user", "delete", ada, "--yes")

    left = {(item["pk"]["S"], item["sk"]["S"]) for item in json.loads(items()) if user_id in str(item)}
    (job,) = [sk for pk, sk in left if pk == "jobs"]
    assert job.endswith(f"#applications#{user_id}"), "what is written meanwhile is deleted in some minutes"
    assert {pk for pk, _ in left if not pk.startswith("limit#")} == {f"tombstone#{user_id}", "jobs"}
    assert ada not in items()


def test_a_user_who_lost_the_code_is_confirmed(stack: LocalStack, terminal: Terminal) -> None:
    """In a pool that takes strangers; this one does not, so the user is made unconfirmed here."""
    cognito, known, address = stack.aws("cognito-idp"), outputs(stack), new_address()
    pool = known["user_pool_id"]
    closed = cognito.describe_user_pool(UserPoolId=pool)["UserPool"]["AdminCreateUserConfig"]
    cognito.update_user_pool(UserPoolId=pool, AdminCreateUserConfig={"AllowAdminCreateUserOnly": False})
    try:
        attributes = [{"Name": "email", "Value": address}]
        cognito.sign_up(
            ClientId=known["terminal_client_id"], Username=address, Password=PASSWORD, UserAttributes=attributes
        )
    finally:
        cognito.update_user_pool(UserPoolId=pool, AdminCreateUserConfig=closed)
    sign_in = ("token", "--username", address, "--raw")
    assert terminal.run(*sign_in, SALLYPORT_PASSWORD=PASSWORD).returncode == 2

    assert terminal.run("user", "confirm", address).returncode == 0

    assert terminal.run(*sign_in, SALLYPORT_PASSWORD=PASSWORD).returncode == 0


@pytest.mark.parametrize(("password", "said"), [("short", "at least 15 characters"), ("a" * 30, "many people choose")])
def test_a_weak_password_creates_nobody(terminal: Terminal, password: str, said: str) -> None:
    assert said in refusal(terminal.run("user", "create", new_address(), SALLYPORT_PASSWORD=password))


def test_a_taken_address_creates_nobody(terminal: Terminal, ada: str) -> None:
    assert "User already exists" in refusal(terminal.run("user", "create", ada, SALLYPORT_PASSWORD=PASSWORD))
