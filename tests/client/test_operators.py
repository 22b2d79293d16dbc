"""The commands of operators, as they are typed."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bcrypt
import httpx
import jwt
import pytest

from sallyport.client.stack.local_stack import LocalStack
from tests.local.test_cloud import Terminal
from tests.support.handlers import PASSWORD, Handlers, new_address

WARM = 4
"""Instances of a function that are warm at once."""
FETCHED_AGAIN_SECONDS = 10
"""An authorizer that has just fetched the keys fetches them for an unknown one after that."""
BCRYPT = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


@pytest.fixture
def terminal(stack: LocalStack) -> Terminal:
    return Terminal(stack.home)


@pytest.fixture
def address(handlers: Handlers) -> str:
    """The address of a new user."""
    return handlers.user().address


def test_users_are_found_and_shown(terminal: Terminal, address: str) -> None:
    found = terminal.run("users", "find", address[:10])
    line = json.loads(terminal.run("users", "find", address, "--json").stdout)
    shown = terminal.run("user", "show", address).stdout

    assert address in found.stdout
    assert (line["email"], line["state"], line["roles"]) == (address, "enabled", ["user"])
    for what in ("state     enabled", "pool      not in the pool", "failures  none", "factor    none"):
        assert what in shown
    assert json.loads(terminal.run("user", "show", address, "--json").stdout)["user"]["email"] == address


def test_nobody_is_found_where_there_is_none(terminal: Terminal) -> None:
    done = terminal.run("users", "find", "nobody-has-this")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "There are none.\n")


def test_roles_are_shown_and_changed(terminal: Terminal, address: str) -> None:
    assert terminal.run("user", "roles", address).stdout == "user\n"
    assert terminal.run("user", "roles", address, "--remove", "user").stdout == "\n"
    refused = terminal.run("user", "roles", address, "--add", "emperor")

    assert refused.returncode == 2
    assert refused.stderr == "Error: The stack has no role emperor; it has: user\n"


def test_a_list_says_that_there_are_more(terminal: Terminal, address: str) -> None:
    assert address
    done = terminal.run("users", "list", "--limit", "1")

    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == "The first 1; for more: --limit, or --all\n"


def test_an_operator_acts_on_users(terminal: Terminal, address: str) -> None:
    for command in ("disable", "enable", "unlock", "end-sessions"):
        assert terminal.run("user", command, address).returncode == 0
    assert terminal.run("user", "delete", address, "--yes").returncode == 0

    gone = terminal.run("user", "show", address)

    assert (gone.returncode, gone.stderr) == (2, "Error: The directory has no user with this address.\n")


def test_keys_are_listed_and_revoked(stack: LocalStack, handlers: Handlers, terminal: Terminal, address: str) -> None:
    """Functions that were warm sign with the new key at once; it is good when the authorizer fetches the keys again."""
    api = stack.state.outputs["api_url"]

    def sign_in(_: int = 0) -> str:
        answer = httpx.post(f"{api}/signin", json={"email": address, "password": PASSWORD}, timeout=60)
        token: str = answer.json()["access_token"]
        return token

    def kids() -> set[str]:
        with ThreadPoolExecutor(WARM) as pool:
            return {jwt.get_unverified_header(token)["kid"] for token in pool.map(sign_in, range(WARM))}

    def is_good() -> bool:
        return httpx.get(f"{api}/me", headers={"Authorization": f"Bearer {sign_in()}"}, timeout=60).status_code == 200

    before = {line.split()[0] for line in terminal.run("keys", "list").stdout.splitlines()}
    assert kids() <= before
    assert terminal.run("keys", "revoke", "--yes").returncode == 0
    handlers.forget_keys()
    after = [line.split()[:2] for line in terminal.run("keys", "list").stdout.splitlines()]

    assert [state for _, state in after] == ["signs", "next"]
    assert not before & {kid for kid, _ in after}
    assert kids() == {after[0][0]}
    deadline = time.monotonic() + 2 * FETCHED_AGAIN_SECONDS
    while not is_good():
        assert time.monotonic() < deadline
        time.sleep(1)


def test_events_are_shown_for_one_user(terminal: Terminal, address: str) -> None:
    assert terminal.run("user", "disable", address).returncode == 0

    shown = terminal.run("events", "--user", address).stdout
    lines = terminal.run("events", "--user", address, "--type", "disabled", "--json").stdout.splitlines()

    user_id = json.loads(terminal.run("user", "show", address, "--json").stdout)["user"]["id"]
    assert terminal.run("events", "--user", user_id).stdout.count("user.disabled") == 1
    assert "user.disabled" in shown
    assert json.loads(lines[-1])["type"] == "sallyport.user.disabled.v1"


def test_users_are_imported_exported_and_a_bad_row_stops_all(
    handlers: Handlers, terminal: Terminal, tmp_path: Path
) -> None:
    """A user whose password hash KMS does not decrypt is named, and keeps nobody else from being exported."""
    names = [new_address() for _ in range(3)]
    bad, good, out = tmp_path / "bad.jsonl", tmp_path / "good.jsonl", tmp_path / "out.jsonl"
    lines = [
        json.dumps({"email": name, "password_hash": BCRYPT, "totp": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"})
        for name in names
    ]
    good.write_text("\n".join(lines) + "\n")
    bad.write_text("\n".join([lines[0], '{"email": "x"}', lines[1]]) + "\n")

    refused = terminal.run("users", "import", str(bad))
    assert refused.returncode == 2
    assert "line 2: `email` is not as it should be" in refused.stderr
    assert terminal.run("users", "find", names[0]).stdout == ""
    assert "nothing was written" in terminal.run("users", "import", str(good), "--dry-run").stderr
    assert "3 imported." in terminal.run("users", "import", str(good)).stderr
    assert "0 imported, 3 there already." in terminal.run("users", "import", str(good)).stderr
    assert "0 imported, 2 there already, 1 left out." in terminal.run("users", "import", str(bad), "--skip-bad").stderr

    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps({"email": names[0], "name": "Other"}) + "\n")
    assert "1 there with other data, and left as they are" in terminal.run("users", "import", str(other)).stderr
    for wrong in ("/dev/stdin", str(tmp_path / "none.jsonl")):
        assert terminal.run("users", "import", wrong).returncode == 2
    assert terminal.run("users", "export", "--yes", "--really", str(tmp_path / "no" / "out")).returncode == 2

    broken = handlers.user()
    table, key = handlers.environment["TABLE_NAME"], {"pk": {"S": f"credential#{broken.id}"}, "sk": {"S": "password"}}
    handlers.stack.aws("dynamodb").update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET password = :other",
        ExpressionAttributeValues={":other": {"B": b"not from KMS"}},
    )

    said = terminal.run("users", "export", str(out), "--yes", "--really")

    assert (said.returncode, f"\n{broken.id}\n" in said.stderr) == (0, True)
    assert not list(tmp_path.glob("*.part"))
    exported = [row for row in map(json.loads, out.read_text().splitlines()) if row["email"] in names]

    assert out.stat().st_mode & 0o777 == 0o600
    assert {row["password_hash"] for row in exported} == {BCRYPT}
    for name in names:
        assert terminal.run("user", "delete", name, "--yes").returncode == 0
    again = tmp_path / "again.jsonl"
    again.write_text("".join(f"{json.dumps(row)}\n" for row in exported))
    assert "3 imported." in terminal.run("users", "import", str(again)).stderr
    assert [json.loads(terminal.run("users", "find", name, "--json").stdout)["second_factors"] for name in names] == [
        1
    ] * 3
