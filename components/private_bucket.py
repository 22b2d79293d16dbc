"""PrivateBucket: a bucket that nobody reads without a policy."""

import pulumi
import pulumi_aws as aws

from components.settings import Settings


class PrivateBucket(pulumi.ComponentResource):
    """The bucket, as `resource`. `keep_days` deletes older objects; without it they stay."""

    resource: aws.s3.Bucket

    def __init__(
        self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None, *, keep_days: int | None = None
    ) -> None:
        super().__init__("sallyport:index:PrivateBucket", name, None, opts)
        self._name = name
        self._own = pulumi.ResourceOptions(parent=self)
        may_be_emptied = not settings.retain or keep_days is None
        self.resource = aws.s3.Bucket(name, force_destroy=may_be_emptied, tags=settings.tags, opts=self._own)
        self._block_public_access()
        if keep_days is not None:
            self._expire_after(keep_days)
        self.register_outputs({"arn": self.resource.arn})

    def _block_public_access(self) -> None:
        aws.s3.BucketPublicAccessBlock(
            f"{self._name}-access",
            bucket=self.resource.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._own,
        )

    def _expire_after(self, days: int) -> None:
        aws.s3.BucketLifecycleConfiguration(
            f"{self._name}-lifecycle",
            bucket=self.resource.id,
            rules=[{"id": "expire", "status": "Enabled", "expiration": {"days": days}}],
            opts=self._own,
        )
