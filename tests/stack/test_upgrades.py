"""Upgrades: nothing that holds data is replaced, by a release or by a setting, and no output disappears."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from sallyport.local.tools import ROOT
from tests.stack.conftest import record
from tests.support import holding

RELEASES = sorted((ROOT / "tests" / "stack" / "releases").glob("*.json"))
FIRST = {"mailFrom": "codes@example.com", "messageCountries": '["US"]', "authyApiKey": "key"}
CHANGES: list[dict[str, str]] = [
    {
        "retain": "false", "createMailIdentity": "false", "poolSignUp": "true", "migrateUsers": "false",
        "testUser": "true", "breachedPasswords": "true", "monitoring": "false", "tracing": "true",
        "signInCancelsDeletion": "false", "snapStart": "true", "awsClient": "boto3",
    },
    {
        "logRetentionDays": "30", "eventRetentionDays": "400", "keyRotationDays": "7", "revocationSeconds": "0",
        "deletionGraceDays": "1", "edgeSecretGeneration": "2", "monthlyBudgetUsd": "5", "requestsPerSecond": "9",
        "guessesPerSecond": "9", "refusalsPerFiveMinutes": "9", "provisionedConcurrency": "1",
    },
    {
        "corsOrigins": '["https://app.example.com"]', "callbackUrls": '["https://app.example.com/callback"]',
        "trustedIssuers": '["https://login.example.com api"]', "scopeGrants": '["Books/read GET books/*"]',
        "factors": '["totp"]', "messageCountries": '["DE"]', "defaultRoles": "[]", "profileClaims": '["name"]',
        "formerDomains": '["old.example.com"]', "secondFactor": "required", "displayName": "Other",
        "passkeyRpId": "example.com", "passkeyOrigins": '["https://example.com"]', "mailFrom": "other@example.com",
        "domain": "sign-in.example.com", "hostedZoneId": "Z0123456789", "webAcl": "true", "alarmMail": "a@example.com",
        "migrationFunction": "arn:aws:lambda:us-east-1:123456789012:function:old-users",
        "permissionsBoundary": "arn:aws:iam::123456789012:policy/deploy-sallyport-prod-boundary",
    },
    {
        "authyApiUrl": "https://authy.example.com", "breachedPasswordsUrl": "https://breaches.example.com",
        "twilioAccountSid": f"AC{'0' * 32}", "twilioAuthToken": "token", "twilioVerifyService": f"VA{'0' * 32}",
        "twilioVerifyUrl": "https://verify.example.com",
    },
]  # fmt: skip
"""Changes of settings, several at once; every setting is in one of them."""
NOT_CHANGED = {
    "confirmEmail": "the pool's sign-up, mail and its identity go with it: tested below",
    "domainPrefix": "it is the address of the hosted pages, which is replaced on purpose",
    "layerPlatform": "a layer has other libraries, and no data",
    "awsEndpoint": "of this machine alone",
}


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.stem)
def test_an_upgrade_keeps_what_holds_data_and_every_output(release: Path) -> None:
    before: dict[str, Any] = json.loads(release.read_text())
    today = record("prod")
    now = holding.of(today)["resources"]
    moved = {former: one.urn for one in today.custom for former in one.aliases}

    for urn, replacing in before["resources"].items():
        kept = urn if urn in now else moved.get(urn)
        assert kept in now, f"{urn} would be deleted"
        assert now[kept] == replacing, f"{urn} would be replaced"
    assert set(before["outputs"]) <= set(today.outputs)


@pytest.mark.parametrize("changed", [*CHANGES, {"confirmEmail": "false", "migrateUsers": "false"}])
def test_a_changed_setting_replaces_nothing_that_holds_data(changed: dict[str, str]) -> None:
    before, after = (holding.of(record("prod", **settings)) for settings in (FIRST, {**FIRST, **changed}))

    lost = set(before["resources"]) - set(after["resources"])
    assert lost == set()
    for urn, replacing in before["resources"].items():
        assert after["resources"][urn] == replacing, urn
    assert set(before["outputs"]) - set(after["outputs"]) <= {"alarms_topic_arn"}


def test_every_setting_is_changed_above() -> None:
    schema = {name for name in yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"] if ":" not in name}
    changed = {name for change in CHANGES for name in change} - {"authyApiKey", "twilioAuthToken"}  # secrets

    assert schema == changed | set(NOT_CHANGED)


def test_the_version_of_every_release_but_the_next_is_recorded() -> None:
    """0.1.0 was before the outputs and names of today."""
    released = [
        line.split()[1] for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## 0.")
    ]

    assert {path.stem for path in RELEASES} == set(released) - {"0.1.0"}
