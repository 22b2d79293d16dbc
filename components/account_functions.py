"""AccountFunctions: the functions of the caller's own account."""

import json

from components.directory_table import BATCH_GET, DELETE, GET, PUT, QUERY, UPDATE
from components.function import DEFAULT_MEMORY_MB, HASHING_MEMORY_MB, FunctionArgs, Variables
from components.mail import Mail
from components.mfa import MAIL, Mfa
from components.policy import Grant, Policy
from components.secret_store import SecretStore
from components.settings import Settings
from components.user_directory import UserDirectory
from contract import table


class AccountFunctions:
    """The functions of the account's routes. It declares no resources: the API creates `functions`."""

    def __init__(
        self, settings: Settings, secrets: SecretStore, directory: UserDirectory, mail: Mail | None, mfa: Mfa
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self._table = directory.table
        self._mail = mail
        self._mfa = mfa

    @property
    def functions(self) -> list[FunctionArgs]:
        """Return the functions of all routes but the export, which needs to know the applications."""
        mfa, settings = self._mfa, self._settings
        attributes = json.dumps(settings.profile_attributes)
        grace, cancels = settings.deletion_grace_days, settings.sign_in_cancels_deletion
        deletion = json.dumps({"grace_days": grace, "sign_in_cancels": cancels})
        return [
            self._args("account/me", self._read),
            self._args("account/change_profile", self._change_profile, {"PROFILE_ATTRIBUTES": attributes}),
            self._args(
                "account/change_password",
                self._change_password,
                {**mfa.sender, **mfa.breaches},
                memory_mb=HASHING_MEMORY_MB,
            ),
            self._args("account/change_email", self._change_email, mfa.sender),
            self._args("account/confirm_email", self._confirm_email),
            self._args("account/list_sessions", self._list_sessions),
            self._args("account/end_sessions", self._end_sessions),
            self._args("account/delete_account", self._delete, {**mfa.sender, "DELETION": deletion}),
            self._args("account/undo", self._undo),
        ]

    def _allow_session(self, policy: Policy) -> None:
        """Allow to read whether the session is alive now, whatever the authorizer has cached."""
        self._table.grant_items(policy, "ReadSession", [BATCH_GET], table.USER, table.SESSIONS)

    def _read(self, policy: Policy) -> None:
        self._table.grant_items(policy, "ReadUser", [GET], table.USER)

    def _change_profile(self, policy: Policy) -> None:
        self._allow_session(policy)
        self._table.grant_change_user(policy, "details")

    def _change_password(self, policy: Policy) -> None:
        self._allow_session(policy)
        self._table.grant_check_password(policy)
        self._secrets.grant_decrypt_passwords(policy)
        self._secrets.grant_encrypt_passwords(policy)
        self._table.grant_change_user(policy, "epoch")
        self._table.grant_items(policy, "KeepSession", [UPDATE], table.SESSIONS)
        self._table.grant_items(policy, "RememberPlace", [PUT], table.PLACES)
        self._allow_end_sessions(policy)
        self._allow_mail(policy)

    def _change_email(self, policy: Policy) -> None:
        self._allow_session(policy)
        self._table.grant_items(policy, "CountMail", [UPDATE], MAIL)
        self._table.grant_items(policy, "FindOwner", [GET], table.ADDRESS)
        self._table.grant_items(policy, "OpenChallenge", [PUT], table.CHALLENGE)
        self._secrets.grant_pepper(policy)
        self._allow_mail(policy)

    def _confirm_email(self, policy: Policy) -> None:
        self._allow_session(policy)
        self._table.grant_items(policy, "TryChallenge", [UPDATE, DELETE], table.CHALLENGE)
        self._table.grant_items(policy, "TakeAddress", [PUT, UPDATE], table.ADDRESS)
        self._table.grant_change_user(policy, "email", "initial", "epoch")
        self._table.grant_items(policy, "LeaveLinkAndJob", [PUT], table.LINKS, table.JOBS)
        self._secrets.grant_pepper(policy)

    def _list_sessions(self, policy: Policy) -> None:
        self._table.grant_items(policy, "ReadUser", [GET], table.USER)
        self._table.grant_items(policy, "ListSessions", [QUERY], table.SESSIONS)

    def _end_sessions(self, policy: Policy) -> None:
        self._allow_session(policy)
        self._table.grant_change_user(policy, "epoch")
        self._table.grant_items(policy, "KeepSession", [UPDATE], table.SESSIONS)
        self._allow_end_sessions(policy)

    def _delete(self, policy: Policy) -> None:
        self._allow_session(policy)
        self._table.grant_change_user(policy, "epoch", "disabled", "delete_at")
        self._table.grant_items(policy, "LeaveJob", [PUT], table.JOBS)
        self._allow_end_sessions(policy)
        self._allow_mail(policy)

    def _undo(self, policy: Policy) -> None:
        self._table.grant_items(policy, "ReadLink", [GET], table.LINKS)
        self._table.grant_items(policy, "VoidLaterLinks", [QUERY, DELETE], table.LINKS)
        self._table.grant_items(policy, "ReadUser", [GET], table.USER)
        self._table.grant_items(policy, "GiveAddressBack", [UPDATE, DELETE], table.ADDRESS)
        self._table.grant_change_user(policy, "email", "initial", "epoch", "delete_at", "deleting")
        self._table.grant_items(policy, "LeaveJob", [PUT, DELETE], table.JOBS)
        self._allow_end_sessions(policy)

    def _allow_end_sessions(self, policy: Policy) -> None:
        self._table.grant_items(policy, "EndSessions", [QUERY, DELETE], table.SESSIONS)

    def _allow_mail(self, policy: Policy) -> None:
        if self._mail:
            self._mail.grant_send(policy)

    def _args(
        self, handler: str, grant: Grant, more: Variables | None = None, *, memory_mb: int = DEFAULT_MEMORY_MB
    ) -> FunctionArgs:
        return FunctionArgs(
            handler=handler,
            environment={**self._mfa.environment, **(more or {})},
            grants=(grant, self._table.grant_key),
            memory_mb=memory_mb,
        )
