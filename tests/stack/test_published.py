"""components.published: versions, snapshots and environments that are kept ready, of four functions."""

import re

import pytest

from components.function import AWAITED
from sallyport.local.engine import Registration
from tests.stack.conftest import Recorded, record

NAMES = {handler.rpartition("/")[2].replace("_", "-") for handler in AWAITED}


def functions(stage: Recorded) -> dict[str, Registration]:
    return {one.name.removesuffix("-function"): one for one in stage.of("lambda_.Function")}


def logical(name: str) -> str:
    """Return the logical name of a function, by its physical one."""
    return re.sub(r"^sallyport-prod-(.*)-function-.*", r"\1", name)


def test_without_the_settings_there_are_no_versions(prod: Recorded) -> None:
    assert not prod.of("lambda_.Alias")
    assert not any(one.inputs.get("publish") for one in functions(prod).values())
    assert not any("qualifier" in one.inputs for one in prod.of("lambda_.Permission"))


@pytest.mark.parametrize("setting", [{"snapStart": "true"}, {"provisionedConcurrency": "3"}])
def test_what_users_wait_for_is_called_by_its_newest_version(setting: dict[str, str]) -> None:
    stage = record("prod", **setting)
    aliases = {one.inputs["functionName"]: one for one in stage.of("lambda_.Alias")}
    permissions = {one.inputs["function"]: one.inputs.get("qualifier") for one in stage.of("lambda_.Permission")}
    called = [one.inputs["integrationUri"] for one in stage.of("apigatewayv2.Integration")]
    called += [one.inputs.get("authorizerUri", "") for one in stage.of("apigatewayv2.Authorizer")]

    published = {name for name, one in functions(stage).items() if one.inputs.get("publish")}

    assert published == NAMES == set(map(logical, aliases))
    assert {logical(name) for name, qualifier in permissions.items() if qualifier} == NAMES
    assert {qualifier for qualifier in permissions.values() if qualifier} == {"live"}
    assert len([uri for uri in called if "live" in uri]) == len(NAMES)


def test_snapshots_are_told_to_their_functions_and_to_no_others() -> None:
    found = functions(record("prod", snapStart="true"))

    started = {name for name, one in found.items() if one.inputs.get("snapStart") == {"applyOn": "PublishedVersions"}}
    told = {name for name, one in found.items() if _variables(one).get("SNAP_START") == "true"}
    assert started == told == NAMES


def test_environments_are_kept_ready_of_the_alias() -> None:
    kept = record("prod", provisionedConcurrency="3").of("lambda_.ProvisionedConcurrencyConfig")

    assert {logical(one.inputs["functionName"]) for one in kept} == NAMES
    assert {(one.inputs["qualifier"], one.inputs["provisionedConcurrentExecutions"]) for one in kept} == {("live", 3)}


def test_every_function_goes_back_to_boto3_by_one_setting(prod: Recorded) -> None:
    back = functions(record("prod", awsClient="boto3"))

    assert all(_variables(one).get("AWS_CLIENT") == "boto3" for one in back.values())
    assert not any("AWS_CLIENT" in _variables(one) for one in functions(prod).values())


def _variables(function: Registration) -> dict[str, str]:
    found: dict[str, str] = function.inputs.get("environment", {}).get("variables", {})
    return found
