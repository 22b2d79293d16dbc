"""Mfa: the factor types that the stack offers, and the functions of factors and of multi-factor authentication."""

import pulumi

from components.directory_table import BATCH_GET, CHECK, DELETE, GET, PUT, QUERY, UPDATE
from components.function import (
    DEFAULT_MEMORY_MB,
    HASHING_MEMORY_MB,
    SIGN_IN_MEMORY_MB,
    SIGNING_MEMORY_MB,
    FunctionArgs,
    Variables,
)
from components.mail import Mail
from components.policy import Grant, Policy
from components.secret_store import SecretStore
from components.settings import Settings
from components.user_directory import UserDirectory
from contract import table

PROVIDER_MEMORY_MB = 512
PROVIDER_SECONDS = 14  # enough to wait for a provider, and to say that it cannot be reached


CODES, MESSAGES, MAIL, ENROLMENTS = (
    f"{table.LIMIT}{counters}"
    for counters in (table.CODE_COUNTERS, table.MESSAGE_COUNTERS, table.MAIL_COUNTERS, table.ENROLMENT_COUNTERS)
)


class Mfa:
    """The factor types of the stack. It declares no resources: the API creates `functions`."""

    def __init__(self, settings: Settings, secrets: SecretStore, directory: UserDirectory, mail: Mail | None) -> None:
        self._secrets = secrets
        self._directory = directory
        self._table = directory.table
        self._mail = mail
        self._has_authy = settings.authy is not None
        self.offer: Variables = {"FACTORS": self._offered(settings), "SECOND_FACTOR": settings.second_factor}
        self.sender: Variables = _sender(settings, mail) if mail else {}
        url = settings.breached_passwords_url
        self.breaches: Variables = {"BREACHED_PASSWORDS_URL": url} if url else {}
        self.environment: Variables = {
            **directory.environment,
            **self.offer,
            "CONFIRM_EMAIL": "true" if mail else "false",
            "FACTOR_LIMITS": settings.factor_limits_json,
            "DISPLAY_NAME": settings.display_name,
        }

    def functions(self, issuer: Variables) -> list[FunctionArgs]:
        """Return the functions of factors and MFA. `issuer` is the environment of those that issue tokens."""
        mail, breaches = self.sender, self.breaches
        signing, hashing, provider = SIGNING_MEMORY_MB, HASHING_MEMORY_MB, PROVIDER_MEMORY_MB
        return [
            self._args("signin/signin_code", self._mail_codes, mail),
            self._args("password/forgot_password", self._mail_codes, mail),
            self._args("signin/signin_passkey", self._open_challenges, memory_mb=provider),
            self._args("signin/start_factor", self._start, memory_mb=provider),
            self._args("signin/verify_factor", self._verify, {**issuer, **mail}, memory_mb=signing),
            self._args("session/step_up", self._step_up, {**issuer, **mail}, memory_mb=SIGN_IN_MEMORY_MB),
            self._args("password/reset_password", self._reset, {**mail, **breaches}, memory_mb=hashing),
            self._args("factors/list_factors", self._list),
            FunctionArgs(handler="factors/available_factors", environment=self.offer),
            self._args("factors/show_factor", self._ask_authy, memory_mb=provider),
            self._args("factors/factor_qr", self._export, mail, memory_mb=provider),
            self._args("factors/enrol_factor", self._enrol, memory_mb=provider),
            self._args("factors/send_factor_code", self._send_code, memory_mb=provider),
            self._args("factors/confirm_factor", self._confirm, mail, memory_mb=provider),
            self._args("factors/remove_factor", self._remove, mail, memory_mb=provider),
            self._args("factors/make_recovery_codes", self._recovery_codes, mail),
        ]

    def grant_require(self, policy: Policy) -> None:
        """Allow to read which factors a user has, and open a challenge for them."""
        self._table.grant_items(policy, "ReadFactors", [QUERY], table.FACTORS)
        self._table.grant_items(policy, "OpenChallenge", [PUT], table.CHALLENGE)

    def grant_remove(self, policy: Policy) -> None:
        """Allow to remove a user's factors, also at Authy, and tell the user."""
        self._table.grant_items(policy, "RemoveFactors", [QUERY, DELETE], table.FACTORS)
        self._allow_authy(policy, binds=False)
        self._allow_mail(policy)

    def grant_forget_authy(self, policy: Policy) -> None:
        """Allow to have Authy delete its user, and unlink that user."""
        if self._has_authy:
            self._secrets.grant_credentials(policy, "authy")
            self._table.grant_items(policy, "UnlinkAuthy", [UPDATE], table.AUTHY)

    def _mail_codes(self, policy: Policy) -> None:
        self._table.grant_items(policy, "CountMail", [UPDATE], MAIL)
        self._table.grant_items(policy, "FindOwner", [GET], table.ADDRESS)
        self._allow_user(policy)
        self._table.grant_items(policy, "OpenChallenge", [PUT], table.CHALLENGE)
        self._secrets.grant_pepper(policy)
        self._allow_mail(policy)

    def _open_challenges(self, policy: Policy) -> None:
        self._table.grant_items(policy, "OpenChallenge", [PUT], table.CHALLENGE)

    def _start(self, policy: Policy) -> None:
        self._allow_user(policy)
        self._table.grant_items(policy, "TryChallenge", [UPDATE], table.CHALLENGE)
        self._table.grant_items(policy, "ReadFactors", [QUERY], table.FACTORS)
        self._table.grant_items(policy, "CountMessages", [GET, PUT, UPDATE], MESSAGES)
        self._allow_providers(policy)

    def _verify(self, policy: Policy) -> None:
        self._allow_user(policy)
        self._allow_verification(policy)
        self._table.grant_start_session(policy)
        self._secrets.grant_sign(policy)
        self._secrets.grant_pepper(policy)
        self._allow_mail(policy)

    def _step_up(self, policy: Policy) -> None:
        self._table.grant_check_password(policy)
        self._table.grant_items(policy, "CountMail", [UPDATE], MAIL)
        self._secrets.grant_decrypt_passwords(policy)
        self._secrets.grant_encrypt_passwords(policy)
        self._allow_session(policy)
        self._table.grant_items(policy, "OpenChallenge", [PUT], table.CHALLENGE)
        self._table.grant_items(policy, "StepUpSession", [UPDATE], table.SESSIONS)
        self._allow_verification(policy)
        self._secrets.grant_sign(policy)
        self._allow_mail(policy)

    def _reset(self, policy: Policy) -> None:
        self._allow_user(policy)
        self._allow_verification(policy)
        self._table.grant_items(policy, "SetPassword", [UPDATE], table.CREDENTIAL)
        self._table.grant_items(policy, "ForgetPlaces", [DELETE], table.PLACES)
        self._table.grant_change_user(policy, "epoch")
        self._table.grant_items(policy, "EndSessions", [QUERY, DELETE], table.SESSIONS)
        self._secrets.grant_encrypt_passwords(policy)
        self._allow_mail(policy)

    def _list(self, policy: Policy) -> None:
        self._table.grant_items(policy, "ReadFactors", [QUERY], table.FACTORS)

    def _ask_authy(self, policy: Policy) -> None:
        self._table.grant_items(policy, "ReadFactors", [QUERY], table.FACTORS)
        self._allow_authy(policy)

    def _export(self, policy: Policy) -> None:
        self._allow_session(policy)
        self._ask_authy(policy)
        self._allow_mail(policy)

    def _enrol(self, policy: Policy) -> None:
        self._allow_session(policy)
        self._table.grant_items(policy, "AddFactor", [QUERY, PUT], table.FACTORS)
        self._table.grant_items(policy, "CountEnrolments", [UPDATE], ENROLMENTS)
        self._secrets.grant_encrypt_factors(policy)
        self._secrets.grant_decrypt_factors(policy)
        if self._has_authy:
            self._table.grant_items(policy, "LinkAuthy", [UPDATE], table.FACTORS, table.AUTHY)
            self._table.grant_items(policy, "UndoEnrolment", [DELETE], table.FACTORS)
            self._secrets.grant_credentials(policy, "authy")

    def _send_code(self, policy: Policy) -> None:
        self._allow_session(policy)
        self._table.grant_items(policy, "StartConfirmation", [QUERY, UPDATE], table.FACTORS)
        self._table.grant_items(policy, "CountMessages", [GET, PUT, UPDATE], MESSAGES)
        self._allow_providers(policy)

    def _confirm(self, policy: Policy) -> None:
        """Allow to confirm a factor. `KeepSession`: the first factor ends every session but the one that adds it."""
        self._allow_session(policy)
        self._table.grant_change_user(policy, "epoch", "second_factors")
        self._table.grant_items(policy, "KeepSession", [UPDATE], table.SESSIONS)
        self._table.grant_items(policy, "ConfirmFactor", [QUERY, UPDATE, PUT], table.FACTORS)
        self._table.grant_items(policy, "SpendCode", [PUT], table.SPENT)
        self._table.grant_items(policy, "CountCodes", [UPDATE], CODES, MESSAGES)
        self._secrets.grant_encrypt_factors(policy)  # of a passkey, whose key comes with the proof
        self._allow_providers(policy, encrypts=False)
        self._allow_mail(policy)

    def _remove(self, policy: Policy) -> None:
        self._allow_session(policy)
        self._table.grant_change_user(policy, "epoch", "second_factors")
        self.grant_remove(policy)

    def _recovery_codes(self, policy: Policy) -> None:
        self._allow_session(policy)
        self._table.grant_items(policy, "CheckUser", [CHECK], table.USER)
        self._table.grant_items(policy, "ReplaceRecoveryCodes", [PUT], table.FACTORS)
        self._allow_mail(policy)

    def _allow_user(self, policy: Policy) -> None:
        """Allow to read a user, and the places that the user has signed in from."""
        self._table.grant_items(policy, "ReadUserAndPlaces", [BATCH_GET], table.USER, table.PLACES)

    def _allow_session(self, policy: Policy) -> None:
        """Allow to read whether the session is alive now, whatever the authorizer has cached."""
        self._table.grant_items(policy, "ReadSession", [BATCH_GET], table.USER, table.SESSIONS)

    def _allow_verification(self, policy: Policy) -> None:
        """Allow to verify proofs, and use them up together with their challenge."""
        self._table.grant_items(policy, "TryChallenge", [UPDATE, DELETE], table.CHALLENGE)
        self._table.grant_items(policy, "UseFactor", [QUERY, UPDATE, CHECK], table.FACTORS)
        self._table.grant_items(policy, "SpendCode", [PUT], table.SPENT)
        self._table.grant_items(policy, "CountCodes", [UPDATE], CODES, MESSAGES)
        self._allow_providers(policy)

    def _allow_providers(self, policy: Policy, *, encrypts: bool = True) -> None:
        """Allow to decrypt secrets of factors, and call the providers."""
        if not self._has_authy:
            self._secrets.grant_decrypt_factors(policy)
        self._allow_authy(policy, encrypts=encrypts)
        self._secrets.grant_credentials(policy, "verify")

    def _allow_authy(self, policy: Policy, *, binds: bool = True, encrypts: bool = True) -> None:
        """Allow to call Authy; a user that Authy has lost is created and linked again."""
        if not self._has_authy:
            return
        self._secrets.grant_decrypt_factors(policy)
        self._secrets.grant_credentials(policy, "authy")
        linked = (table.FACTORS, table.AUTHY) if binds else (table.AUTHY,)
        self._table.grant_items(policy, "LinkAuthy", [UPDATE], *linked)
        if binds and encrypts:
            self._secrets.grant_encrypt_factors(policy)

    def _allow_mail(self, policy: Policy) -> None:
        if self._mail:
            self._mail.grant_send(policy)

    def _args(
        self, handler: str, grant: Grant, more: Variables | None = None, *, memory_mb: int = DEFAULT_MEMORY_MB
    ) -> FunctionArgs:
        return FunctionArgs(
            handler=handler,
            environment={**self.environment, **(more or {})},
            grants=(grant, self._table.grant_key),
            memory_mb=memory_mb,
            libraries="factors",
            timeout_seconds=PROVIDER_SECONDS,
        )

    def _offered(self, settings: Settings) -> pulumi.Output[str]:
        """Return factor type → settings as JSON: with the ids of secrets, never their values."""
        ids = {name: secret.id for name, secret in self._secrets.credentials.items()}
        offered = {
            type_: {**given, "secret_id": ids[type_]} if type_ in ids else given
            for type_, given in settings.offered.items()
        }
        return pulumi.Output.json_dumps(offered)


def _sender(settings: Settings, mail: Mail) -> Variables:
    """Return the environment of functions that send mail: with the site's origin, if a setting gives it."""
    site = {"SITE_URL": settings.site_origin} if settings.site_origin else {}
    return {"MAIL_FROM": mail.sender, "DISPLAY_NAME": settings.display_name, **site}
