"""IAM roles, their inline policies, managed policies, and their attachments."""

from typing import Any

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import Call, MustReplace, Outputs, ResourceHandler, key_values, present


class Role(ResourceHandler):
    """aws.iam.Role."""

    token = "aws:iam/role:Role"  # noqa: S105
    named = True

    @staticmethod
    def create(call: Call, **inputs: Any) -> Made:
        """Create the role. Outputs: arn, name, uniqueId."""
        name, wanted = call.physical_name, Role.configuration(**inputs)
        role = call.aws("iam").create_role(
            RoleName=name,
            AssumeRolePolicyDocument=wanted["trust"],
            Tags=wanted["tags"],
            **present(PermissionsBoundary=wanted["boundary"]),
            **wanted["settings"],
        )["Role"]
        _give(call, name, wanted)
        return Made(name, {"name": name, "arn": role["Arn"], "uniqueId": role["RoleId"]})

    @staticmethod
    def update(call: Call, id_: str, **inputs: Any) -> Outputs:
        """Change the role; policies that are separate resources stay."""
        iam, wanted = call.aws("iam"), Role.configuration(**inputs)
        settings = {"Description": "", **wanted["settings"]}
        known = iam.get_role(RoleName=id_)["Role"]
        if settings.pop("Path", known["Path"]) != known["Path"]:
            raise MustReplace
        iam.update_assume_role_policy(RoleName=id_, PolicyDocument=wanted["trust"])
        iam.update_role(RoleName=id_, **settings)
        iam.tag_role(RoleName=id_, Tags=wanted["tags"])
        if wanted["boundary"]:
            iam.put_role_permissions_boundary(RoleName=id_, PermissionsBoundary=wanted["boundary"])
        elif "PermissionsBoundary" in known:
            iam.delete_role_permissions_boundary(RoleName=id_)
        _give(call, id_, wanted)
        return {}

    @staticmethod
    def configuration(
        *,
        assume_role_policy: str,
        description: str | None = None,
        path: str | None = None,
        max_session_duration: int | None = None,
        permissions_boundary: str | None = None,
        managed_policy_arns: list[str] | None = None,
        inline_policies: list[dict[str, str]] | None = None,
        force_detach_policies: bool = False,
        tags: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Return the arguments for CreateRole, and the policies that the role is given with it."""
        return {
            "trust": assume_role_policy,
            "settings": present(Description=description, Path=path, MaxSessionDuration=max_session_duration),
            "boundary": permissions_boundary,
            "tags": key_values(tags),
            "managed": managed_policy_arns or [],
            "inline": inline_policies or [],
        }

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the role with its policies. Policies that are separate resources are deleted before it."""
        iam = call.aws("iam")
        for policy in iam.list_attached_role_policies(RoleName=id_)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=id_, PolicyArn=policy["PolicyArn"])
        for name in iam.list_role_policies(RoleName=id_)["PolicyNames"]:
            iam.delete_role_policy(RoleName=id_, PolicyName=name)
        iam.delete_role(RoleName=id_)


def _give(call: Call, role: str, wanted: dict[str, Any]) -> None:
    iam = call.aws("iam")
    for arn in wanted["managed"]:
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    for policy in wanted["inline"]:
        iam.put_role_policy(RoleName=role, PolicyName=policy["name"], PolicyDocument=policy["policy"])


class RolePolicy(ResourceHandler):
    """aws.iam.RolePolicy."""

    token = "aws:iam/rolePolicy:RolePolicy"  # noqa: S105

    @staticmethod
    def create(call: Call, *, role: str, policy: str, name: str | None = None) -> Made:
        """Add the inline policy to its role. Outputs: name."""
        name = name or call.physical_name
        call.aws("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=policy)
        return Made(f"{role}:{name}", {"name": name})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Remove the inline policy from its role."""
        role, name = id_.split(":")
        call.aws("iam").delete_role_policy(RoleName=role, PolicyName=name)


class Policy(ResourceHandler):
    """aws.iam.Policy."""

    token = "aws:iam/policy:Policy"  # noqa: S105
    named = True

    @staticmethod
    def create(
        call: Call,
        *,
        policy: str,
        description: str | None = None,
        path: str | None = None,
        tags: dict[str, str] | None = None,
    ) -> Made:
        """Create the policy. Outputs: arn, name."""
        arn = call.aws("iam").create_policy(
            PolicyName=call.physical_name,
            PolicyDocument=policy,
            Tags=key_values(tags),
            **present(Description=description, Path=path),
        )["Policy"]["Arn"]
        return Made(arn, {"arn": arn, "name": call.physical_name})

    @staticmethod
    def update(
        call: Call,
        id_: str,
        *,
        policy: str,
        description: str | None = None,
        path: str | None = None,
        tags: dict[str, str] | None = None,
    ) -> Outputs:
        """Create a new version and delete the old one, because AWS keeps at most five; attachments stay."""
        iam = call.aws("iam")
        iam.create_policy_version(PolicyArn=id_, PolicyDocument=policy, SetAsDefault=True)
        for version in iam.list_policy_versions(PolicyArn=id_)["Versions"]:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=id_, VersionId=version["VersionId"])
        return {}

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the policy. Its attachments are separate resources, deleted before it."""
        arn = id_ if id_.startswith("arn:") else f"arn:aws:iam::{call.arn('iam', '').split(':')[4]}:policy/{id_}"
        call.aws("iam").delete_policy(PolicyArn=arn)


class RolePolicyAttachment(ResourceHandler):
    """aws.iam.RolePolicyAttachment."""

    token = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"  # noqa: S105

    @staticmethod
    def create(call: Call, *, role: str, policy_arn: str) -> Made:
        """Attach a policy of the account or of AWS to the role."""
        call.aws("iam").attach_role_policy(RoleName=role, PolicyArn=policy_arn)
        return Made(f"{role}-{policy_arn}", {"role": role, "policyArn": policy_arn})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Detach the policy from its role."""
        call.aws("iam").detach_role_policy(RoleName=outputs["role"], PolicyArn=outputs["policyArn"])


class OpenIdConnectProvider(ResourceHandler):
    """aws.iam.OpenIdConnectProvider."""

    token = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        url: str,
        client_id_lists: list[str],
        thumbprint_lists: list[str] | None = None,
        tags: dict[str, str] | None = None,
    ) -> Made:
        """Create the provider. Outputs: arn, url."""
        arn = call.aws("iam").create_open_id_connect_provider(
            Url=url,
            ClientIDList=client_id_lists,
            **present(ThumbprintList=thumbprint_lists, Tags=tags and key_values(tags)),
        )["OpenIDConnectProviderArn"]
        return Made(arn, {"arn": arn, "url": url})

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the provider. Roles that trust it cannot be assumed any more."""
        call.aws("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=id_)
