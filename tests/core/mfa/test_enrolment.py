"""handlers.core.mfa.enrolment: factors are added and removed by their owner alone."""

from dataclasses import replace

import pyotp
import pytest

from handlers.core.mfa import enrolment
from handlers.core.mfa.factor_type import Enrolled, Proof
from handlers.errors import FactorExists, FactorNeeded, InvalidGrant, NoSuchFactor, StepUpRequired, TooMany, WrongCode
from tests.core.conftest import ADDRESS, World


def test_the_first_factor_needs_the_mailbox_where_mail_is_sent(world: World) -> None:
    with pytest.raises(StepUpRequired) as refused:
        enrolment.begin(world.services, world.session("pwd"), "totp", {})
    assert 'acr_values="mailbox"' in refused.value.headers["www-authenticate"]

    world.services.confirms_email = False
    assert enrolment.begin(world.services, world.session("pwd"), "totp", {}).factor.id == "totp"


def test_an_app_is_added_and_its_owner_is_told(world: World) -> None:
    world.add_totp()

    listed = enrolment.list_factors(world.services, world.user_id)
    assert [(one.id, one.confirmed) for one in listed.factors] == [("totp", True)]
    assert world.profile.second_factors == 1
    assert world.services.mails.subjects(ADDRESS) == ["Your second factors"]


def test_further_factors_need_a_sign_in_with_the_first(world: World) -> None:
    world.add_totp()

    with pytest.raises(StepUpRequired):
        enrolment.begin(world.services, world.session("pwd"), "totp", {})
    with pytest.raises(FactorExists):
        enrolment.begin(world.services, world.session("pwd", "otp", "mfa"), "totp", {})


def test_a_wrong_code_confirms_nothing_and_five_end_the_enrolment(world: World) -> None:
    caller = world.session("otp")
    app = pyotp.TOTP(enrolment.begin(world.services, caller, "totp", {}).shown["secret"])

    for _ in range(5):
        with pytest.raises(WrongCode):
            enrolment.confirm(world.services, caller, "totp", Proof("000000"))
    with pytest.raises(WrongCode):
        enrolment.confirm(world.services, caller, "totp", Proof(world.code(app)))
    assert world.profile.second_factors == 0


def test_an_enrolment_that_was_not_confirmed_in_time_is_gone(world: World) -> None:
    caller = world.session("otp")
    enrolment.begin(world.services, caller, "totp", {})
    world.services.clock += 600

    assert enrolment.list_factors(world.services, world.user_id).factors == []
    with pytest.raises(NoSuchFactor):
        enrolment.send_code(world.services, caller, "totp", "sms", "192.0.2.1")


def test_enrolments_are_limited_by_the_day(world: World) -> None:
    caller = world.session("otp")
    for _ in range(20):
        enrolment.begin(world.services, caller, "totp", {})

    with pytest.raises(TooMany):
        enrolment.begin(world.services, caller, "totp", {})


def test_a_session_that_is_over_changes_nothing(world: World) -> None:
    caller = world.session("otp")
    world.services.directory.end_all_sessions(world.user_id)

    with pytest.raises(InvalidGrant):
        enrolment.begin(world.services, caller, "totp", {})


def test_a_removed_factor_is_gone_and_its_owner_is_told(world: World) -> None:
    world.add_totp()
    caller = world.session("pwd", "otp", "mfa")

    enrolment.remove(world.services, caller, "totp")

    assert world.services.factors.of(world.user_id) == []
    assert world.services.mails.subjects(ADDRESS) == ["Your second factors"] * 2
    with pytest.raises(NoSuchFactor):
        enrolment.remove(world.services, caller, "totp")


def test_the_last_factor_stays_where_mfa_is_required(world: World) -> None:
    world.add_totp()
    world.services.requires_mfa = True

    with pytest.raises(FactorNeeded):
        enrolment.remove(world.services, world.session("pwd", "otp", "mfa"), "totp")


def test_recovery_codes_need_a_second_factor_and_replace_the_old_ones(world: World) -> None:
    with pytest.raises(NoSuchFactor):
        enrolment.make_recovery_codes(world.services, world.session("otp"))
    world.add_totp()
    caller = world.session("pwd", "otp", "mfa")

    first, second = (enrolment.make_recovery_codes(world.services, caller) for _ in range(2))

    assert len({*first, *second}) == 20
    assert enrolment.list_factors(world.services, world.user_id).recovery_codes_left == 10
    with pytest.raises(NoSuchFactor):
        enrolment.remove(world.services, caller, "recovery")


@pytest.mark.parametrize("kind", ["authy", "nothing"])
def test_types_that_the_stack_does_not_offer_are_refused(world: World, kind: str) -> None:
    with pytest.raises(NoSuchFactor):
        enrolment.begin(world.services, world.session("otp"), kind, {})


@pytest.mark.parametrize("factor_id", ["TOTP", "a", "x" * 65, "to tp"])
def test_an_id_that_cannot_be_one_is_refused(world: World, factor_id: str) -> None:
    with pytest.raises(NoSuchFactor):
        enrolment.confirm(world.services, world.session("otp"), factor_id, Proof("123456"))


def test_only_authy_users_are_exported_and_only_confirmed_factors_shown(world: World) -> None:
    world.add_totp()
    caller = world.session("pwd", "otp", "mfa")

    with pytest.raises(NoSuchFactor):
        enrolment.export(world.services, caller, "totp", "label")
    shown = enrolment.show_factor(world.services, world.user_id, "totp")
    assert (shown.factor.id, dict(shown.provider)) == ("totp", {})
    (factor,) = world.services.factors.of(world.user_id)
    world.services.data.factors[world.user_id, "totp"].value = replace(factor, confirmed=False)
    with pytest.raises(NoSuchFactor):
        enrolment.show_factor(world.services, world.user_id, "totp")
    assert isinstance(factor, Enrolled)
