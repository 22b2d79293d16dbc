"""sallyport.local.naming: the names that Pulumi would generate."""

from pathlib import Path

import pytest

from components.settings_checks import LONGEST_PREFIX
from sallyport.local.naming import DEFAULT, pattern, physical_name
from tests.stack.conftest import record

URN = "urn:pulumi:prod::sallyport::sallyport:index:Orders$aws:dynamodb/table:Table::orders-table"
MOST_CHARACTERS = {
    "aws:iam/role:Role": 64,
    "aws:lambda/function:Function": 64,
    "aws:s3/bucket:Bucket": 63,
    "aws:sqs/queue:Queue": 80,
}
"""Type → the longest name. Source: the services' API references."""


def in_project(folder: Path, config: str) -> str:
    (folder / "Pulumi.yaml").write_text(f"name: small\nruntime: python\n{config}")
    return pattern(folder)


def test_the_pattern_of_a_project_is_pulumis_own_unless_it_is_set(tmp_path: Path) -> None:
    long = "config:\n  pulumi:autonaming:\n    value:\n      pattern: ${stack}-${name}-${hex(3)}  # why\n"

    assert in_project(tmp_path, "") == DEFAULT
    assert in_project(tmp_path, long) == "${stack}-${name}-${hex(3)}"
    assert in_project(tmp_path, 'config:\n  pulumi:autonaming:\n    pattern: "${name}"\n') == "${name}"


def test_a_name_is_the_same_at_every_run_and_another_for_another_resource() -> None:
    name = physical_name("${project}-${stack}-${name}-${hex(7)}", URN)

    assert name == physical_name("${project}-${stack}-${name}-${hex(7)}", URN)
    assert name[:-7] == "sallyport-prod-orders-table-"
    assert name[-7:] != physical_name(DEFAULT, URN.replace("prod", "dev"))[-7:]


def test_what_pulumi_knows_and_this_does_not_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\$\{alphanum\(5\)\} is not known here"):
        physical_name("${name}-${alphanum(5)}", URN)


def test_names_are_not_too_long_for_the_longest_project_and_stack() -> None:
    for resource in record("prod").custom:
        if resource.type in MOST_CHARACTERS:
            name = f"{'p' * LONGEST_PREFIX}-{resource.name}-1234567"
            assert len(name) <= MOST_CHARACTERS[resource.type], name
