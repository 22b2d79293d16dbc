"""The one reader of the stack's configuration; its schema, with defaults, stands in `Pulumi.yaml`."""

import json
import platform
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import pulumi

from components.configuration import Configuration
from contract import factors as kinds
from contract.limits import FactorLimits, SignInLimits

LAMBDA_PYTHON = "3.13"
LOCAL = "local"
MOST_CALLBACKS = 100

DOMAIN = r"localhost|([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])"
ADDRESS = rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@({DOMAIN})"
PORT = r"[1-9]\d{0,4}"
ORIGIN = rf"https://({DOMAIN})(:(?!443$){PORT})?|http://(localhost|127\.0\.0\.1)(:(?!80$){PORT})?"
AN_ORIGIN = "an origin: https, a host in small letters, a port if it is another than 443, no path; http for localhost"
CALLBACK = (
    r"https://[^\s#]+|http://localhost(:\d+)?(/[^\s#]*)?|(?!https?:|javascript:|data:|file:)[a-z][a-z0-9+.-]*:/[^\s#]+"
)
A_CALLBACK = "a callback: https, an app's own scheme, or http for localhost, and no fragment"
"""The allowed form of callback URLs. Source: Cognito API Reference, CreateUserPoolClient, `CallbackURLs`."""
DOMAIN_PREFIX = r"(?!.*(aws|amazon|cognito))[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
A_DOMAIN_PREFIX = "1 to 63 small letters, digits and hyphens, without aws, amazon or cognito in it"
"""Source: Cognito API Reference, CreateUserPoolDomain; Developer Guide, "Using the Amazon Cognito domain"."""
SAFE_URL = rf"https://[^\s@]+|http://127\.0\.0\.1(:{PORT})?(/[^\s@]*)?"
REGION = r"[a-z]{2}(-[a-z]+)+-\d"
LOSS = "`pulumi destroy`, or a change that replaces them, deletes them for good"
VERBS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS"
ISSUER_EXAMPLE = "https://issuer.example.com AUDIENCE"
PLATFORM = r"host|aarch64-manylinux_2_(1[7-9]|2\d|3[0-4])"
A_PLATFORM = "host, or a platform of uv's for arm64 and the glibc 2.34 of Lambda, or older"
LOG_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""The allowed retention of logs, in days. Source: CloudWatch Logs API Reference, PutRetentionPolicy."""
MOST = {"wrongPasswordsInARow": 100}
"""The largest value of a limit. Source: NIST SP 800-63B-4 §3.2.2."""
COUNTRIES = (
    "AC|AD|AE|AF|AG|AI|AL|AM|AO|AR|AS|AT|AU|AW|AX|AZ|BA|BB|BD|BE|BF|BG|BH|BI|BJ|BL|BM|BN|BO|BQ|BR|BS|BT|BW|BY|BZ|CA|CC"
    "|CD|CF|CG|CH|CI|CK|CL|CM|CN|CO|CR|CU|CV|CW|CX|CY|CZ|DE|DJ|DK|DM|DO|DZ|EC|EE|EG|EH|ER|ES|ET|FI|FJ|FK|FM|FO|FR|GA|GB"
    "|GD|GE|GF|GG|GH|GI|GL|GM|GN|GP|GQ|GR|GT|GU|GW|GY|HK|HN|HR|HT|HU|ID|IE|IL|IM|IN|IO|IQ|IR|IS|IT|JE|JM|JO|JP|KE|KG|KH"
    "|KI|KM|KN|KP|KR|KW|KY|KZ|LA|LB|LC|LI|LK|LR|LS|LT|LU|LV|LY|MA|MC|MD|ME|MF|MG|MH|MK|ML|MM|MN|MO|MP|MQ|MR|MS|MT|MU|MV"
    "|MW|MX|MY|MZ|NA|NC|NE|NF|NG|NI|NL|NO|NP|NR|NU|NZ|OM|PA|PE|PF|PG|PH|PK|PL|PM|PR|PS|PT|PW|PY|QA|RE|RO|RS|RU|RW|SA|SB"
    "|SC|SD|SE|SG|SH|SI|SJ|SK|SL|SM|SN|SO|SR|SS|ST|SV|SX|SY|SZ|TA|TC|TD|TG|TH|TJ|TK|TL|TM|TN|TO|TR|TT|TV|TW|TZ|UA|UG|US"
    "|UY|UZ|VA|VC|VE|VG|VI|VN|VU|WF|WS|XK|YE|YT|ZA|ZM|ZW"
)
"""The countries whose phones libphonenumber knows."""


@dataclass(frozen=True)
class Provider:
    """The address and the credentials of a provider."""

    url: str
    credentials: Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one stage of one project."""

    project: str
    stage: str
    region: str
    retain: bool
    """True if data must survive a mistake: protection, recovery windows and deletion follow this setting alone."""
    confirm_email: bool
    mail_from: str
    """The address that SES sends from; empty if no mail is sent."""
    create_mail_identity: bool
    pool_sign_up: bool
    """True if anybody may sign up in the user pool."""
    migrate_users: bool
    """True if users of the directory are migrated into the user pool when they sign in there."""
    cors_origins: tuple[str, ...]
    callback_urls: tuple[str, ...]
    domain_prefix: str
    """The domain prefix of the pool's hosted pages; empty for one made from project, stage and account."""
    test_user: bool
    trusted_issuers: tuple[str, ...]
    """Further OIDC issuers whose access tokens the authorizer accepts, each `ISSUER AUDIENCE`."""
    scope_grants: tuple[str, ...]
    """The grants of scopes on other APIs that use the authorizer, each `SCOPE VERB PATH`."""
    second_factor: str
    """The second factor of users: `optional` or `required`."""
    factors: tuple[str, ...]
    """The factor types that users may have, if the stack has the settings that they need."""
    message_countries: tuple[str, ...]
    """ISO 3166 codes of the countries whose phones may get texts and calls."""
    factor_limits: FactorLimits
    sign_in_limits: SignInLimits
    breached_passwords_url: str
    """The address of the service that knows breached passwords; empty for none."""
    display_name: str
    """The name that authenticator apps show beside the account."""
    authy: Provider | None
    verify: Provider | None
    passkey_rp_id: str
    passkey_origins: tuple[str, ...]
    log_retention_days: int
    key_rotation_days: int
    layer_platform: str
    """The platform of the layers, named as by `uv`, or `host` for this machine."""
    aws_endpoint: str
    """The address of the embedded AWS; empty on AWS itself."""

    @property
    def vouches_for_users(self) -> bool:
        """Return whether users may migrate to the pool: addresses were verified, and a password alone is enough."""
        return self.migrate_users and self.confirm_email and self.second_factor != "required"

    @property
    def offered(self) -> dict[str, dict[str, object]]:
        """Return factor type → its settings, for the factor types that this stack can serve."""
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
    def sign_in_limits_json(self) -> str:
        """Return `sign_in_limits` as JSON, for an environment variable."""
        return json.dumps(vars(self.sign_in_limits))

    @property
    def factor_limits_json(self) -> str:
        """Return `factor_limits` as JSON, for an environment variable."""
        return json.dumps(vars(self.factor_limits))

    @property
    def audience(self) -> str:
        """Return the `aud` of our tokens: the API of this stage and no other."""
        return f"{self.project}-{self.stage}"

    @property
    def tags(self) -> dict[str, str]:
        """Return the tags of every resource that can be tagged."""
        return {"project": self.project, "stage": self.stage}


def load() -> Settings:
    """Read and check the configuration of the stack that is running. Raises `pulumi.RunError` with all faults."""
    given = Configuration()
    settings = Settings(
        project=pulumi.get_project(),
        stage=pulumi.get_stack(),
        region=given.text("aws:region", REGION, "a region of AWS", "us-east-1"),
        retain=given.flag("retain"),
        confirm_email=given.flag("confirmEmail"),
        mail_from=given.text("mailFrom", ADDRESS, "an address of mail", "you@example.com", or_empty=True),
        create_mail_identity=given.flag("createMailIdentity"),
        pool_sign_up=given.flag("poolSignUp"),
        migrate_users=given.flag("migrateUsers"),
        cors_origins=given.texts("corsOrigins", ORIGIN, AN_ORIGIN, "https://app.example.com"),
        callback_urls=given.texts("callbackUrls", CALLBACK, A_CALLBACK, "https://app.example.com/callback"),
        domain_prefix=given.text("domainPrefix", DOMAIN_PREFIX, A_DOMAIN_PREFIX, "example-sign-in", or_empty=True),
        test_user=given.flag("testUser"),
        trusted_issuers=given.texts(
            "trustedIssuers", r"https://\S+ \S+", "an issuer's https address and an audience", ISSUER_EXAMPLE
        ),
        scope_grants=given.texts(
            "scopeGrants", rf"\S+ ({VERBS}|\*) \S+", "a scope, a verb and a path", "Books/read GET books/*"
        ),
        second_factor=given.choice("secondFactor", "optional", "required"),
        factors=given.texts("factors", "|".join(kinds.KINDS), f"one of {', '.join(kinds.KINDS)}", kinds.TOTP),
        message_countries=given.texts("messageCountries", COUNTRIES, "a country's code of ISO 3166", "US"),
        factor_limits=given.limits("factorLimits", FactorLimits, {}),
        sign_in_limits=given.limits("signInLimits", SignInLimits, MOST),
        breached_passwords_url=_breached_passwords_url(given),
        display_name=given.text(
            "displayName",
            r"[^\s\x00-\x1f]([^\x00-\x1f]{0,62}[^\s\x00-\x1f])?",
            "a text of 1 to 64 characters",
            "Sallyport",
        ),
        authy=_authy(given),
        verify=_verify(given),
        passkey_rp_id=given.text("passkeyRpId", DOMAIN, "a domain in small letters", "example.com", or_empty=True),
        passkey_origins=given.texts("passkeyOrigins", ORIGIN, AN_ORIGIN, "https://example.com"),
        log_retention_days=given.number("logRetentionDays", LOG_RETENTION_DAYS, 30),
        key_rotation_days=given.number("keyRotationDays", range(1, 1001), 30),
        layer_platform=given.text("layerPlatform", PLATFORM, A_PLATFORM, "aarch64-manylinux_2_28"),
        aws_endpoint=given.text(
            "awsEndpoint", r"http://127\.0\.0\.1:\d+", "where `sallyport up` serves", "", or_empty=True
        ),
    )
    _check_together(settings, given)
    given.raise_faults()
    _say_what_is_unprotected(settings)
    return settings


def _check_together(settings: Settings, given: Configuration) -> None:
    """Refuse settings that do not fit together."""
    if settings.confirm_email and not settings.mail_from:
        given.refuse(
            "mailFrom", "codes need an address to be sent from, unless confirmEmail is false", "you@example.com"
        )
    if not 1 <= len(settings.callback_urls) <= MOST_CALLBACKS:
        given.refuse("callbackUrls", f"1 to {MOST_CALLBACKS} are needed", "https://app.example.com/callback")
    if not settings.domain_prefix and not re.fullmatch(
        DOMAIN_PREFIX, f"{settings.project}-{settings.stage}-{'0' * 12}"
    ):
        given.refuse("domainPrefix", "it cannot be made of this project and stack: set one", "example-sign-in")
    if settings.aws_endpoint and settings.stage != LOCAL:
        given.refuse("awsEndpoint", f"only for the stack {LOCAL}, where `sallyport up` sets it", "")
    if settings.second_factor == "required" and not set(settings.offered) & set(kinds.ENROLLED):
        given.refuse("secondFactor", "required, and factors offers none that users could add", "optional")
    _check_passkeys(settings, given)
    if (settings.authy or settings.verify) and not settings.message_countries:
        given.refuse("messageCountries", "empty: texts cost money, so name the countries that may get them", "US")
    if settings.layer_platform == "host" and not settings.aws_endpoint and not _is_lambdas():
        given.refuse("layerPlatform", "this machine is not like Lambda's", "aarch64-manylinux_2_28")


def _check_passkeys(settings: Settings, given: Configuration) -> None:
    if settings.passkey_rp_id and not settings.passkey_origins:
        given.refuse("passkeyOrigins", "empty, though passkeyRpId is set", f"https://{settings.passkey_rp_id}")
    if settings.passkey_origins and not settings.passkey_rp_id:
        given.refuse("passkeyRpId", "empty, though passkeyOrigins is set", "example.com")
    for origin in settings.passkey_origins if settings.passkey_rp_id else ():
        host = urlsplit(origin).hostname or ""
        if not f".{host}".endswith(f".{settings.passkey_rp_id}"):  # WebAuthn §5.1.3
            given.refuse("passkeyOrigins", f"`{origin}` is not of passkeyRpId", f"https://{settings.passkey_rp_id}")


def _say_what_is_unprotected(settings: Settings) -> None:
    """Warn of an unprotected stack on AWS; a stack on this machine may be thrown away."""
    if settings.aws_endpoint:
        return
    if not settings.retain:
        pulumi.log.warn(f"{settings.stage}: users, keys and the pool are not protected, since retain is false: {LOSS}")
    if settings.test_user:
        pulumi.log.warn(f"{settings.stage}: the pool has a user for tests, whose password is an output (testUser)")


def _is_lambdas() -> bool:
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    return (sys.platform, platform.machine(), here) == ("linux", "aarch64", LAMBDA_PYTHON)


def _url(given: Configuration, name: str) -> str:
    return given.text(name, SAFE_URL, "https: it would be sent secrets in the clear", "https://example.com").rstrip("/")


def _breached_passwords_url(given: Configuration) -> str:
    """Return the address of the service for breached passwords; empty if it is not asked."""
    url = _url(given, "breachedPasswordsUrl")
    return url if given.flag("breachedPasswords") else ""


def _authy(given: Configuration) -> Provider | None:
    url, key = _url(given, "authyApiUrl"), given.secret("authyApiKey")
    return Provider(url, {"api_key": key}) if key else None


def _verify(given: Configuration) -> Provider | None:
    """Return the settings of Verify: all three, or none."""
    url = _url(given, "twilioVerifyUrl")
    account_sid = given.text(
        "twilioAccountSid", "AC[0-9a-f]{32}", "a SID of Twilio's: AC and 32 digits", "AC...", or_empty=True
    )
    service_sid = given.text(
        "twilioVerifyService", "VA[0-9a-f]{32}", "a SID of Twilio's: VA and 32 digits", "VA...", or_empty=True
    )
    token = given.secret("twilioAuthToken")
    parts = {"twilioAccountSid": account_sid, "twilioVerifyService": service_sid, "twilioAuthToken": token}
    missing = [name for name, value in parts.items() if not value]
    if len(missing) == len(parts):
        return None
    for name in missing:
        given.refuse(name, f"missing: it goes together with {', '.join(one for one in parts if one != name)}", "...")
    if not token:
        return None
    return Provider(url, {"account_sid": account_sid, "auth_token": token, "service_sid": service_sid})
