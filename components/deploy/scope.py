"""The one stage that a pipeline deploys: names, ARNs and conditions of its resources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Statement = dict[str, Any]
Conditions = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Scope:
    """A stage, and where it is. The names of its resources begin with `prefix`, by `pulumi:autonaming`."""

    project: str
    stage: str
    region: str
    account: str
    mail_from: str = ""
    """The address whose SES identity the stage creates; empty for none."""
    hosted_zone_id: str = ""
    """The zone that gets the site's records; empty for none."""
    migration_function: str = ""
    """The ARN of the stage's `migrationFunction`; empty for none."""
    state_bucket: str = ""
    """The bucket of Pulumi's state; empty where the state is elsewhere."""
    state_key_arn: str = ""
    """The KMS key of Pulumi's secrets; empty for another secrets provider."""
    has_test_user: bool = False

    @property
    def prefix(self) -> str:
        """Return what the names of the stage's resources begin with."""
        return f"{self.project}-{self.stage}"

    @property
    def boundary_name(self) -> str:
        """Return the name of the policy that bounds the functions' roles; it does not begin with the prefix."""
        return f"deploy-{self.prefix}-boundary"

    @property
    def boundary_arn(self) -> str:
        """Return the ARN of that policy."""
        return f"arn:aws:iam::{self.account}:policy/{self.boundary_name}"

    @property
    def new(self) -> Conditions:
        """Return the condition of requests that create something with the stage's tags."""
        return {"StringEquals": self._tags("RequestTag")}

    @property
    def own(self) -> Conditions:
        """Return the condition of requests about something that has the stage's tags."""
        return {"StringEquals": self._tags("ResourceTag")}

    @property
    def tagging(self) -> Conditions:
        """Return the condition of requests that give the stage's tags to what is new, or has none of another stage.

        AWS has no condition that tells a resource that is being created from one without tags.
        """
        return {"StringEquals": self._tags("RequestTag"), "StringEqualsIfExists": self._tags("ResourceTag")}

    def arn(self, service: str, resource: str) -> str:
        """Return an ARN in the stage's region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def global_arn(self, service: str, resource: str) -> str:
        """Return an ARN of a service without regions."""
        return f"arn:aws:{service}::{self.account}:{resource}"

    def named(self, service: str, kind: str = "") -> str:
        """Return the ARN of all of the stage's resources of a kind, such as `table/`."""
        return self.arn(service, f"{kind}{self.prefix}-*")

    def _tags(self, of: str) -> dict[str, str]:
        return {f"aws:{of}/project": self.project, f"aws:{of}/stage": self.stage}


def allow(
    sid: str, service: str, actions: Sequence[str], resources: str | Sequence[str], conditions: Conditions | None = None
) -> Statement:
    """Return a statement; actions are named without their service."""
    named = [resources] if isinstance(resources, str) else list(resources)
    statement = {"Sid": sid, "Effect": "Allow", "Action": [f"{service}:{one}" for one in actions], "Resource": named}
    return {**statement, "Condition": conditions} if conditions else statement
