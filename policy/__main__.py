"""The policy pack: `pulumi preview --policy-pack policy`. A resource that breaks a rule stops the update."""

import sys
from collections.abc import Callable
from pathlib import Path

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

sys.path.append(str(Path(__file__).parents[1]))  # Pulumi runs this file by its path

from policy.rules import RULES, Resource, Rule


def validation(rule: Rule) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    """Return the rule as Pulumi calls it."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        for found in rule(Resource(args.resource_type, args.name, args.props)):
            report(found)

    return validate


PolicyPack(
    name="sallyport",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        ResourceValidationPolicy(name=name, description=rule.__doc__ or name, validate=validation(rule))
        for name, rule in RULES.items()
    ],
)
