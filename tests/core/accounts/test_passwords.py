"""handlers.core.accounts.passwords and addresses"""

import unicodedata
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher, extract_parameters
from hypothesis import given, settings
from hypothesis import strategies as st

from components.directory_table import DECOY_PHC, DECOY_USER_ID
from contract.limits import PASSWORD_LENGTH
from handlers.core.accounts import addresses, password_check, passwords
from handlers.errors import BadRequest, WeakPassword

GOOD = "violet otters paddle past nine"
ADDRESS = "ada.lovelace@example.com"


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "fourteen chars",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "passwordpassword",
        "abcdefghijklmnopqrst",
        "zyxwvutsrqponmlkjihg",
        "1234567890123456789",
        "qwertyuiopasdfghjkl",
        "ada.lovelace@example.com",
        "ada.lovelace1234567",
        "SallyportSallyport1",
        "1qaz2wsx3edc4rfv",
        "1QAZ 2wsx 3edc 4RFV",
        "passwordpassword1",
        "p@ssw0rdp@ssw0rd1",
        "qwertyuiop12345",
        "correcthorsebatterystaple",
        "correct horse battery staple",
        "Correct-Horse-Battery-Staple!",
        "letmeinletmein123",
        "Summer2026Summer2026",
        "iloveyouiloveyou",
        "monkeydragonmonkey",
        "thequickbrownfoxjumps",
        "ADALOVELACE adalovelace",
        "x" * 257,
    ],
)
def test_passwords_that_are_guessed_early_are_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        passwords.check(passwords.normalise(password), ADDRESS, None)


def test_the_shipped_list_has_what_asvs_asks_for() -> None:
    """OWASP ASVS 5.0 §6.2.4: at least the top 3,000 that are long enough; each of them is refused, as it is."""
    listed = passwords._common()

    assert len(listed) >= 3000
    assert all(len(one) >= PASSWORD_LENGTH and one == one.lower() for one in listed)
    for one in sorted(listed):
        with pytest.raises(WeakPassword, match="many people choose"):
            passwords.check(one, ADDRESS, None)


class Breached:
    """A service that knows one password, and counts its calls."""

    def __init__(self, *known: str) -> None:
        self.known = known
        self.asked: list[str] = []

    def contain(self, password: str) -> bool:
        self.asked.append(password)
        return password in self.known


def test_breached_passwords_are_refused_and_weak_ones_are_not_asked_about() -> None:
    breached = Breached(GOOD)

    with pytest.raises(WeakPassword, match="breach"):
        passwords.check(GOOD, ADDRESS, breached)
    with pytest.raises(WeakPassword, match="many people"):
        passwords.check("passwordpassword", ADDRESS, breached)
    passwords.check(f"{GOOD}!", ADDRESS, breached)

    assert breached.asked == [GOOD, f"{GOOD}!"]


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "wet fifteen ivy",
        "żółć gęślą jaźń",
        "🐎🔋📎✅🐎🌍🌞🌛🌟🍎🍌🍉🍇🍓🍒",
        "A sentence, with commas and 7 digits; " * 4 + "and an end",
    ],
)
def test_others_are_taken_without_rules_of_composition(password: str) -> None:
    passwords.check(passwords.normalise(password[:256]), "bob@example.com", None)


def test_length_is_counted_in_code_points() -> None:
    passwords.check("🐎🔋📎✅🐎🌍🌞🌛🌟🍎🍌🍉🍇🍓🍒", ADDRESS, None)
    with pytest.raises(WeakPassword):
        passwords.check("🐎🔋📎✅🐎🌍🌞🌛🌟🍎🍌🍉🍇🍓", ADDRESS, None)


def test_every_keyboard_writes_the_same_password() -> None:
    composed = unicodedata.normalize("NFC", "crème brûlée à la carte")
    decomposed = unicodedata.normalize("NFD", composed)

    phc = passwords.hash_password(passwords.normalise(composed))

    assert composed != decomposed
    assert passwords.matches(phc, passwords.normalise(decomposed))


def test_nothing_is_cut_off() -> None:
    long = (GOOD + " ") * 8
    phc = passwords.hash_password(long)

    assert passwords.matches(phc, long)
    assert not passwords.matches(phc, long[:-1])


@pytest.mark.parametrize(
    "password", ["nul\0 in the middle of it", "a bell \a in the middle", "half a \ud83d surrogate"]
)
def test_what_cannot_be_typed_is_refused(password: str) -> None:
    with pytest.raises(BadRequest):
        passwords.normalise(password)


def test_hashes_are_argon2id_with_owasps_parameters() -> None:
    parameters = extract_parameters(passwords.hash_password(GOOD))

    assert (parameters.type.name, parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (
        "ID",
        19 * 1024,
        2,
        1,
    )


def test_a_hash_with_other_parameters_is_outdated() -> None:
    assert passwords.is_outdated(PasswordHasher(time_cost=1, memory_cost=8 * 1024).hash(GOOD))
    assert not passwords.is_outdated(passwords.hash_password(GOOD))


def test_the_decoy_costs_what_a_real_hash_costs() -> None:
    assert not passwords.is_outdated(DECOY_PHC)
    assert not passwords.matches(DECOY_PHC, GOOD)
    assert password_check.DECOY_USER_ID == DECOY_USER_ID


@pytest.mark.parametrize("phc", ["", "plain", "$argon2id$", "$2b$12$notargon"])
def test_what_is_not_a_hash_matches_nothing(phc: str) -> None:
    assert not passwords.matches(phc, GOOD)


@pytest.mark.parametrize("address", ["ada@example.com", "ADA@Example.COM", "a+b@sub.example.co.uk", "o'neil@x-y.org"])
def test_addresses_own_accounts_in_lower_case(address: str) -> None:
    assert addresses.normalise(address) == address.lower()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@b",
        "@example.com",
        "a@@example.com",
        "a b@example.com",
        "a@-x.com",
        "a@x..com",
        "ä@example.com",
        "a@example.com\n",
        "a\0@example.com",
        "a@example.com,b@example.com",
        f"{'a' * 65}@example.com",
        f"a@{'b.' * 130}com",
    ],
)
def test_what_mail_cannot_reach_is_refused(address: str) -> None:
    with pytest.raises(BadRequest):
        addresses.normalise(address)


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_every_text_is_taken_or_refused_with_a_sentence(text: str) -> None:
    for rule in (lambda: passwords.check(passwords.normalise(text), ADDRESS, None), lambda: addresses.normalise(text)):
        assert sentence_of(rule).endswith(".")


def sentence_of(rule: Callable[[], object]) -> str:
    try:
        rule()
    except (BadRequest, WeakPassword) as refusal:
        return str(refusal)
    return "Taken."
