"""Configuration: every value is checked before any resource is made, and all faults come in one answer."""

import json
from typing import Any

import pytest

from sallyport.local import program
from sallyport.local.recording import Recording
from sallyport.local.tools import ROOT
from tests.stack.conftest import record

SENDER = {"sallyport:mailFrom": "codes@example.com"}


def faults(stage: str = "dev", **settings: Any) -> str:
    """Return the faults of these settings."""
    given = {
        name if ":" in name else f"sallyport:{name}": one if isinstance(one, str) else json.dumps(one)
        for name, one in settings.items()
    }
    with pytest.raises(program.ProgramFailed) as caught:
        program.run(ROOT, stage, Recording(), overrides={**SENDER, **given})
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("confirmEmial", "confirmEmail"),
        ("secondfactor", "secondFactor"),
        ("second_factor", "secondFactor"),
        ("retian", "retain"),
        ("authyKey", "authyApiKey"),
        ("factorLimit", "factorLimits"),
    ],
)
def test_an_unknown_setting_is_refused_with_the_one_that_was_meant(name: str, meant: str) -> None:
    """A typo would leave a second factor optional, or production unprotected."""
    said = faults(**{name: "secret-value"})

    assert f"  {name}: there is no such setting; did you mean {meant}?" in said
    assert "secret-value" not in said


def test_a_setting_of_a_misspelt_project_is_refused() -> None:
    with pytest.raises(program.ProgramFailed, match="salyport:retain: did you mean sallyport:retain"):
        program.run(ROOT, "dev", Recording(), overrides={**SENDER, "salyport:retain": "true"})


def test_a_setting_without_its_project_is_refused() -> None:
    with pytest.raises(program.ProgramFailed, match="retain: did you mean sallyport:retain"):
        program.run(ROOT, "dev", Recording(), overrides={**SENDER, "retain": "true"})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"alarmMail": "a@example.com", "monitoring": "false"}, "monitoring: alarmMail is set"),
        ({"monthlyBudgetUsd": "5", "monitoring": "false"}, "monitoring: monthlyBudgetUsd is set"),
        ({"formerDomains": ["old.example.com"]}, "domain: formerDomains is set"),
        (
            {"domain": "a.example.com", "hostedZoneId": "Z1", "formerDomains": ["a.example.com"]},
            "`a.example.com` is the domain of now",
        ),
    ],
)
def test_what_does_not_go_together_names_what_is_missing(wrong: dict[str, Any], said: str) -> None:
    assert said in faults(**wrong)


@pytest.mark.parametrize(
    ("wrong", "example"),
    [
        ({"formerDomains": "old.example.com"}, "sallyport:formerDomains: [old.example.com], in Pulumi.local.yaml"),
        ({"keyRotationDays": 0}, "sallyport:keyRotationDays: 30, in Pulumi.local.yaml"),
        ({"factorLimits": {"x": 1}}, "sallyport:factorLimits: {x: 10}, in Pulumi.local.yaml"),
    ],
)
def test_an_example_for_this_machine_can_be_written_as_it_is(wrong: dict[str, Any], example: str) -> None:
    assert example in faults("local", awsEndpoint="http://127.0.0.1:4566", **wrong)


def test_settings_of_providers_are_theirs() -> None:
    run = program.run(
        ROOT, "dev", Recording(), overrides={**SENDER, "aws:profile": "work", "pulumi:disable-default-providers": "[]"}
    )

    assert run.outputs["stage"] == "dev"


DEFAULT_SECONDS = 10
WRONG = [
    ("retain", "yes"),
    ("confirmEmail", "1"),
    ("mailFrom", "example.com"),
    ("mailFrom", "a b@example.com"),
    ("corsOrigins", ["https://app.example.com/"]),
    ("corsOrigins", ["https://app.example.com/path"]),
    ("corsOrigins", ["https://APP.example.com"]),
    ("corsOrigins", ["http://app.example.com"]),
    ("corsOrigins", ["app.example.com"]),
    ("corsOrigins", ["*"]),
    ("corsOrigins", ["https://app.example.com", "https://app.example.com"]),
    ("corsOrigins", "https://app.example.com"),
    ("corsOrigins", {"0": "https://app.example.com"}),
    ("corsOrigins", [7]),
    ("callbackUrls", ["http://app.example.com/callback"]),
    ("callbackUrls", ["https://app.example.com/callback#here"]),
    ("callbackUrls", ["javascript://%0aalert(1)"]),
    ("callbackUrls", ["/callback"]),
    ("callbackUrls", []),
    ("corsOrigins", ["https://app.example.com:443"]),
    ("corsOrigins", ["https://app.example.com:999999"]),
    ("mailFrom", "Ada <a@example.com>"),
    ("mailFrom", "a@.example..com"),
    ("authyApiUrl", "http://127.0.0.1:x@evil.example.com/"),
    ("authyApiUrl", "http://127.0.0.1@evil.example.com/"),
    ("displayName", "a\0b"),
    ("domainPrefix", "Example"),
    ("domainPrefix", "my-cognito-login"),
    ("domainPrefix", "-example"),
    ("domainPrefix", "x" * 64),
    ("trustedIssuers", ["https://idp.example.org"]),
    ("trustedIssuers", ["http://idp.example.org orders"]),
    ("trustedIssuers", ["https://a b c"]),
    ("scopeGrants", ["Books/read GET"]),
    ("scopeGrants", ["Books/read get books"]),
    ("secondFactor", "Required"),
    ("factors", ["totp", "sms"]),
    ("messageCountries", ["us"]),
    ("messageCountries", ["UK"]),
    ("displayName", ""),
    ("displayName", "x" * 65),
    ("passkeyRpId", "https://example.com"),
    ("passkeyRpId", "Example.com"),
    ("passkeyOrigins", ["https://example.com/"]),
    ("authyApiUrl", "http://api.authy.com"),
    ("twilioVerifyUrl", "http://127.0.0.1.example.com"),
    ("breachedPasswordsUrl", "ftp://example.com"),
    ("twilioAccountSid", "AC123"),
    ("twilioVerifyService", "XX" + "0" * 32),
    ("logRetentionDays", 13),
    ("logRetentionDays", 0),
    ("logRetentionDays", "a year"),
    ("keyRotationDays", 0),
    ("keyRotationDays", 1001),
    ("keyRotationDays", "1.5"),
    ("keyRotationDays", ""),
    ("migrationFunction", "old-users"),
    ("migrationFunction", "arn:aws:lambda:us-east-1:12:function:old-users"),
    ("migrationFunction", "arn:aws:lambda:us-east-1:123456789012:function:*"),
    ("revocationSeconds", -1),
    ("revocationSeconds", 301),
    ("eventRetentionDays", 100),
    ("deletionGraceDays", 31),
    ("defaultRoles", ["admin"]),
    ("roles", {"Admin": ["a"]}),
    ("roles", ["admin"]),
    ("profileClaims", ["email"]),
    ("profileClaims", ["attributes.plan"]),
    ("profileAttributes", {"type": "string"}),
    ("profileAttributes", {"type": "object"}),
    ("profileAttributes", {"type": "nonsense"}),
    ("layerPlatform", "manylinux_2_28_aarch64"),
    ("layerPlatform", "x86_64-manylinux_2_28"),
    ("layerPlatform", "aarch64-manylinux_2_39"),
    ("awsEndpoint", "https://sts.amazonaws.com"),
    ("awsEndpoint", "http://127.0.0.1:4566"),
    ("aws:region", "mars"),
]
WRONG_LIMITS = [
    ({"mesagesPerPhonePerDay": 5}, "factorLimits.mesagesPerPhonePerDay", "did you mean messagesPerPhonePerDay?"),
    ({"messagesPerPhonePerDay": -1}, "factorLimits.messagesPerPhonePerDay", "`-1` is not a whole number from 0 on"),
    ({"messagesPerPhonePerDay": True}, "factorLimits.messagesPerPhonePerDay", "is not a whole number"),
    ({"messagesPerPhonePerDay": "5"}, "factorLimits.messagesPerPhonePerDay", "is not a whole number"),
    ({"messagesPerPhonePerDay": None}, "factorLimits.messagesPerPhonePerDay", "is not a whole number"),
    ([5], "factorLimits", "is not names with numbers"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_refused_by_name_with_one_that_would_do(name: str, value: Any) -> None:
    said = faults(**{name: value})

    assert "The configuration of the stack dev cannot be used:" in said
    assert f"\n  {name}: " in said
    assert "for example: " in said


@pytest.mark.parametrize(("limits", "name", "why"), WRONG_LIMITS)
def test_a_wrong_limit_is_refused_by_name(limits: Any, name: str, why: str) -> None:
    said = faults(factorLimits=limits)

    assert f"  {name}: " in said
    assert why in said


@pytest.mark.parametrize(
    ("roles", "name", "why"),
    [
        ({"admin": "all"}, "roles.admin", "it is not a list of scopes"),
        ({"admin": ["a b"]}, "roles.admin", "`a b` is not a scope"),
    ],
)
def test_a_wrong_role_is_refused_by_name(roles: Any, name: str, why: str) -> None:
    said = faults(roles=roles)

    assert f"  {name}: " in said
    assert why in said


def test_sessions_have_at_least_a_day() -> None:
    assert "  sessionLifetimes.idleDays: `0` is not a whole number from 1 on" in faults(
        sessionLifetimes={"idleDays": 0}
    )


@pytest.mark.parametrize(("seconds", "gateway", "authorizer"), [(0, 0, "0"), (10, 5, "5"), (61, 30, "31")])
def test_the_two_caches_share_the_bound_of_revocation(seconds: int, gateway: int, authorizer: str) -> None:
    stage = record("dev") if seconds == DEFAULT_SECONDS else record("dev", revocationSeconds=str(seconds))

    environment = stage.named("authorizer-function").inputs["environment"]["variables"]
    assert stage.named("auth-authorizer").inputs["authorizerResultTtlInSeconds"] == gateway
    assert environment["SESSION_CACHE_SECONDS"] == authorizer


def test_roles_reach_the_functions_that_issue_and_check_tokens() -> None:
    stage = record("dev", roles=json.dumps({"admin": ["OrdersAPI/orders.read"]}))

    for name in ("authorizer-function", "signin-function", "refresh-function"):
        roles = json.loads(stage.named(name).inputs["environment"]["variables"]["ROLES"])
        assert roles["admin"] == ["OrdersAPI/orders.read"]
        assert roles["user"] == ["account", "OrdersAPI/orders.read", "OrdersAPI/orders.write"]


def test_the_most_that_the_standard_allows_is_the_most() -> None:
    assert "`101` is more than 100" in faults(signInLimits={"wrongPasswordsInARow": 101})


TOGETHER = [
    ({"mailFrom": ""}, "mailFrom"),
    ({"passkeyOrigins": ["https://example.com"]}, "passkeyRpId"),
    ({"passkeyRpId": "example.com"}, "passkeyOrigins"),
    ({"passkeyRpId": "example.com", "passkeyOrigins": ["https://example.org"]}, "passkeyOrigins"),
    ({"passkeyRpId": "example.com", "passkeyOrigins": ["https://badexample.com"]}, "passkeyOrigins"),
    ({"authyApiKey": "x"}, "messageCountries"),
    ({"twilioAccountSid": "AC" + "0" * 32}, "twilioVerifyService"),
    ({"twilioAuthToken": "x"}, "twilioAccountSid"),
    ({"secondFactor": "required", "factors": ["email", "recovery"]}, "secondFactor"),
    ({"secondFactor": "required", "factors": ["passkey"]}, "secondFactor"),
    ({"layerPlatform": "host"}, "layerPlatform"),
]


@pytest.mark.parametrize(("settings", "name"), TOGETHER)
def test_values_that_do_not_fit_together_are_refused(settings: dict[str, Any], name: str) -> None:
    assert f"\n  {name}: " in faults(**settings)


GOOD: dict[str, Any] = {
    "corsOrigins": ["https://app.example.com", "https://app.example.com:8443", "http://localhost:3000"],
    "callbackUrls": ["https://app.example.com/a?b=c", "myapp://callback", "http://localhost:8083/callback"],
    "domainPrefix": "example-1",
    "passkeyRpId": "example.com",
    "passkeyOrigins": ["https://example.com", "https://app.example.com:8443"],
    "messageCountries": ["US", "GB"],
    "authyApiKey": "x",
    "layerPlatform": "aarch64-manylinux_2_34",
    "keyRotationDays": 1,
    "logRetentionDays": 3653,
    "factorLimits": {"messagesPerPhonePerDay": 0},
    "signInLimits": {"wrongPasswordsInARow": 100},
    "migrationFunction": "arn:aws:lambda:us-east-1:123456789012:function:old-users:live",
}


def test_good_values_are_taken() -> None:
    """A bad one is named in the error."""
    assert record("dev", **{name: one if isinstance(one, str) else json.dumps(one) for name, one in GOOD.items()})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("twilioVerifyService", "an-auth-token"),
        ("authyApiUrl", "http://user:an-auth-token@example.com"),
        ("breachedPasswordsUrl", "http://user:an-auth-token@example.com"),
    ],
)
def test_what_may_be_a_secret_is_not_quoted(name: str, value: str) -> None:
    assert "an-auth-token" not in faults(**{name: value})


def test_all_faults_come_in_one_answer_with_what_to_do() -> None:
    said = faults(keyRotationDays=0, logRetentionDays=13, confirmEmial="false", mailFrom="nobody", corsOrigins=["*"])

    assert [line.split(":")[0].strip() for line in said.splitlines() if line.startswith("  ") and line[2] != " "] == [
        "mailFrom", "corsOrigins", "logRetentionDays", "keyRotationDays", "confirmEmial",
    ]  # fmt: skip
    assert "pulumi config set mailFrom you@example.com --stack dev" in said
    assert "pulumi config set --path 'corsOrigins[0]' https://app.example.com --stack dev" in said
    assert "pulumi config set keyRotationDays 30 --stack dev" in said


def test_on_this_machine_the_file_is_named_instead_of_a_command() -> None:
    said = faults("local", keyRotationDays=0, awsEndpoint="http://127.0.0.1:4566")

    assert "keyRotationDays: 30, in Pulumi.local.yaml" in said
    assert "pulumi config" not in said


@pytest.mark.parametrize("stack", ["production", "live", "prod"])
def test_a_stack_without_a_file_of_its_own_is_protected(stack: str) -> None:
    recorded = record(stack)

    assert recorded.named("directory-table").inputs["deletionProtectionEnabled"]
    assert recorded.named("directory-table").protect
    assert not recorded.of("cognito.User")


def said_at_up(stage: str, **settings: str) -> str:
    """Return the warnings at `up`."""
    given = {f"sallyport:{name}": value for name, value in settings.items()}
    warnings: list[str] = []
    program.run(ROOT, stage, Recording(), overrides={**SENDER, **given}, on_warning=warnings.append)
    return "\n".join(warnings)


def test_up_says_what_is_unprotected() -> None:
    assert said_at_up("prod", alarmMail="ops@example.com") == ""
    assert "nobody is told of them (alarmMail)" in said_at_up("prod")
    assert "are not protected, since retain is false" in said_at_up("prod", retain="false")
    assert "a user for tests" in said_at_up("dev")
    assert said_at_up("local", awsEndpoint="http://127.0.0.1:4566") == ""
