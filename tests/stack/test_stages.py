"""Stages: the same program with another configuration, and nothing that one stage could reach of another."""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
import yaml

from sallyport.local import program
from sallyport.local.recording import Recording
from sallyport.local.tools import ROOT
from tests.stack.conftest import Recorded, record

STAGES = ("dev", "staging", "prod")
PAIRS = list(combinations(STAGES, 2))
OF_A_TEAM = {"region", "mailFrom", "createMailIdentity", "domain", "hostedZoneId", "permissionsBoundary"}
"""What differs by where a team deploys, not by what a stage is for."""
OF_A_STAGE = re.compile(r"sallyport-(dev|staging|prod)\b")
PAGE = ROOT / "docs" / "pipelines.md"


def texts(value: Any) -> Iterator[str]:
    """Yield every text of nested inputs."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)


def configuration(stage: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{stage}.yaml").read_text())["config"]
    return content


@pytest.mark.parametrize("stage", STAGES)
def test_no_resource_names_another_stage(stage: str) -> None:
    for resource in record(stage, monitoring="true").custom:
        named = {found for text in texts(resource.inputs) for found in OF_A_STAGE.findall(text)}
        assert named <= {stage}, resource.name


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_tokens_of_one_stage_are_for_no_other(one: str, other: str) -> None:
    audiences = [_variables(record(stage), "authorizer", "AUDIENCE") for stage in (one, other)]
    trusted = [record(stage).outputs["issuer"] for stage in (one, other)]

    assert audiences == [f"sallyport-{one}", f"sallyport-{other}"]
    assert all(trusted)


def _variables(stage: Recorded, function: str, name: str) -> str:
    value: str = stage.named(f"{function}-function").inputs["environment"]["variables"][name]
    return value


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_stages_share_no_name(one: str, other: str) -> None:
    """Names in the same account and region: of what is named by the program, and of the hosted pages."""
    names = [
        {
            (resource.type, resource.inputs[key])
            for resource in record(stage, monitoring="true", domain="", hostedZoneId="").custom
            for key in ("name", "dashboardName", "layerName", "domain")
            if key in resource.inputs and not _is_part_of_something_named(resource.type)
        }
        for stage in (one, other)
    ]

    assert names[0] & names[1] == set()


def _is_part_of_something_named(type_: str) -> bool:
    return (
        any(one in type_ for one in ("apigatewayv2/stage", "cognito/", "wafv2/", "route53/")) and "Domain" not in type_
    )


@pytest.mark.parametrize("stage", STAGES)
def test_two_runs_of_the_program_declare_the_same_to_the_byte(stage: str) -> None:
    runs = [
        program.run(ROOT, stage, Recording(), overrides={"sallyport:mailFrom": "codes@example.com"}) for _ in range(2)
    ]

    first, second = ([(one.urn, _bytes(one.inputs)) for one in sorted(run.registrations, key=_urn)] for run in runs)
    assert first == second
    assert runs[0].outputs == runs[1].outputs


def _urn(registration: Any) -> str:
    return str(registration.urn)


def _bytes(inputs: dict[str, Any]) -> str:
    return json.dumps(inputs, sort_keys=True, default=lambda asset: asset.digest)


def test_the_page_says_each_difference() -> None:
    """A setting that one stage has and another has not, or has another way."""
    settings = {name for stage in STAGES for name in configuration(stage)}
    different = {name for name in settings if len({json.dumps(configuration(stage).get(name)) for stage in STAGES}) > 1}
    page = PAGE.read_text()

    assert {name.partition(":")[2] for name in different} - OF_A_TEAM == set(
        re.findall(r"^\| `(\w+)` \|", page.split("## Stages")[1].split("\n## ")[0], re.MULTILINE)
    )
