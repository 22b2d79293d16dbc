"""SecondGate: which factors the stack offers, and what each function behind the second gate may do."""

import json
from collections.abc import Callable

import pulumi

from components.function import Function, Spec
from components.mail import Mail
from components.secret_store import SecretStore
from components.settings import Settings
from components.user_directory import HASHING_MEMORY_MB, UserDirectory

SIGNING_MEMORY_MB = 1024
PROVIDER_MEMORY_MB = 512
PROVIDER_SECONDS = 14  # a provider that does not answer is waited for, and then said to be out of reach
GET, PUT, UPDATE, DELETE = "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"
QUERY, CHECK, BATCH_GET = "dynamodb:Query", "dynamodb:ConditionCheckItem", "dynamodb:BatchGetItem"


class SecondGate:
    """Makes nothing by itself; `specs` is what the API gives to the functions of the second gate."""

    def __init__(self, settings: Settings, secrets: SecretStore, directory: UserDirectory, mail: Mail | None) -> None:
        self._secrets = secrets
        self._directory = directory
        self._mail = mail
        self._has_authy = settings.authy is not None
        self.policy: dict[str, pulumi.Input[str]] = {
            "FACTORS": self._offered(settings),
            "SECOND_FACTOR": settings.second_factor,
        }
        self.sender: dict[str, pulumi.Input[str]] = {"MAIL_FROM": mail.sender} if mail else {}
        self.sign_in_limits: dict[str, pulumi.Input[str]] = {
            "SIGN_IN_LIMITS": json.dumps(vars(settings.sign_in_limits)),
        }
        url = settings.breached_passwords_url
        self.breaches: dict[str, pulumi.Input[str]] = {"BREACHED_PASSWORDS_URL": url} if url else {}
        self.environment: dict[str, pulumi.Input[str]] = {
            **self.policy,
            "TABLE_NAME": directory.table_name,
            "KEY_ARN": secrets.key_arn,
            "PEPPER_SECRET_ID": secrets.pepper_id,
            "PROVES_MAILBOX": "true" if mail else "false",
            "FACTOR_LIMITS": json.dumps(vars(settings.factor_limits)),
            "DISPLAY_NAME": settings.display_name,
        }

    def specs(self, door: dict[str, pulumi.Input[str]]) -> dict[str, Spec]:
        """Handler → what its function is given. `door` is the environment of those that hand out tokens."""
        own, mail, limits = self.environment, self.sender, self.sign_in_limits
        signing, hashing, provider = SIGNING_MEMORY_MB, HASHING_MEMORY_MB, PROVIDER_MEMORY_MB
        return {
            "signin_code": self._spec(self._mail_codes, {**own, **mail, **limits}, 256),
            "forgot_password": self._spec(self._mail_codes, {**own, **mail, **limits}, 256),
            "signin_passkey": self._spec(self._open_challenges, own, provider),
            "start_factor": self._spec(self._start, own, provider),
            "verify_factor": self._spec(self._verify, {**own, **door, **mail}, signing),
            "step_up": self._spec(self._step_up, {**own, **door, **mail, **limits}, hashing),
            "reset_password": self._spec(self._reset, {**own, **mail, **self.breaches}, hashing),
            "list_factors": self._spec(self._list, own, 256),
            "available_factors": Spec(environment=self.policy),
            "show_factor": self._spec(self._ask_authy, own, provider),
            "factor_qr": self._spec(self._export, {**own, **mail}, provider),
            "enrol_factor": self._spec(self._enrol, own, provider),
            "send_factor_code": self._spec(self._send_code, own, provider),
            "confirm_factor": self._spec(self._confirm, {**own, **mail}, provider),
            "remove_factor": self._spec(self._remove, {**own, **mail}, provider),
            "make_recovery_codes": self._spec(self._recovery_codes, {**own, **mail}, 256),
        }

    def grant_open(self, function: Function) -> None:
        """See which factors a user has, and open a challenge for them."""
        self._items(function, "factors", [QUERY], "factors#*")
        self._items(function, "challenge", [PUT], "challenge#*")

    def grant_remove(self, function: Function) -> None:
        """Take a user's factors away, at Authy too, and tell them."""
        self._items(function, "factors", [QUERY, DELETE], "factors#*")
        self._authy(function, binds=False)
        self._send_mail(function)

    def _mail_codes(self, function: Function) -> None:
        self._items(function, "count", [UPDATE], "limit#mail:*")
        self._items(function, "find-owner", [GET], "address#*")
        self._person(function)
        self._items(function, "challenge", [PUT], "challenge#*")
        self._secrets.grant_pepper(function)
        self._send_mail(function)

    def _open_challenges(self, function: Function) -> None:
        self._items(function, "challenge", [PUT], "challenge#*")

    def _start(self, function: Function) -> None:
        self._person(function)
        self._items(function, "challenge", [UPDATE], "challenge#*")
        self._items(function, "factors", [QUERY], "factors#*")
        self._items(function, "count", [GET, PUT, UPDATE], "limit#sent:*")
        self._providers(function)

    def _verify(self, function: Function) -> None:
        self._person(function)
        self._pass(function)
        self._directory.grant_start_session(function)
        self._secrets.grant_sign(function)
        self._secrets.grant_pepper(function)
        self._send_mail(function)

    def _step_up(self, function: Function) -> None:
        self._directory.grant_judge_password(function)
        self._items(function, "count-mail", [UPDATE], "limit#mail:*")
        self._secrets.grant_unseal(function)
        self._secrets.grant_seal(function)
        self._live(function)
        self._items(function, "challenge-open", [PUT], "challenge#*")
        self._items(function, "strengthen", [UPDATE], "sessions#*")
        self._pass(function)
        self._secrets.grant_sign(function)
        self._send_mail(function)

    def _reset(self, function: Function) -> None:
        self._person(function)
        self._pass(function)
        self._items(function, "password", [UPDATE], "credential#*")
        self._items(function, "places", [DELETE], "places#*")
        self._directory.grant_change_user(function, "new-epoch", "epoch")
        self._items(function, "sessions", [QUERY, DELETE], "sessions#*")
        self._secrets.grant_seal(function)
        self._send_mail(function)

    def _list(self, function: Function) -> None:
        self._items(function, "factors", [QUERY], "factors#*")

    def _ask_authy(self, function: Function) -> None:
        self._items(function, "factors", [QUERY], "factors#*")
        self._authy(function)

    def _export(self, function: Function) -> None:
        self._live(function)
        self._ask_authy(function)
        self._send_mail(function)

    def _enrol(self, function: Function) -> None:
        self._live(function)
        self._items(function, "factors", [QUERY, PUT], "factors#*")
        self._items(function, "count", [UPDATE], "limit#enrolments:*")
        self._secrets.grant_seal_factors(function)
        self._secrets.grant_unseal_factors(function)
        if self._has_authy:
            self._items(function, "bind", [UPDATE], "factors#*", "authy#*")
            self._items(function, "undo", [DELETE], "factors#*")
            self._secrets.grant_credentials(function, "authy")

    def _send_code(self, function: Function) -> None:
        self._live(function)
        self._items(function, "factors", [QUERY, UPDATE], "factors#*")
        self._items(function, "count", [GET, PUT, UPDATE], "limit#sent:*")
        self._providers(function)

    def _confirm(self, function: Function) -> None:
        self._live(function)
        self._directory.grant_change_user(function, "user", "epoch", "second_factors")
        self._items(function, "session", [UPDATE], "sessions#*")  # of the first factor: it goes along
        self._items(function, "factors", [QUERY, UPDATE, PUT], "factors#*")
        self._items(function, "spent", [PUT], "spent#*")
        self._items(function, "count", [UPDATE], "limit#codes:*", "limit#sent:*")
        self._secrets.grant_seal_factors(function)  # of a passkey that was made
        self._providers(function, seals=False)
        self._send_mail(function)

    def _remove(self, function: Function) -> None:
        self._live(function)
        self._directory.grant_change_user(function, "user", "epoch", "second_factors")
        self.grant_remove(function)

    def _recovery_codes(self, function: Function) -> None:
        self._live(function)
        self._items(function, "user", [CHECK], "user#*")
        self._items(function, "factors", [PUT], "factors#*")
        self._send_mail(function)

    def _person(self, function: Function) -> None:
        """Read a user, and the places that they have signed in from."""
        self._items(function, "person", [BATCH_GET], "user#*", "places#*")

    def _live(self, function: Function) -> None:
        """See whether the session is alive now, whatever the gate remembers."""
        self._items(function, "live", [BATCH_GET], "user#*", "sessions#*")

    def _pass(self, function: Function) -> None:
        """Judge proofs, and use them up together with their challenge."""
        self._items(function, "challenge", [UPDATE, DELETE], "challenge#*")
        self._items(function, "factors", [QUERY, UPDATE, CHECK], "factors#*")
        self._items(function, "spent", [PUT], "spent#*")
        self._items(function, "count", [UPDATE], "limit#codes:*", "limit#sent:*")
        self._providers(function)

    def _providers(self, function: Function, *, seals: bool = True) -> None:
        """Open secrets of factors, and ask providers."""
        if not self._has_authy:
            self._secrets.grant_unseal_factors(function)
        self._authy(function, seals=seals)
        self._secrets.grant_credentials(function, "verify")

    def _authy(self, function: Function, *, binds: bool = True, seals: bool = True) -> None:
        """Ask Authy; a user that is gone there is made and bound again."""
        if not self._has_authy:
            return
        self._secrets.grant_unseal_factors(function)
        self._secrets.grant_credentials(function, "authy")
        bound = ("factors#*", "authy#*") if binds else ("authy#*",)
        self._items(function, "bind", [UPDATE], *bound)
        if binds and seals:
            self._secrets.grant_seal_factors(function)

    def _send_mail(self, function: Function) -> None:
        if self._mail:
            self._mail.grant_send(function)

    def _items(self, function: Function, what: str, actions: list[str], *partitions: str) -> None:
        function.allow_items(what, actions, self._directory.table.arn, partitions)

    def _spec(
        self, grant: Callable[[Function], None], environment: dict[str, pulumi.Input[str]], memory_mb: int
    ) -> Spec:
        grants = (grant, lambda function: self._secrets.grant_table(function, self._directory.table_name))
        return Spec(
            environment=environment,
            grants=grants,
            memory_mb=memory_mb,
            libraries="factors",
            timeout_seconds=PROVIDER_SECONDS,
        )

    def _offered(self, settings: Settings) -> pulumi.Output[str]:
        """With the names of the secrets, never what is in them."""
        ids = {name: secret.id for name, secret in self._secrets.credentials.items()}
        offered = {
            kind: {**given, "secret_id": ids[kind]} if kind in ids else given
            for kind, given in settings.offered.items()
        }
        return pulumi.Output.json_dumps(offered)
