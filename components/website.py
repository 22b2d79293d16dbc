"""Website: pages in a private bucket behind CloudFront, and the API on the same origin under `/api/`."""

import pulumi
import pulumi_aws as aws

from components import site_files
from components.auth_api import AuthApi
from components.distribution import SiteDistribution, SiteDistributionArgs
from components.edge import Edge
from components.settings import Settings
from components.site_domain import SiteDomain
from components.site_files import File
from components.user_pool import UserPool
from contract.scopes import HELLO_READ


class Website(pulumi.ComponentResource):
    """The site. Output: `url`, its origin."""

    url: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        settings: Settings,
        edge: Edge,
        auth_api: AuthApi,
        pool: UserPool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sallyport:index:Website", name, None, opts)
        self._name = name
        self._settings = settings
        self._own = pulumi.ResourceOptions(parent=self)
        self._bucket = self._private_bucket("files", tidy=False)
        self._logs = self._private_bucket("logs", tidy=True)
        files = site_files.files()
        self._upload(files, pool)
        self._domain = SiteDomain(f"{name}-domain", settings, self._own) if settings.domain else None
        args = SiteDistributionArgs(
            settings=settings,
            edge=edge,
            auth_api=auth_api,
            pool_url=pool.hosted_ui_url,
            documents={file.key: file.content for file in files if file.key.endswith(".html")},
            files=self._bucket,
            logs=self._logs,
            domain=self._domain,
        )
        ready = pulumi.ResourceOptions(parent=self, depends_on=[self._take_logs()])
        self.distribution = SiteDistribution(name, args, ready).resource
        self._let_read()
        if self._domain:
            self._domain.point_to(self.distribution)
        self.url = self._url()
        self.register_outputs({"url": self.url})

    def _private_bucket(self, what: str, *, tidy: bool) -> aws.s3.Bucket:
        """Return a bucket that nobody reads without a policy; `tidy` deletes what is older than logs are kept."""
        name, settings = f"{self._name}-{what}", self._settings
        bucket = aws.s3.Bucket(name, force_destroy=not settings.retain or not tidy, tags=settings.tags, opts=self._own)
        aws.s3.BucketPublicAccessBlock(
            f"{name}-access",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._own,
        )
        if tidy:
            aws.s3.BucketLifecycleConfiguration(
                f"{name}-lifecycle",
                bucket=bucket.id,
                rules=[{"id": "expire", "status": "Enabled", "expiration": {"days": settings.log_retention_days}}],
                opts=self._own,
            )
        return bucket

    def _take_logs(self) -> aws.s3.BucketOwnershipControls:
        """Let CloudFront write, by an ACL. Source: Developer Guide, "Configure standard logging (legacy)"."""
        return aws.s3.BucketOwnershipControls(
            f"{self._name}-logs-owner",
            bucket=self._logs.id,
            rule={"object_ownership": "BucketOwnerPreferred"},
            opts=self._own,
        )

    def _upload(self, files: list[File], pool: UserPool) -> None:
        for file in files:
            if file.key == site_files.NOT_FOUND:  # which the distribution's function answers with
                continue
            self._object(file.key, file.content, file.content_type, file.cache_control)
        settings = self._settings
        config = pulumi.Output.json_dumps(
            {
                "factors": sorted(settings.offered),
                "pool": {
                    "url": pool.hosted_ui_url,
                    "client": pool.terminal.id,
                    "scopes": ["openid", HELLO_READ],
                    "callback": f"{settings.site_origin}/pool",
                },
            }
        )
        self._object("config.json", config, "application/json", site_files.ANEW)

    def _object(self, key: str, content: pulumi.Input[str], content_type: str, cache_control: str) -> None:
        aws.s3.BucketObjectv2(
            f"{self._name}-{key.partition('/')[2] or key}",
            bucket=self._bucket.id,
            key=key,
            content=content,
            content_type=content_type,
            cache_control=cache_control,
            tags=self._settings.tags,
            opts=self._own,
        )

    def _let_read(self) -> None:
        """Let this distribution read, and no other, over TLS alone."""
        statement = {
            "Sid": "ReadForDistribution",
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "s3:GetObject",
            "Resource": pulumi.Output.format("{0}/*", self._bucket.arn),
            "Condition": {"StringEquals": {"AWS:SourceArn": self.distribution.arn}},
        }
        without_tls = {
            "Sid": "RefuseWithoutTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [self._bucket.arn, pulumi.Output.format("{0}/*", self._bucket.arn)],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        aws.s3.BucketPolicy(
            f"{self._name}-files-policy",
            bucket=self._bucket.id,
            policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [statement, without_tls]}),
            opts=self._own,
        )

    def _url(self) -> pulumi.Output[str]:
        settings = self._settings
        if settings.site_origin:
            return pulumi.Output.from_input(settings.site_origin)
        return pulumi.Output.format("https://{0}", self.distribution.domain_name)
