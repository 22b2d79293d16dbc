"""The one reader of the stack's configuration; its schema, with defaults, stands in `Pulumi.yaml`."""

import re
from dataclasses import dataclass

import pulumi

VERBS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS"


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
    log_retention_days: int
    key_rotation_days: int
    layer_platform: str
    """For which machine the layer is built: a platform of `uv`'s, or `host` for this one."""
    aws_endpoint: str
    """Where the embedded AWS answers; empty on AWS itself."""

    @property
    def vouches_for_users(self) -> bool:
        """The pool is told that migrated addresses are verified: so they must have been."""
        return self.migrate_users and self.confirm_email

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
    return settings


def _check_lines(setting: str, lines: tuple[str, ...], pattern: str, example: str) -> None:
    for line in lines:
        if not re.fullmatch(pattern, line):
            raise pulumi.RunError(f"{setting}: `{line}` is not like `{example}`")
