"""Checks of settings that must fit together, and warnings of what is not protected."""

import platform
import re
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pulumi

from components.configuration import Configuration
from contract import factors as kinds
from contract.roles import USER

if TYPE_CHECKING:
    from components.settings import Settings

LAMBDA_PYTHON = "3.13"
LOCAL = "local"
MOST_CALLBACKS = 100
LONGEST_PREFIX = 21
"""The longest name that IAM takes for a role has 64 characters. Source: IAM User Guide, "IAM and AWS STS quotas"."""
DOMAIN_PREFIX = r"(?!.*(aws|amazon|cognito))[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
"""Source: Cognito API Reference, CreateUserPoolDomain; Developer Guide, "Using the Amazon Cognito domain"."""
LOSS = "`pulumi destroy`, or a change that replaces them, deletes them for good"


def check_together(settings: "Settings", given: Configuration) -> None:
    """Refuse settings that do not fit together."""
    if settings.confirm_email and not settings.mail_from:
        given.refuse(
            "mailFrom", "codes need an address to be sent from, unless confirmEmail is false", "you@example.com"
        )
    _check_names(settings)
    _check_pool(settings, given)
    if settings.aws_endpoint and settings.stage != LOCAL:
        given.refuse("awsEndpoint", f"only for the stack {LOCAL}, where `sallyport up` sets it", "")
    if settings.second_factor == "required" and not set(settings.offered) & set(kinds.ENROLLED):
        given.refuse("secondFactor", "required, and factors offers none that users could add", "optional")
    _check_passkeys(settings, given)
    _check_profiles(settings, given)
    _check_site(settings, given)
    if (settings.authy or settings.verify) and not settings.message_countries:
        given.refuse("messageCountries", "empty: texts cost money, so name the countries that may get them", "US")
    if settings.snap_start and settings.provisioned_concurrency:
        given.refuse("provisionedConcurrency", "Lambda refuses it together with snapStart; keep one of them", "0")
    if settings.layer_platform == "host" and not settings.aws_endpoint and not _is_lambdas():
        given.refuse("layerPlatform", "this machine is not like Lambda's", "aarch64-manylinux_2_28")


def _check_names(settings: "Settings") -> None:
    """Refuse a project and stack with which AWS would not take the names of resources, which begin with them."""
    prefix = f"{settings.project}-{settings.stage}"
    if len(prefix) > LONGEST_PREFIX or not re.fullmatch("[a-z0-9]([a-z0-9-]*[a-z0-9])?", prefix):
        raise pulumi.RunError(
            f"{prefix}: names begin with project and stack, so both have small letters, digits and hyphens, "
            f"and {LONGEST_PREFIX} of them together at most"
        )


def _check_pool(settings: "Settings", given: Configuration) -> None:
    if not 1 <= len(settings.callback_urls) <= MOST_CALLBACKS:
        given.refuse("callbackUrls", f"1 to {MOST_CALLBACKS} are needed", "https://app.example.com/callback")
    prefix = f"{settings.project}-{settings.stage}-{'0' * 12}"
    if not settings.domain_prefix and not re.fullmatch(DOMAIN_PREFIX, prefix):
        given.refuse("domainPrefix", "it cannot be made of this project and stack: set one", "example-sign-in")


def _check_site(settings: "Settings", given: Configuration) -> None:
    if bool(settings.domain) != bool(settings.hosted_zone_id):
        missing, example = ("hostedZoneId", "Z...") if settings.domain else ("domain", "sign-in.example.com")
        given.refuse(missing, "domain and hostedZoneId go together", example)
    if settings.alarm_mail and not settings.monitoring:
        given.refuse("monitoring", "alarmMail is set, and without monitoring there are no alarms", "true")
    if settings.monthly_budget_usd and not settings.monitoring:
        given.refuse("monitoring", "monthlyBudgetUsd is set, and without monitoring there is no budget", "true")
    if settings.former_domains and not settings.domain:
        given.refuse("domain", "formerDomains is set, and without a domain there are no records", "sign-in.example.com")
    if settings.domain in settings.former_domains:
        given.refuse("formerDomains", f"`{settings.domain}` is the domain of now", "old.example.com")
    if settings.web_acl and not settings.domain:
        given.refuse("webAcl", "without a domain, callers could go past it", "false")


def _check_profiles(settings: "Settings", given: Configuration) -> None:
    for role in settings.default_roles:
        if role not in settings.roles:
            given.refuse("defaultRoles", f"`{role}` is not one of roles", USER)
    known = settings.profile_attributes.get("properties", {})
    for claim in settings.profile_claims:
        _, is_attribute, name = claim.partition(".")
        if is_attribute and name not in known:
            given.refuse("profileClaims", f"`{claim}` is not one of profileAttributes", "name")


def _check_passkeys(settings: "Settings", given: Configuration) -> None:
    if settings.passkey_rp_id and not settings.passkey_origins:
        given.refuse("passkeyOrigins", "empty, though passkeyRpId is set", f"https://{settings.passkey_rp_id}")
    if settings.passkey_origins and not settings.passkey_rp_id:
        given.refuse("passkeyRpId", "empty, though passkeyOrigins is set", "example.com")
    for origin in settings.passkey_origins if settings.passkey_rp_id else ():
        host = urlsplit(origin).hostname or ""
        if not f".{host}".endswith(f".{settings.passkey_rp_id}"):  # WebAuthn §5.1.3
            given.refuse("passkeyOrigins", f"`{origin}` is not of passkeyRpId", f"https://{settings.passkey_rp_id}")


def warn_of_unprotected_data(settings: "Settings") -> None:
    """Warn of an unprotected stack on AWS; a stack on this machine may be thrown away."""
    if settings.aws_endpoint:
        return
    if not settings.retain:
        pulumi.log.warn(f"{settings.stage}: users, keys and the pool are not protected, since retain is false: {LOSS}")
    if settings.monitoring and not settings.alarm_mail:
        pulumi.log.warn(f"{settings.stage}: alarms go to a topic, and nobody is told of them (alarmMail)")
    if settings.test_user:
        pulumi.log.warn(f"{settings.stage}: the pool has a user for tests, whose password is an output (testUser)")


def _is_lambdas() -> bool:
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    return (sys.platform, platform.machine(), here) == ("linux", "aarch64", LAMBDA_PYTHON)
