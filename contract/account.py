"""The routes of the caller's own account: profile, password, address, sessions, export, deletion."""

from contract.mfa import RECENT_SECONDS
from contract.route import DEVICE, Parameter, Public, Route, Session
from contract.scopes import ACCOUNT

OWN = Session(scopes=(ACCOUNT,))
RECENT = Session(scopes=(ACCOUNT,), max_age=RECENT_SECONDS)

OTHERS = Parameter(
    name="others",
    where="query",
    description="`true`: end all sessions but this one",
    schema={"type": "string", "enum": ["true", "false"]},
)

CHANGES: tuple[Route, ...] = (
    Route(
        method="GET",
        path="/me",
        handler="account/me",
        summary="The caller, with the profile.",
        guard=OWN,
        answers={200: "Me", 401: "Problem"},
    ),
    Route(
        method="PATCH",
        path="/me",
        handler="account/change_profile",
        summary="Change fields of the profile; `null` removes one.",
        guard=OWN,
        body="ChangeProfile",
        answers={200: "Me", 401: "Problem"},
    ),
    Route(
        method="PUT",
        path="/me/password",
        handler="account/change_password",
        summary="Set a new password: with the current one, or after a fresh mailed code or second factor.",
        guard=OWN,
        is_guessable=True,
        body="ChangePassword",
        answers={204: None, 401: "Problem"},
        parameters=(DEVICE,),
    ),
    Route(
        method="PUT",
        path="/me/email",
        handler="account/change_email",
        summary="Start a change of the address; a code is mailed to the new one.",
        guard=RECENT,
        is_guessable=True,
        body="Address",
        answers={202: "Challenge", 404: "Problem"},
        parameters=(DEVICE,),
    ),
    Route(
        method="POST",
        path="/me/email/confirm",
        handler="account/confirm_email",
        summary="Present the mailed code; from then on the new address signs in.",
        guard=OWN,
        is_guessable=True,
        body="ConfirmSignUp",
        answers={204: None},
    ),
    Route(
        method="GET",
        path="/me/sessions",
        handler="account/list_sessions",
        summary="The caller's sessions, the last used first.",
        guard=OWN,
        answers={200: "Sessions"},
    ),
    Route(
        method="DELETE",
        path="/me/sessions",
        handler="account/end_sessions",
        variant="all",
        summary="End all sessions of the caller, this one too unless `others` is `true`.",
        guard=OWN,
        answers={204: None, 400: "Problem"},
        parameters=(OTHERS,),
    ),
    Route(
        method="DELETE",
        path="/me/sessions/{id}",
        handler="account/end_sessions",
        summary="End a session of the caller; also if there is none of this id.",
        guard=OWN,
        answers={204: None, 400: "Problem"},
    ),
    Route(
        method="DELETE",
        path="/me",
        handler="account/delete_account",
        summary="Ask for the deletion of the account, which ends all sessions; the grace is the stack's setting.",
        guard=RECENT,
        answers={202: "DeletionRequested"},
    ),
    Route(
        method="GET",
        path="/undo",
        handler="account/undo",
        variant="page",
        summary="The page that a mailed link opens. Its script sends what stands after `#` to `POST /undo`.",
        guard=Public(),
        answers={200: None},
        headers={200: ("Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options")},
    ),
    Route(
        method="POST",
        path="/undo",
        handler="account/undo",
        summary="Follow a mailed link: take back a change of the address, or end a session.",
        guard=Public(),
        is_guessable=True,
        body="Undo",
        answers={204: None},
    ),
)

EXPORT = Route(
    method="GET",
    path="/me/export",
    handler="account/export_account",
    summary="Everything that is stored about the caller.",
    guard=RECENT,
    answers={200: "Export"},
)
