"""Published versions of a function: with SnapStart they start from a snapshot, or environments of them are kept ready.

SnapStart takes Python 3.12 and newer, and arm64; it excludes provisioned concurrency, and works with versions alone.
Source: Lambda Developer Guide, "Improving startup performance with Lambda SnapStart", "Configuring provisioned
concurrency for a function".
"""

from typing import Any

import pulumi
import pulumi_aws as aws

from components.settings import Settings

ALIAS = "live"


def arguments(settings: Settings) -> dict[str, Any]:
    """Return the arguments of a function that has versions."""
    snap_start = {"snap_start": {"apply_on": "PublishedVersions"}} if settings.snap_start else {}
    return {"publish": True, **snap_start}


def alias(name: str, function: aws.lambda_.Function, settings: Settings, parent: pulumi.Resource) -> aws.lambda_.Alias:
    """Declare the alias of the newest version, and the environments that are kept of it."""
    opts = pulumi.ResourceOptions(parent=parent)
    live = aws.lambda_.Alias(
        f"{name}-{ALIAS}", name=ALIAS, function_name=function.name, function_version=function.version, opts=opts
    )
    if settings.provisioned_concurrency:
        aws.lambda_.ProvisionedConcurrencyConfig(
            f"{name}-kept",
            function_name=function.name,
            qualifier=live.name,
            provisioned_concurrent_executions=settings.provisioned_concurrency,
            opts=opts,
        )
    return live
