"""Fifty at once on one account, or on one address: one outcome, the safe one."""

import contextlib
import json
import time
from collections import Counter
from typing import Any

import httpx

from handlers.core.accounts import deletion, operators, passwords, user_import
from handlers.core.accounts.jobs import Job, JobKind
from handlers.errors import Contended, NoSuchUser
from sallyport.client.stack import inbox
from tests.proofs.test_account_kills import check_whole, run_jobs
from tests.proofs.test_races import CROWD, at_once, codes
from tests.support.account import Account
from tests.support.fake_providers import Providers
from tests.support.handlers import PASSWORD, Answer, Handlers, new_address

NEW_PASSWORD = "another long password of mine"


def signed_in(handlers: Handlers, providers: Providers) -> Account:
    account = Account(handlers.user(), providers)
    account.sign_in()
    return account


def proof(account: Account, address: str) -> dict[str, str]:
    begun = account.call("change_email", {"email": address}).body
    code = inbox.newest_code(account.handlers.stack.cloud.url, address)
    assert code
    return {"challenge_id": begun["challenge_id"], "code": code}


def services(handlers: Handlers) -> Any:
    return handlers.module("confirm_email").SERVICES


def test_two_accounts_that_want_one_address(handlers: Handlers, providers: Providers) -> None:
    address = new_address()
    accounts = [signed_in(handlers, providers) for _ in range(2)]
    proofs = [proof(account, address) for account in accounts]

    answers = at_once(lambda number: accounts[number % 2].call("confirm_email", proofs[number % 2]))

    assert Counter(answer.status for answer in answers)[204] == 1
    assert {answer.status for answer in answers} <= {204, 400, 503}
    owner = services(handlers).directory.owner_of(address)
    assert [account.user.id == owner for account in accounts].count(True) == 1
    run_jobs(None)
    for account in accounts:
        check_whole(account)


def test_a_change_of_address_beside_a_sign_up_of_it(handlers: Handlers, providers: Providers) -> None:
    address, account = new_address(), signed_in(handlers, providers)
    change = proof(account, address)
    challenge_id, code = handlers.sign_up(address)
    sign_up = {"challenge_id": challenge_id, "code": code}

    def act(number: int) -> Answer:
        return account.call("confirm_email", change) if number % 2 else handlers.call("confirm_signup", sign_up)

    answers = at_once(act)

    won = [answer.status for answer in answers if answer.status in (201, 204)]
    assert len(won) == 1
    assert (services(handlers).directory.owner_of(address) == account.user.id) is (won == [204])
    run_jobs(None)
    check_whole(account)


def test_fifty_new_passwords_leave_one_that_works(handlers: Handlers, providers: Providers) -> None:
    account = signed_in(handlers, providers)
    body = {"current_password": PASSWORD}

    answers = at_once(lambda number: account.call("change_password", {**body, "password": f"{NEW_PASSWORD} {number}"}))

    assert codes(answers)[204] == 1
    assert set(codes(answers)) <= {204, "try_again", "invalid_credentials", "invalid_grant", "too_many_requests"}
    winner = next(number for number, answer in enumerate(answers) if answer.status == 204)
    new = {"email": account.user.address, "password": f"{NEW_PASSWORD} {winner}"}
    assert handlers.call("signin", new).status == 200
    assert account.password().status == 401


def test_a_deletion_that_is_due_beside_sign_ins(handlers: Handlers, providers: Providers) -> None:
    """Either a sign-in has taken it back, or nobody is signed in and the user is gone."""
    account, known = signed_in(handlers, providers), services(handlers)
    job = Job(JobKind.DELETION, account.user.id, int(time.time()), 0)
    known.accounts.plan_deletion(known.directory.profile(account.user.id), job, disabled=False)
    jobs = handlers.module("run_jobs").SERVICES

    def act(number: int) -> Answer | None:
        if number % 5:
            return account.password()
        with contextlib.suppress(NoSuchUser, Contended):  # by another eraser; the job is done again
            deletion.carry_out(jobs, job)
        return None

    answers = [answer for answer in at_once(act) if answer is not None]

    statuses = Counter(answer.status for answer in answers)
    is_there = known.directory.profile(account.user.id) is not None
    assert set(statuses) <= {200, 401, 503}
    if is_there:
        assert statuses[200] >= 1
        assert account.password().status == 200
    else:
        assert account.password().status == 401
        assert not known.directory.sessions_of(account.user.id) or _is_nobody(known, account)
    check_whole_or_sessions(account)


def _is_nobody(known: Any, account: Account) -> bool:
    """Return whether no session that was left is alive."""
    sessions = known.directory.sessions_of(account.user.id)
    return not any(known.directory.live_session(account.user.id, one.id) for one in sessions)


def check_whole_or_sessions(account: Account) -> None:
    """A session that was stored beside the deletion opens nothing, and expires."""
    items = account.handlers.items()
    kinds = {item["pk"]["S"].partition("#")[0] for item in items if account.user.id in item["pk"]["S"]}
    assert "user" in kinds or kinds <= {"tombstone", "sessions", "places", "limit"}


def test_ending_all_sessions_beside_refreshes_leaves_none(handlers: Handlers, providers: Providers) -> None:
    account = signed_in(handlers, providers)
    tokens = [account.user.sign_in()["refresh_token"] for _ in range(5)]

    def act(number: int) -> Answer:
        if number == CROWD - 1:
            return account.call("end_sessions_all")
        return handlers.call("refresh", {"refresh_token": tokens[number % 5]})

    answers = at_once(act)

    assert answers[-1].status == 204
    left = [answer.body["refresh_token"] for answer in answers if answer.status == 200]
    assert {handlers.call("refresh", {"refresh_token": one}).status for one in (*left, *tokens)} == {401}


def test_a_role_that_is_taken_beside_refreshes_opens_nothing_afterwards(
    handlers: Handlers, providers: Providers
) -> None:
    """A token of that moment may name the scopes; it is refused, since the role does not give them now."""
    account, services = signed_in(handlers, providers), handlers.module("manage_users").SERVICES
    tokens = [account.user.sign_in()["refresh_token"] for _ in range(5)]

    def act(number: int) -> Answer | None:
        if number % 10 == 9:
            with contextlib.suppress(Contended):
                operators.change_roles(services, account.user.address, [], ["user"])
            return None
        return handlers.call("refresh", {"refresh_token": tokens[number % 5]})

    answers = [answer for answer in at_once(act) if answer is not None]

    assert {answer.status for answer in answers} <= {200, 503}
    issued = {answer.body["access_token"] for answer in answers if answer.status == 200}
    assert issued
    with httpx.Client(base_url=str(handlers.stack.state.outputs["api_url"]), timeout=60) as api:
        statuses = {api.get("/orders", headers={"Authorization": f"Bearer {one}"}).status_code for one in issued}
    assert statuses == {403}


def test_an_import_beside_a_sign_up_of_the_address(handlers: Handlers) -> None:
    address, known = new_address(), handlers.module("import_users").SERVICES
    challenge_id, code = handlers.sign_up(address)
    row = json.dumps({"email": address, "password_hash": passwords.hash_password(NEW_PASSWORD)}).encode()

    def act(number: int) -> object:
        if number % 2:
            return handlers.call("confirm_signup", {"challenge_id": challenge_id, "code": code}).status
        with contextlib.suppress(Contended):
            return user_import.import_rows(known, [row], dry_run=False)[0]
        return None

    outcomes = Counter(map(str, at_once(act)))

    assert outcomes["201"] + outcomes["imported"] == 1
    works = {
        password: handlers.call("signin", {"email": address, "password": password}).status
        for password in (PASSWORD, NEW_PASSWORD)
    }
    by_sign_up = {PASSWORD: 200, NEW_PASSWORD: 401}
    by_import = {PASSWORD: 401, NEW_PASSWORD: 200}
    assert works == (by_sign_up if outcomes["201"] else by_import)
    owned = [item["pk"]["S"] for item in handlers.items() if item.get("email", {}).get("S") == address]
    assert len([one for one in owned if one.startswith("user#")]) == 1
