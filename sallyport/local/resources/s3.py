"""S3 buckets, and the settings of buckets that are separate resources."""

from typing import Any

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import (
    Call,
    Outputs,
    ResourceHandler,
    answers,
    key_values,
    pascal,
    present,
)


class Bucket(ResourceHandler):
    """aws.s3.Bucket."""

    token = "aws:s3/bucket:Bucket"  # noqa: S105
    named, name_input = True, "bucket"

    @staticmethod
    def exists(call: Call) -> bool:
        """Return whether there is a bucket of this name."""
        return answers(call.aws("s3").head_bucket, Bucket=call.physical_name)

    @staticmethod
    def create(
        call: Call,
        *,
        force_destroy: bool = False,
        object_lock_enabled: bool | None = None,
        tags: dict[str, str] | None = None,
    ) -> Made:
        """Create the bucket. Outputs: arn, bucket, bucketDomainName, bucketRegionalDomainName, region."""
        s3, name = call.aws("s3"), call.physical_name
        s3.create_bucket(Bucket=name, **present(ObjectLockEnabledForBucket=object_lock_enabled))
        _tag(call, name, tags)
        region = s3.meta.region_name
        domains = {
            "bucketDomainName": f"{name}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
        }
        known = {"name": name, "forceDestroy": force_destroy, "region": region}
        return Made(name, {"bucket": name, "arn": f"arn:aws:s3:::{name}", **domains, **known})

    @staticmethod
    def update(
        call: Call,
        id_: str,
        *,
        force_destroy: bool = False,
        object_lock_enabled: bool | None = None,
        tags: dict[str, str] | None = None,
    ) -> Outputs:
        """Change the bucket; its objects stay."""
        _tag(call, id_, tags)
        return {"forceDestroy": force_destroy}

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the bucket, with its objects if `forceDestroy` is set; otherwise AWS refuses unless it is empty."""
        s3 = call.aws("s3")
        if outputs.get("forceDestroy"):
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=id_):
                for one in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                    s3.delete_object(Bucket=id_, Key=one["Key"], VersionId=one["VersionId"])
        s3.delete_bucket(Bucket=id_)


class BucketVersioning(ResourceHandler):
    """aws.s3.BucketVersioning."""

    token = "aws:s3/bucketVersioning:BucketVersioning"  # noqa: S105

    @staticmethod
    def create(call: Call, *, bucket: str, versioning_configuration: dict[str, str]) -> Made:
        """Set the versioning. AWS can suspend it but never remove it, so deletion does nothing."""
        call.aws("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration=pascal(versioning_configuration))
        return Made(bucket)


class BucketPublicAccessBlock(ResourceHandler):
    """aws.s3.BucketPublicAccessBlock."""

    token = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        bucket: str,
        block_public_acls: bool = False,
        block_public_policy: bool = False,
        ignore_public_acls: bool = False,
        restrict_public_buckets: bool = False,
    ) -> Made:
        """Block public access to the bucket."""
        block = {
            "BlockPublicAcls": block_public_acls,
            "BlockPublicPolicy": block_public_policy,
            "IgnorePublicAcls": ignore_public_acls,
            "RestrictPublicBuckets": restrict_public_buckets,
        }
        call.aws("s3").put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
        return Made(bucket)

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Remove the block."""
        call.aws("s3").delete_public_access_block(Bucket=id_)


class BucketServerSideEncryptionConfiguration(ResourceHandler):
    """aws.s3.BucketServerSideEncryptionConfiguration."""

    token = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"  # noqa: S105

    @staticmethod
    def create(call: Call, *, bucket: str, rules: list[dict[str, Any]]) -> Made:
        """Set the default encryption of objects."""
        given = [
            {
                "ApplyServerSideEncryptionByDefault": _default(rule["applyServerSideEncryptionByDefault"]),
                **present(BucketKeyEnabled=rule.get("bucketKeyEnabled")),
            }
            for rule in rules
        ]
        call.aws("s3").put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": given})
        return Made(bucket)

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Remove the setting; S3's own keys are used again."""
        call.aws("s3").delete_bucket_encryption(Bucket=id_)


class BucketPolicy(ResourceHandler):
    """aws.s3.BucketPolicy."""

    token = "aws:s3/bucketPolicy:BucketPolicy"  # noqa: S105

    @staticmethod
    def create(call: Call, *, bucket: str, policy: str) -> Made:
        """Set the bucket's policy."""
        call.aws("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
        return Made(bucket)

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Remove the policy; only the account's own roles have access then."""
        call.aws("s3").delete_bucket_policy(Bucket=id_)


class BucketOwnershipControls(ResourceHandler):
    """aws.s3.BucketOwnershipControls."""

    token = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"  # noqa: S105

    @staticmethod
    def create(call: Call, *, bucket: str, rule: dict[str, str]) -> Made:
        """Set the ownership of objects."""
        call.aws("s3").put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [pascal(rule)]})
        return Made(bucket)

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Remove the setting; AWS's default applies again."""
        call.aws("s3").delete_bucket_ownership_controls(Bucket=id_)


class BucketLifecycleConfiguration(ResourceHandler):
    """aws.s3.BucketLifecycleConfiguration."""

    token = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"  # noqa: S105

    @staticmethod
    def create(call: Call, *, bucket: str, rules: list[dict[str, Any]]) -> Made:
        """Set the rules for the move and expiry of objects."""
        call.aws("s3").put_bucket_lifecycle_configuration(
            Bucket=bucket, LifecycleConfiguration={"Rules": [_lifecycle(rule) for rule in rules]}
        )
        return Made(bucket)

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Remove the rules; objects stay where they are."""
        call.aws("s3").delete_bucket_lifecycle(Bucket=id_)


class BucketCorsConfiguration(ResourceHandler):
    """aws.s3.BucketCorsConfiguration."""

    token = "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration"  # noqa: S105

    @staticmethod
    def create(call: Call, *, bucket: str, cors_rules: list[dict[str, Any]]) -> Made:
        """Set the origins whose pages may read the bucket."""
        rules = [{("ID" if name == "Id" else name): one for name, one in pascal(rule).items()} for rule in cors_rules]
        call.aws("s3").put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})
        return Made(bucket)

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Remove the CORS rules."""
        call.aws("s3").delete_bucket_cors(Bucket=id_)


class BucketNotification(ResourceHandler):
    """aws.s3.BucketNotification."""

    token = "aws:s3/bucketNotification:BucketNotification"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        bucket: str,
        lambda_functions: list[dict[str, Any]] | None = None,
        queues: list[dict[str, Any]] | None = None,
        topics: list[dict[str, Any]] | None = None,
        eventbridge: bool | None = None,
    ) -> Made:
        """Set the targets of events about new and deleted objects."""
        given = {
            "LambdaFunctionConfigurations": [_told(one, "lambdaFunctionArn") for one in lambda_functions or []],
            "QueueConfigurations": [_told(one, "queueArn") for one in queues or []],
            "TopicConfigurations": [_told(one, "topicArn") for one in topics or []],
            **({"EventBridgeConfiguration": {}} if eventbridge else {}),
        }
        call.aws("s3").put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=given)
        return Made(bucket)

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Remove all targets."""
        call.aws("s3").put_bucket_notification_configuration(Bucket=id_, NotificationConfiguration={})


def _deprecated(kind: type[ResourceHandler]) -> None:
    """Register the handler under its deprecated name too, which ends in `V2`."""
    type(f"{kind.__name__}V2", (kind,), {"token": kind.token.replace(":Bucket", "V2:Bucket") + "V2"})


for kind in (
    Bucket,
    BucketVersioning,
    BucketServerSideEncryptionConfiguration,
    BucketLifecycleConfiguration,
    BucketCorsConfiguration,
):
    _deprecated(kind)


def _tag(call: Call, bucket: str, tags: dict[str, str] | None) -> None:
    if tags:
        call.aws("s3").put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": key_values(tags)})
    else:
        call.aws("s3").delete_bucket_tagging(Bucket=bucket)


def _default(given: dict[str, str]) -> dict[str, str]:
    return {"SSEAlgorithm": given["sseAlgorithm"], **present(KMSMasterKeyID=given.get("kmsMasterKeyId"))}


def _lifecycle(rule: dict[str, Any]) -> dict[str, Any]:
    """Return the rule as AWS takes it: with `ID`, and with a filter even if it is empty."""
    given = pascal(rule)
    return {"Filter": {"Prefix": ""}, **{("ID" if name == "Id" else name): one for name, one in given.items()}}


def _told(one: dict[str, Any], arn: str) -> dict[str, Any]:
    filters = {"Prefix": one.get("filterPrefix"), "Suffix": one.get("filterSuffix")}
    rules = [{"Name": name.lower(), "Value": value} for name, value in filters.items() if value]
    how = {"Filter": {"Key": {"FilterRules": rules}}} if rules else {}
    return {_capital(arn): one[arn], "Events": one["events"], **present(Id=one.get("id")), **how}


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
