"""handlers.core.accounts.user_import, user_export"""

import json
from typing import Any

import bcrypt
import msgspec
import pyotp
import pytest

from contract.events import UsersExported, UsersImported
from handlers.core.accounts import deletion, user_export, user_import
from handlers.core.accounts.user_import import Outcome, Refused
from handlers.core.limits.places import Place
from handlers.core.mfa.factor_type import Proof
from handlers.core.mfa.verification import MfaRequired
from handlers.core.sessions import sign_in
from handlers.core.sessions.issue import SignedIn
from handlers.errors import BadRequest, InvalidCredentials
from tests.support.in_memory import MemoryServices

PASSWORD = "violet otters paddle past nine"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PLACE = Place("192.0.2.1", "d" * 43)
BCRYPT = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


def imported(services: MemoryServices, *rows: dict[str, Any], dry_run: bool = False) -> list[Outcome | Refused]:
    lines = [json.dumps(row).encode() for row in rows]
    return user_import.import_rows(services, lines, dry_run=dry_run)


def signs_in(services: MemoryServices, email: str) -> bool:
    try:
        return isinstance(sign_in.sign_in(services, email, PASSWORD, PLACE), SignedIn)
    except InvalidCredentials:
        return False


def test_a_user_signs_in_with_the_password_of_before_and_the_hash_is_upgraded(services: MemoryServices) -> None:
    row = {"email": "Ada@example.com", "password_hash": BCRYPT, "name": "Ada", "created_at": 1_500_000_000}

    assert imported(services, row) == [Outcome.IMPORTED]

    assert signs_in(services, "ada@example.com")
    user_id = services.directory.owner_of("ada@example.com")
    assert user_id is not None
    assert "$argon2id$" in services.data.passwords[user_id].decode()
    assert services.data.profiles[user_id].details.name == "Ada"
    assert services.data.profiles[user_id].created_at == 1_500_000_000
    assert services.events.emitted[0] == (UsersImported(1), None)


@pytest.mark.parametrize("row", [{}, {"password_hash": BCRYPT, "email_verified": False}])
def test_without_a_usable_hash_the_password_is_to_be_reset(services: MemoryServices, row: dict[str, Any]) -> None:
    """An address that nobody has verified proves itself by the mailed code of the reset."""
    assert imported(services, {"email": "ada@example.com", **row}) == [Outcome.IMPORTED]

    assert not signs_in(services, "ada@example.com")


def test_the_same_row_again_changes_nothing(services: MemoryServices) -> None:
    row = {"email": "ada@example.com", "password_hash": BCRYPT}

    assert [imported(services, row) for _ in range(2)] == [[Outcome.IMPORTED], [Outcome.ALREADY]]
    for dry_run in (True, False):
        assert imported(services, row, dry_run=dry_run) == [Outcome.ALREADY]
        assert imported(services, {**row, "name": "Eve"}, dry_run=dry_run) == [Outcome.KEPT]


def test_of_two_rows_with_one_address_the_first_is_imported(services: MemoryServices) -> None:
    rows = [b'{"email": "ada@example.com", "name": "First"}', b'{"email": "ADA@example.com", "name": "Second"}']

    for dry_run in (True, False):
        results = user_import.import_rows(services, rows, dry_run=dry_run)
        assert results == [Outcome.IMPORTED, Refused("the address stands in an earlier row")]
    owner = services.directory.owner_of("ada@example.com")
    assert owner is not None
    assert services.data.profiles[owner].details.name == "First"


def test_an_address_that_is_taken_stays_its_owners(services: MemoryServices) -> None:
    owner = services.add_user("ada@example.com", PASSWORD)

    assert imported(services, {"email": "ada@example.com"}) == [Outcome.TAKEN]
    assert imported(services, {"email": "ada@example.com"}, dry_run=True) == [Outcome.TAKEN]
    assert services.directory.owner_of("ada@example.com") == owner.user_id


def test_ids_roles_and_states_are_kept(services: MemoryServices) -> None:
    row = {"email": "ada@example.com", "id": "ab" * 16, "roles": ["user"], "disabled": True, "password_hash": BCRYPT}
    imported(services, row)

    assert services.directory.owner_of("ada@example.com") == "ab" * 16
    assert not signs_in(services, "ada@example.com")


def test_an_authenticator_app_goes_on(services: MemoryServices) -> None:
    imported(services, {"email": "ada@example.com", "password_hash": BCRYPT, "totp": SECRET})

    required = sign_in.sign_in(services, "ada@example.com", PASSWORD, PLACE)

    assert isinstance(required, MfaRequired)
    proof = Proof(pyotp.TOTP(SECRET).at(services.clock))
    assert isinstance(sign_in.verify(services, required.challenge_id, "totp", proof, PLACE), SignedIn)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"not json", "the row is not JSON"),
        (b"{}", "object missing required field `email`"),
        (b"[]", "it is not an object"),
        (b'{"email": "x"}', "`email` is not as it should be"),
        (b'{"email": "nonsense"}', "not an address"),
        (b'{"email": "a@example.com", "admin": 1}', "object contains unknown field `admin`"),
        (b'{"email": "a@example.com", "roles": ["emperor"]}', "the stack has no role emperor"),
        (b'{"email": "a@example.com", "password_hash": "$md5$aaaaaaaaaa"}', "not supported"),
        (b'{"email": "a@example.com", "totp": "not base 32!!!!!"}', "`totp` is not as it should be"),
        (b'{"email": "a@example.com", "totp": "JBSWY3DPEHPK3PXPJBSWY3"}', "`totp` is not as it should be"),
        (b'{"email": "a@example.com", "id": "7"}', "`id` is not as it should be"),
    ],
)
def test_bad_rows_are_refused_with_a_reason_and_without_their_values(
    services: MemoryServices, row: bytes, reason: str
) -> None:
    (result,) = user_import.import_rows(services, [row], dry_run=False)

    assert isinstance(result, Refused)
    assert reason in result.reason
    assert "nonsense" not in result.reason
    assert services.data.owners == {}


def test_attributes_are_those_of_the_stack(services: MemoryServices) -> None:
    plan = {"plan": {"enum": ["free", "paid"]}}
    services.profile_attributes = {"type": "object", "additionalProperties": False, "properties": plan}

    good, bad = imported(
        services,
        {"email": "ada@example.com", "attributes": {"plan": "paid"}},
        {"email": "bob@example.com", "attributes": {"plan": "gold"}},
    )

    assert good == Outcome.IMPORTED
    assert bad == Refused("The attribute `plan` is not what this stack takes.")


def test_a_row_has_a_bound(services: MemoryServices) -> None:
    (refused,) = imported(services, {"email": "ada@example.com", "attributes": {"plan": "x" * 20_000}})

    assert refused == Refused("the row has more than 16384 bytes")


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_deleted_user_comes_back_by_the_id_alone(services: MemoryServices, dry_run: bool) -> None:
    """Other APIs may still hold what belonged to the id, so that an operator has to name it."""
    row = {"email": "ada@example.com", "password_hash": BCRYPT}
    imported(services, row)
    user_id = services.directory.owner_of("ada@example.com")
    assert user_id
    profile = services.accounts.begin_deletion(user_id, None)
    assert profile
    deletion.erase(services, profile)

    assert imported(services, row, dry_run=dry_run) == [Outcome.DELETED]
    assert imported(services, {**row, "id": user_id}, dry_run=dry_run) == [Outcome.IMPORTED]


def test_a_dry_run_writes_nothing(services: MemoryServices) -> None:
    assert imported(services, {"email": "ada@example.com"}, dry_run=True) == [Outcome.IMPORTED]
    assert services.data.owners == {}
    assert services.events.emitted == []


def test_a_batch_has_a_bound(services: MemoryServices) -> None:
    with pytest.raises(BadRequest):
        imported(services, *({"email": f"a{number}@example.com"} for number in range(101)))


def test_what_is_exported_is_imported_elsewhere_with_passwords_and_factors(services: MemoryServices) -> None:
    imported(services, {"email": "ada@example.com", "password_hash": BCRYPT, "totp": SECRET, "locale": "en"})
    imported(services, {"email": "bob@example.com", "password_hash": BCRYPT})

    page = user_export.export(services, "")
    rows, after = page.rows, page.next
    elsewhere = MemoryServices()
    results = user_import.import_rows(elsewhere, list(map(msgspec.json.encode, rows)), dry_run=False)

    assert (results, after) == ([Outcome.IMPORTED] * 2, "")
    assert services.events.emitted[-1] == (UsersExported(2), None)
    assert signs_in(elsewhere, "bob@example.com")
    assert isinstance(sign_in.sign_in(elsewhere, "ada@example.com", PASSWORD, PLACE), MfaRequired)
    assert elsewhere.directory.owner_of("ada@example.com") == services.directory.owner_of("ada@example.com")
