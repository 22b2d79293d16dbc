"""Limits of wrong codes: counted by day and month for factor types whose codes can be guessed."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

from contract.events import AuthenticationRefused
from handlers.core.accounts import mailing
from handlers.core.accounts.users import Profile
from handlers.core.limits import messages
from handlers.core.limits.counters import Consume
from handlers.core.mfa.factor_type import Enrolled, Proof
from handlers.core.services import Services
from handlers.errors import ApiError, TooMany, WrongCode

T = TypeVar("T")


def counted(
    services: Services,
    factor: Enrolled,
    proof: Proof,
    consumes: Sequence[Consume],
    now: int,
    verify: Callable[[], T],
    on_wrong: Callable[[], None] = lambda: None,
) -> T:
    """Verify a proof, and count it if it is wrong. Raises `TooMany`, `WrongCode`.

    The code is counted before it is verified, and refunded unless it was wrong: a provider's fault is not the user's.
    """
    try:
        return _counted(services, factor, proof, consumes, now, verify, on_wrong)
    except (WrongCode, TooMany) as refusal:
        reason: Literal["wrong", "limit"] = "wrong" if isinstance(refusal, WrongCode) else "limit"
        services.events.emit(AuthenticationRefused(factor.kind, reason), factor.user_id)
        raise


def _counted(
    services: Services,
    factor: Enrolled,
    proof: Proof,
    consumes: Sequence[Consume],
    now: int,
    verify: Callable[[], T],
    on_wrong: Callable[[], None],
) -> T:
    type_ = services.factor_types.get(factor.kind)
    if proof.is_empty or type_ is None or not type_.is_guessable:
        return verify()
    services.counters.consume(consumes, now)
    try:
        outcome = verify()
    except WrongCode:
        on_wrong()
        raise
    except ApiError:
        services.counters.refund(consumes)
        raise
    services.counters.refund(consumes)
    return outcome


def tell_owner(services: Services, profile: Profile, now: int) -> None:
    """Tell the owner, once a day, that wrong codes came after the right password."""
    if services.mailer is None:
        return
    wrong = messages.wrong_codes(services.factor_limits, profile.user_id, now)
    if services.counters.count(wrong) == wrong.most:
        mailing.tell(services, profile, "wrong_codes")
