"""The routes of multi-factor authentication: sign-in with factors, step-up, password reset, the caller's factors."""

from contract import factors, scopes
from contract.route import DEVICE, REFRESH_MODE, Public, Route, Session

RECENT_SECONDS = 300
"""The maximum age of a sign-in for changes of factors (our own choice; OWASP ASVS 5.0 §7.5.3 states no time)."""

OWN = (scopes.ACCOUNT, scopes.ENROL)
LOOK = Session(scopes=OWN)
CHANGE = Session(scopes=OWN, max_age=RECENT_SECONDS)

NO_SUCH: dict[int, str | None] = {404: "Problem"}
OF_PROVIDER: dict[int, str | None] = {**NO_SUCH, 502: "Problem"}
SENDING: dict[int, str | None] = {401: "Problem", **OF_PROVIDER}

MFA: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/signin/code",
        handler="signin/signin_code",
        summary="Start a sign-in without a password; a code is mailed to the address.",
        guard=Public(),
        is_guessable=True,
        body="Address",
        answers={202: "Challenge", **NO_SUCH},
        parameters=(DEVICE,),
    ),
    Route(
        method="POST",
        path="/signin/passkey",
        handler="signin/signin_passkey",
        summary="Start a sign-in with a passkey, without naming anybody.",
        guard=Public(),
        is_guessable=True,
        answers={202: "PasskeyChallenge", **NO_SUCH},
    ),
    Route(
        method="POST",
        path="/signin/factor",
        handler="signin/start_factor",
        summary="Choose a second factor: its message is sent, or its options are answered.",
        guard=Public(),
        is_guessable=True,
        body="StartFactor",
        answers={202: "Started", **SENDING},
    ),
    Route(
        method="POST",
        path="/signin/verify",
        handler="signin/verify_factor",
        summary="Present a code or a credential; without either, ask whether a push was approved.",
        guard=Public(),
        is_guessable=True,
        body="VerifyFactor",
        answers={200: "Tokens", 202: "MfaRequired", 409: "Problem", **SENDING},
        parameters=(DEVICE, REFRESH_MODE),
        headers={200: ("Set-Cookie",)},
    ),
    Route(
        method="POST",
        path="/stepup",
        handler="session/step_up",
        summary="Show again who you are, in the same session: by a second factor, or a mailed code, or the password.",
        guard=LOOK,
        is_guessable=True,
        body="StepUp",
        answers={200: "SteppedUp", 202: "MfaRequired", 409: "Problem", **SENDING},
        parameters=(DEVICE,),
    ),
    Route(
        method="POST",
        path="/password/forgot",
        handler="password/forgot_password",
        summary="Start a reset of the password; a code is mailed to the address.",
        guard=Public(),
        is_guessable=True,
        body="Address",
        answers={202: "Challenge", **NO_SUCH},
        parameters=(DEVICE,),
    ),
    Route(
        method="POST",
        path="/password/reset",
        handler="password/reset_password",
        summary="Set a new password with the mailed code, and the second factor where there is one. Ends all sessions.",
        guard=Public(),
        is_guessable=True,
        body="ResetPassword",
        answers={204: None, 202: "MfaRequired", 409: "Problem", **SENDING},
    ),
)


def _enrolling(kind: str, body: str | None, answer: str) -> Route:
    answers: dict[int, str | None] = {201: answer, 409: "Problem", **OF_PROVIDER}
    if kind == factors.AUTHY:  # answers as Authy does
        answers = {200: answer, 400: "AuthyProblem", 409: "Problem", **OF_PROVIDER}
    return Route(
        method="POST",
        path=f"/me/factors/{kind}",
        handler="factors/enrol_factor",
        variant=kind,
        summary=f"Begin to add a factor: {kind}.",
        guard=CHANGE,
        is_guessable=True,
        body=body,
        answers=answers,
    )


ACCOUNT_FACTORS: tuple[Route, ...] = (
    Route(
        method="GET",
        path="/me/factors",
        handler="factors/list_factors",
        summary="The caller's factors, masked.",
        guard=LOOK,
        answers={200: "Factors"},
    ),
    Route(
        method="GET",
        path="/me/factors/available",
        handler="factors/available_factors",
        summary="The kinds of factor that this stack offers.",
        guard=LOOK,
        answers={200: "Available"},
    ),
    Route(
        method="GET",
        path="/me/factors/{id}",
        handler="factors/show_factor",
        summary="One factor, with what its provider knows of it.",
        guard=LOOK,
        answers={200: "FactorDetails", **OF_PROVIDER},
    ),
    _enrolling(factors.TOTP, None, "NewTotp"),
    _enrolling(factors.PASSKEY, None, "NewPasskey"),
    _enrolling(factors.AUTHY, "NewAuthyUser", "AuthyUser"),
    _enrolling(factors.VERIFY, "NewPhone", "NewFactor"),
    Route(
        method="POST",
        path="/me/factors/{id}/code",
        handler="factors/send_factor_code",
        summary="Send the code that confirms a new factor.",
        guard=CHANGE,
        is_guessable=True,
        body="SendCode",
        answers={202: "Started", 409: "Problem", **OF_PROVIDER},
    ),
    Route(
        method="POST",
        path="/me/factors/{id}/confirm",
        handler="factors/confirm_factor",
        summary="Show that a new factor works; from then on it is asked for.",
        guard=CHANGE,
        is_guessable=True,
        body="Proof",
        answers={200: "Factor", 202: "Pending", 409: "Problem", **OF_PROVIDER},
    ),
    Route(
        method="POST",
        path="/me/factors/{id}/qr",
        handler="factors/factor_qr",
        summary="A QR code that brings the caller's Authy user into another authenticator app.",
        guard=CHANGE,
        is_guessable=True,
        answers={200: "Qr", 409: "Problem", **OF_PROVIDER},
    ),
    Route(
        method="DELETE",
        path="/me/factors/{id}",
        handler="factors/remove_factor",
        summary="Remove a factor.",
        guard=CHANGE,
        answers={204: None, 409: "Problem", **OF_PROVIDER},
    ),
    Route(
        method="POST",
        path="/me/recovery-codes",
        handler="factors/make_recovery_codes",
        summary="Ten new recovery codes, shown this once; those of before are void.",
        guard=CHANGE,
        answers={200: "RecoveryCodes", **NO_SUCH},
    ),
)
