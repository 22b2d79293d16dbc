"""IAM roles and their inline policies."""

from local.engine import Made
from local.resources.kind import Call, Kind, Outputs, key_values


class Role(Kind):
    """aws.iam.Role."""

    token = "aws:iam/role:Role"  # noqa: S105
    named = True

    @staticmethod
    def create(call: Call, *, assume_role_policy: str, tags: dict[str, str] | None = None) -> Made:
        """Outputs: arn, name."""
        name = call.physical_name
        role = call.aws("iam").create_role(
            RoleName=name, AssumeRolePolicyDocument=assume_role_policy, Tags=key_values(tags)
        )["Role"]
        return Made(name, {"name": name, "arn": role["Arn"]})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Its policies are resources of their own and are gone by now."""
        call.aws("iam").delete_role(RoleName=id_)


class RolePolicy(Kind):
    """aws.iam.RolePolicy."""

    token = "aws:iam/rolePolicy:RolePolicy"  # noqa: S105

    @staticmethod
    def create(call: Call, *, role: str, policy: str) -> Made:
        """Outputs: name."""
        name = call.physical_name
        call.aws("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=policy)
        return Made(f"{role}:{name}", {"name": name})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Take the policy from its role."""
        role, name = id_.split(":")
        call.aws("iam").delete_role_policy(RoleName=role, PolicyName=name)
