"""The one reader of the stack's configuration; its schema, with defaults, stands in `Pulumi.yaml`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components import setting_forms as forms
from components import settings_checks
from components.configuration import Configuration
from components.settings_checks import DOMAIN_PREFIX
from contract import factors as kinds
from contract import roles as contract_roles
from contract.limits import FactorLimits, SessionLifetimes, SignInLimits
from contract.roles import Roles


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
    migration_function: str
    """The ARN of the function that knows the users of another system; empty for none."""
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
    session_lifetimes: SessionLifetimes
    revocation_seconds: int
    """The bound for which an access token works after its session has ended or its user's roles have changed."""
    roles: Roles
    default_roles: tuple[str, ...]
    profile_claims: tuple[str, ...]
    """What access tokens tell of the profile: `name`, `locale`, `picture`, `attributes.NAME`."""
    profile_attributes: Mapping[str, Any]
    """The JSON Schema of `attributes` in profiles; empty if there are none."""
    deletion_grace_days: int
    sign_in_cancels_deletion: bool
    event_retention_days: int
    breached_passwords_url: str
    """The address of the service that knows breached passwords; empty for none."""
    display_name: str
    """The name that authenticator apps show beside the account."""
    authy: Provider | None
    verify: Provider | None
    passkey_rp_id: str
    passkey_origins: tuple[str, ...]
    domain: str
    """The name of the site; empty for that of the distribution."""
    former_domains: tuple[str, ...]
    """Names that the site has too, for links that were mailed, and tokens that were issued, before `domain` changed."""
    hosted_zone_id: str
    """The zone of Route 53 that gets the site's records."""
    web_acl: bool
    edge_secret_generation: int
    monitoring: bool
    """True if the stack has alarms, a dashboard and a budget."""
    alarm_mail: str
    """The address that alarms are mailed to; empty for none."""
    monthly_budget_usd: int
    """The budget of the account in US dollars; 0 for none."""
    tracing: bool
    """True if X-Ray samples the functions."""
    snap_start: bool
    """True if the functions that most users wait for start from snapshots."""
    provisioned_concurrency: int
    """The number of environments that are kept ready of each of these functions; 0 for none."""
    aws_client: str
    """The client of AWS in functions: `own` or `boto3`."""
    requests_per_second: int
    """The rate of a route, for all its callers together; a burst may be as much as two seconds have."""
    guesses_per_second: int
    """The same of routes that take a password or a code, or send mail."""
    refusals_per_five_minutes: int
    """The number of refused passwords and codes from which somebody is told."""
    permissions_boundary: str
    """The ARN of the policy that bounds the functions' roles; empty for none."""
    log_retention_days: int
    key_rotation_days: int
    layer_platform: str
    """The platform of the layers, named as by `uv`, or `host` for this machine."""
    aws_endpoint: str
    """The address of the embedded AWS; empty on AWS itself."""

    @property
    def site_origin(self) -> str:
        """Return the site's origin, where it is known before the deployment; else an empty text."""
        if self.domain:
            return f"https://{self.domain}"
        return self.aws_endpoint.replace("127.0.0.1", "localhost")

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
    def gateway_cache_seconds(self) -> int:
        """Return how long API Gateway keeps a decision: half of `revocation_seconds`."""
        return self.revocation_seconds // 2

    @property
    def authorizer_cache_seconds(self) -> int:
        """Return how long the authorizer keeps what it has read: the other half, because the caches add up."""
        return self.revocation_seconds - self.gateway_cache_seconds

    @property
    def audience(self) -> str:
        """Return the `aud` of our tokens: the API of this stage and no other."""
        return f"{self.project}-{self.stage}"

    @property
    def metrics_namespace(self) -> str:
        """Return the namespace of the stack's own metrics."""
        return f"Sallyport/{self.audience}"

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
        region=given.text("aws:region", forms.REGION, "a region of AWS", "us-east-1"),
        retain=given.flag("retain"),
        confirm_email=given.flag("confirmEmail"),
        mail_from=given.text("mailFrom", forms.ADDRESS, "an address of mail", "you@example.com", or_empty=True),
        create_mail_identity=given.flag("createMailIdentity"),
        pool_sign_up=given.flag("poolSignUp"),
        migrate_users=given.flag("migrateUsers"),
        migration_function=given.text(
            "migrationFunction", forms.FUNCTION, forms.A_FUNCTION, forms.FUNCTION_EXAMPLE, or_empty=True
        ),
        cors_origins=given.texts("corsOrigins", forms.ORIGIN, forms.AN_ORIGIN, "https://app.example.com"),
        callback_urls=given.texts("callbackUrls", forms.CALLBACK, forms.A_CALLBACK, "https://app.example.com/callback"),
        domain_prefix=given.text(
            "domainPrefix", DOMAIN_PREFIX, forms.A_DOMAIN_PREFIX, "example-sign-in", or_empty=True
        ),
        test_user=given.flag("testUser"),
        trusted_issuers=given.texts(
            "trustedIssuers", r"https://\S+ \S+", "an issuer's https address and an audience", forms.ISSUER_EXAMPLE
        ),
        scope_grants=given.texts(
            "scopeGrants", rf"\S+ ({forms.VERBS}|\*) \S+", "a scope, a verb and a path", "Books/read GET books/*"
        ),
        second_factor=given.choice("secondFactor", "optional", "required"),
        factors=given.texts("factors", "|".join(kinds.KINDS), f"one of {', '.join(kinds.KINDS)}", kinds.TOTP),
        message_countries=given.texts("messageCountries", forms.COUNTRIES, "a country's code of ISO 3166", "US"),
        factor_limits=given.limits("factorLimits", FactorLimits, {}),
        sign_in_limits=given.limits("signInLimits", SignInLimits, forms.MOST),
        session_lifetimes=given.limits("sessionLifetimes", SessionLifetimes, forms.MOST_DAYS, least=1),
        revocation_seconds=given.number("revocationSeconds", range(forms.MOST_REVOCATION_SECONDS + 1), 10),
        roles=given.roles("roles", contract_roles.DEFAULT_ROLES, "{admin: [OrdersAPI/orders.read]}"),
        default_roles=given.texts("defaultRoles", contract_roles.NAME, "a role's name", contract_roles.USER),
        profile_claims=given.texts("profileClaims", forms.PROFILE_CLAIM, "one of the profile's fields", "name"),
        profile_attributes=given.schema("profileAttributes", forms.PROFILE_EXAMPLE),
        deletion_grace_days=given.number("deletionGraceDays", range(forms.MOST_GRACE_DAYS + 1), 7),
        sign_in_cancels_deletion=given.flag("signInCancelsDeletion"),
        event_retention_days=given.number("eventRetentionDays", forms.LOG_RETENTION_DAYS, 365),
        breached_passwords_url=_breached_passwords_url(given),
        display_name=given.text(
            "displayName",
            r"[^\s\x00-\x1f]([^\x00-\x1f]{0,62}[^\s\x00-\x1f])?",
            "a text of 1 to 64 characters",
            "Sallyport",
        ),
        authy=_authy(given),
        verify=_verify(given),
        passkey_rp_id=given.text(
            "passkeyRpId", forms.DOMAIN, "a domain in small letters", "example.com", or_empty=True
        ),
        passkey_origins=given.texts("passkeyOrigins", forms.ORIGIN, forms.AN_ORIGIN, "https://example.com"),
        domain=given.text("domain", forms.DOMAIN, "a domain in small letters", "sign-in.example.com", or_empty=True),
        former_domains=given.texts("formerDomains", forms.DOMAIN, "a domain in small letters", "old.example.com"),
        hosted_zone_id=given.text(
            "hostedZoneId", forms.ZONE, "the id of a hosted zone: Z and capitals", "Z...", or_empty=True
        ),
        web_acl=given.flag("webAcl"),
        edge_secret_generation=given.number("edgeSecretGeneration", range(1, 1001), 1),
        monitoring=given.flag("monitoring"),
        alarm_mail=given.text("alarmMail", forms.ADDRESS, "an address of mail", "ops@example.com", or_empty=True),
        monthly_budget_usd=given.number("monthlyBudgetUsd", range(10_000_001), 100),
        tracing=given.flag("tracing"),
        snap_start=given.flag("snapStart"),
        provisioned_concurrency=given.number("provisionedConcurrency", range(1001), 2),
        aws_client=given.choice("awsClient", "own", "boto3"),
        requests_per_second=given.number("requestsPerSecond", range(1, 100_001), 500),
        guesses_per_second=given.number("guessesPerSecond", range(1, 100_001), 50),
        refusals_per_five_minutes=given.number("refusalsPerFiveMinutes", range(1, 1_000_001), 100),
        permissions_boundary=given.text(
            "permissionsBoundary", forms.BOUNDARY, "the ARN of a managed policy", forms.BOUNDARY_EXAMPLE, or_empty=True
        ),
        log_retention_days=given.number("logRetentionDays", forms.LOG_RETENTION_DAYS, 30),
        key_rotation_days=given.number("keyRotationDays", range(1, 1001), 30),
        layer_platform=given.text("layerPlatform", forms.PLATFORM, forms.A_PLATFORM, "aarch64-manylinux_2_28"),
        aws_endpoint=given.text(
            "awsEndpoint", r"http://127\.0\.0\.1:\d+", "where `sallyport up` serves", "", or_empty=True
        ),
    )
    settings_checks.check_together(settings, given)
    given.raise_faults()
    settings_checks.warn_of_unprotected_data(settings)
    return settings


def _url(given: Configuration, name: str) -> str:
    return given.text(
        name, forms.SAFE_URL, "https: it would be sent secrets in the clear", "https://example.com"
    ).rstrip("/")


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
