"""The one reader of the stack's configuration; its schema, with defaults, stands in `Pulumi.yaml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import pulumi

from contract import factors as kinds
from contract.limits import FactorLimits, SignInLimits

L = TypeVar("L", FactorLimits, SignInLimits)

ORIGIN = r"https://[^/\s]+|http://localhost(:\d+)?"
SAFE_URL = r"https://|http://127\.0\.0\.1[:/]"
MOST_FAILURES = 100
VERBS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS"


@dataclass(frozen=True)
class Provider:
    """Where a provider answers, and what it knows us by."""

    url: str
    credentials: Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One stage of one project."""

    project: str
    stage: str
    region: str
    retain: bool
    """Whether data outlives a mistake: protection, recovery windows and deletion follow this and nothing else."""
    confirm_email: bool
    mail_from: str
    """The address that SES sends from; empty if no mail is sent."""
    create_mail_identity: bool
    pool_sign_up: bool
    """Whether strangers may sign themselves up in the user pool."""
    migrate_users: bool
    """Whether users of the directory are taken into the pool when they sign in there."""
    cors_origins: tuple[str, ...]
    callback_urls: tuple[str, ...]
    domain_prefix: str
    """Of the pool's hosted pages; empty for one made from project, stage and account."""
    test_user: bool
    trusted_issuers: tuple[str, ...]
    """`ISSUER AUDIENCE` each: further OIDC issuers whose access tokens the gate accepts."""
    scope_grants: tuple[str, ...]
    """`SCOPE VERB PATH` each: what a scope opens on other APIs that use the gate."""
    second_factor: str
    """`optional` or `required`."""
    factors: tuple[str, ...]
    """The kinds that users may have, if the stack is given what they need."""
    message_countries: tuple[str, ...]
    """ISO 3166 codes of the countries whose phones may be sent texts and calls."""
    factor_limits: FactorLimits
    sign_in_limits: SignInLimits
    breached_passwords_url: str
    """Who is asked about breached passwords; empty for nobody."""
    display_name: str
    """What authenticator apps show beside the account."""
    authy: Provider | None
    verify: Provider | None
    passkey_rp_id: str
    passkey_origins: tuple[str, ...]
    log_retention_days: int
    key_rotation_days: int
    layer_platform: str
    """For which machine the layer is built: a platform of `uv`'s, or `host` for this one."""
    aws_endpoint: str
    """Where the embedded AWS answers; empty on AWS itself."""

    @property
    def vouches_for_users(self) -> bool:
        """The pool is told that migrated addresses are verified: they must have been. It asks for passwords alone."""
        return self.migrate_users and self.confirm_email and self.second_factor != "required"

    @property
    def offered(self) -> dict[str, dict[str, object]]:
        """Kind of factor → its settings, for the kinds that this stack can serve."""
        served: dict[str, dict[str, object]] = {kinds.TOTP: {}, kinds.RECOVERY: {}}
        if self.confirm_email:
            served[kinds.EMAIL] = {}
        if self.passkey_rp_id:
            served[kinds.PASSKEY] = {"rp_id": self.passkey_rp_id, "origins": self.passkey_origins}
        for kind, provider in ((kinds.AUTHY, self.authy), (kinds.VERIFY, self.verify)):
            if provider:
                served[kind] = {"url": provider.url, "countries": self.message_countries}
        return {kind: served[kind] for kind in kinds.KINDS if kind in self.factors and kind in served}

    @property
    def audience(self) -> str:
        """The `aud` of our tokens: the API of this stage and no other."""
        return f"{self.project}-{self.stage}"

    @property
    def tags(self) -> dict[str, str]:
        """On every resource that can be tagged."""
        return {"project": self.project, "stage": self.stage}


def load() -> Settings:
    """Read and check the configuration of the stack that is running. Raises `pulumi.RunError`."""
    config = pulumi.Config()
    settings = Settings(
        project=pulumi.get_project(),
        stage=pulumi.get_stack(),
        region=pulumi.Config("aws").require("region"),
        retain=config.require_bool("retain"),
        confirm_email=config.require_bool("confirmEmail"),
        mail_from=config.get("mailFrom") or "",
        create_mail_identity=config.require_bool("createMailIdentity"),
        pool_sign_up=config.require_bool("poolSignUp"),
        migrate_users=config.require_bool("migrateUsers"),
        cors_origins=tuple(config.require_object("corsOrigins")),
        callback_urls=tuple(config.require_object("callbackUrls")),
        domain_prefix=config.get("domainPrefix") or "",
        test_user=config.require_bool("testUser"),
        trusted_issuers=tuple(config.require_object("trustedIssuers")),
        scope_grants=tuple(config.require_object("scopeGrants")),
        second_factor=config.require("secondFactor"),
        factors=tuple(config.require_object("factors")),
        message_countries=tuple(config.require_object("messageCountries")),
        factor_limits=_limits(FactorLimits, "factorLimits", config.get_object("factorLimits") or {}),
        sign_in_limits=_limits(SignInLimits, "signInLimits", config.get_object("signInLimits") or {}),
        breached_passwords_url=_breached_passwords_url(config),
        display_name=config.require("displayName"),
        authy=_authy(config),
        verify=_verify(config),
        passkey_rp_id=config.get("passkeyRpId") or "",
        passkey_origins=tuple(config.require_object("passkeyOrigins")),
        log_retention_days=config.require_int("logRetentionDays"),
        key_rotation_days=config.require_int("keyRotationDays"),
        layer_platform=config.require("layerPlatform"),
        aws_endpoint=config.get("awsEndpoint") or "",
    )
    if settings.confirm_email and not settings.mail_from:
        raise pulumi.RunError(
            "mailFrom is not set: codes need an address to be sent from.\n"
            "  pulumi config set mailFrom you@example.com   or   pulumi config set confirmEmail false"
        )
    _check_lines("trustedIssuers", settings.trusted_issuers, r"https://\S+ \S+", "https://issuer.example.com AUDIENCE")
    _check_lines("scopeGrants", settings.scope_grants, rf"\S+ ({VERBS}|\*) \S+", "Books/read GET books/*")
    for provider in (settings.authy, settings.verify):
        if provider and not re.match(SAFE_URL, provider.url):
            raise pulumi.RunError(f"{provider.url} is not https: a provider would be sent codes and keys in the clear")
    _check_lines("passkeyOrigins", settings.passkey_origins, ORIGIN, "https://app.example.com")
    _check_factors(settings)
    return settings


def _check_factors(settings: Settings) -> None:
    if settings.second_factor not in ("optional", "required"):
        raise pulumi.RunError("secondFactor: either optional or required")
    unknown = sorted(set(settings.factors) - set(kinds.KINDS))
    if unknown:
        raise pulumi.RunError(f"factors: there is no {unknown[0]}; there are {', '.join(kinds.KINDS)}")
    if settings.second_factor == "required" and not set(settings.offered) & set(kinds.ENROLLED):
        raise pulumi.RunError("secondFactor is required, and no kind of it is offered: see factors")
    if bool(settings.passkey_rp_id) is not bool(settings.passkey_origins):
        raise pulumi.RunError("passkeyRpId and passkeyOrigins go together, as example.com and https://example.com")
    if (settings.authy or settings.verify) and not settings.message_countries:
        raise pulumi.RunError(
            "messageCountries is empty: name the countries whose phones may be sent codes, for these cost money.\n"
            "  pulumi config set --path 'messageCountries[0]' US"
        )
    _check_lines("messageCountries", settings.message_countries, "[A-Z]{2}", "US")


def _limits(shape: type[L], setting: str, given: Mapping[str, int]) -> L:
    known = {_camel(name): name for name in shape.__dataclass_fields__}
    for name, value in given.items():
        if name not in known or not isinstance(value, int) or value < 0:
            raise pulumi.RunError(f"{setting}: {name} is not one of {', '.join(known)}, with a number")
    if given.get("wrongPasswordsInARow", 0) > MOST_FAILURES:
        raise pulumi.RunError(f"{setting}: wrongPasswordsInARow is at most {MOST_FAILURES} (NIST SP 800-63B-4 §3.2.2)")
    return shape(**{known[name]: value for name, value in given.items()})


def _breached_passwords_url(config: pulumi.Config) -> str:
    """Where it is asked, if it is. A password's hash prefix must not go over the net in the clear."""
    if not config.require_bool("breachedPasswords"):
        return ""
    url = config.require("breachedPasswordsUrl").rstrip("/")
    if not re.match(SAFE_URL, url):
        raise pulumi.RunError(f"breachedPasswordsUrl: {url} is not https")
    return url


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _authy(config: pulumi.Config) -> Provider | None:
    key = config.get_secret("authyApiKey")
    return Provider(config.require("authyApiUrl").rstrip("/"), {"api_key": key}) if key else None


def _verify(config: pulumi.Config) -> Provider | None:
    """All three, or none."""
    account_sid, service_sid = config.get("twilioAccountSid"), config.get("twilioVerifyService")
    token = config.get_secret("twilioAuthToken")
    if not (account_sid or service_sid or token):
        return None
    if not (account_sid and service_sid and token):
        raise pulumi.RunError("twilioAccountSid, twilioAuthToken and twilioVerifyService go together; one is missing")
    credentials: dict[str, pulumi.Input[str]] = {
        "account_sid": account_sid,
        "auth_token": token,
        "service_sid": service_sid,
    }
    return Provider(config.require("twilioVerifyUrl").rstrip("/"), credentials)


def _check_lines(setting: str, lines: tuple[str, ...], pattern: str, example: str) -> None:
    for line in lines:
        if not re.fullmatch(pattern, line):
            raise pulumi.RunError(f"{setting}: `{line}` is not like `{example}`")
