"""Outcomes of the rules as responses of the contract."""

from dataclasses import replace
from typing import Any

from contract import responses
from handlers.adapters import refresh_cookie
from handlers.adapters.http import Request, Response, device_cookie
from handlers.core.accounts.export import PersonalData
from handlers.core.accounts.mailed_codes import MailedCode
from handlers.core.accounts.signup import Created
from handlers.core.accounts.users import Profile
from handlers.core.limits.places import Place
from handlers.core.mfa.factor_type import Enrolled
from handlers.core.mfa.verification import MfaRequired, StartedFactor
from handlers.core.services import Services
from handlers.core.sessions.issue import SignedIn
from handlers.core.sessions.sessions import Session
from handlers.core.sessions.sign_in import EnrolmentRequired, SignInOutcome
from handlers.core.timestamps import timestamp
from handlers.core.tokens.access_tokens import AccessToken

BEARER = "Bearer"
PENDING = Response(202, responses.Pending())


def sign_in(services: Services, outcome: SignInOutcome, request: Request, place: Place) -> Response:
    """Return 200 with tokens and the device's cookie, or 202 with what comes next."""
    match outcome:
        case SignedIn():
            answer = tokens(outcome, request)
            return replace(answer, cookies=(*answer.cookies, device_cookie(place)))
        case MfaRequired():
            return mfa_required(services, outcome)
        case EnrolmentRequired(AccessToken(token, expires_in)):
            body = responses.MfaRequired(
                enrol_required=True, access_token=token, token_type=BEARER, expires_in=expires_in
            )
            return Response(202, body, reason="enrol_required")


def tokens(signed_in: SignedIn, request: Request) -> Response:
    """Return 200 with the two tokens of a session (RFC 6749 §5.1)."""
    access = signed_in.access
    if refresh_cookie.is_wanted(request):
        cookie = refresh_cookie.made(request, signed_in)
        return Response(200, responses.Tokens(access.token, access.expires_in), cookies=(cookie,))
    return Response(200, responses.Tokens(access.token, access.expires_in, signed_in.refresh_token))


def stepped_up(access: AccessToken) -> Response:
    """Return 200 with a new access token."""
    return Response(200, responses.SteppedUp(access.token, access.expires_in))


def mfa_required(services: Services, outcome: MfaRequired) -> Response:
    """Return 202 with the second factors to choose from."""
    body = responses.MfaRequired(
        challenge_id=outcome.challenge_id,
        expires_in=outcome.expires_in,
        factors=[factor(services, one) for one in outcome.factors],
    )
    return Response(202, body, reason="mfa_required")


def mailed_code(code: MailedCode) -> Response:
    """Return 202 with a challenge whose code is on its way."""
    return Response(202, responses.Challenge(code.challenge_id, code.expires_in))


def created(user: Created) -> Response:
    """Return 201 with a new user."""
    return Response(201, responses.Created(responses.User(user.user_id)))


def started(factor: StartedFactor) -> Response:
    """Return 202 for a factor that waits for its proof."""
    options = dict(factor.started.options) if factor.started.options else None
    return Response(202, responses.Started(factor.factor.id, factor.expires_in, factor.factor.hint, options))


def factor(services: Services, enrolled: Enrolled) -> responses.Factor:
    """Return a factor as its owner may see it."""
    type_ = services.factor_types.get(enrolled.kind)
    return responses.Factor(
        id=enrolled.id,
        kind=enrolled.kind,
        hint=enrolled.hint,
        confirmed=enrolled.confirmed,
        created_at=timestamp(enrolled.created_at),
        channels=list(type_.channels) if type_ else [],
    )


def me(profile: Profile, message: str) -> Response:
    """Return 200 with the caller."""
    body = responses.Me(
        message=message,
        id=profile.user_id,
        email=profile.email,
        roles=list(profile.roles),
        second_factors=profile.second_factors,
        **_details(profile),
    )
    return Response(200, body)


def session(one: Session, current: str) -> responses.Session:
    """Return a session as its owner sees it; `current` is the id of the one that asks."""
    return responses.Session(
        id=one.id,
        device=one.device,
        network=one.network,
        created_at=timestamp(one.created_at),
        last_used_at=timestamp(one.rotated_at),
        expires_at=timestamp(min(one.expires_at, one.rotated_at + one.idle_seconds)),
        amr=list(one.amr),
        current=one.id == current,
    )


def exported(services: Services, data: PersonalData, current: str) -> Response:
    """Return 200 with everything that is stored about the caller."""
    profile = data.profile
    user = responses.ExportedUser(
        id=profile.user_id,
        email=profile.email,
        roles=list(profile.roles),
        created_at=timestamp(profile.created_at) if profile.created_at else None,
        **_details(profile),
    )
    links = [responses.ExportedLink(one.purpose.value, one.about, timestamp(one.expires_at)) for one in data.links]
    body = responses.Export(
        format="sallyport.export.v1",
        exported_at=timestamp(services.now()),
        user=user,
        sessions=[session(one, current) for one in data.sessions],
        factors=[factor(services, one) for one in data.factors],
        recovery_codes_left=data.recovery_codes_left,
        known_places=[timestamp(seen) for seen in sorted(data.places.seen.values(), reverse=True)],
        links=links,
        applications=dict(data.applications),
    )
    return Response(200, body)


def _details(profile: Profile) -> dict[str, Any]:
    details = profile.details
    fields = {"name": details.name, "locale": details.locale, "picture": details.picture}
    return {**fields, "attributes": dict(details.attributes) or None}
