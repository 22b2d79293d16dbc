"""Website: pages in a private bucket behind CloudFront, and the API on the same origin under `/api/`."""

from collections.abc import Mapping, Sequence

import msgspec
import pulumi
import pulumi_aws as aws

from components import site_files
from components.distribution import SiteDistribution, SiteDistributionArgs
from components.edge import Edge
from components.http_api import HttpApi
from components.private_bucket import PrivateBucket
from components.settings import Settings
from components.site_domain import SiteDomain
from components.site_files import File
from components.user_pool import UserPool
from contract import metadata
from contract.edge import API_PATH, CACHE_CONTROL
from contract.scopes import HELLO_READ

CONFIG = "config.json"


class Website(pulumi.ComponentResource):
    """The site, with its files in `bucket`. Outputs: `url`, its origin; `api_url`, where callers reach the API."""

    url: pulumi.Output[str]
    api_url: pulumi.Output[str]
    closes_api: pulumi.Output[str] | None = None
    """`true` as soon as the API may refuse what comes past the site; None if it never does."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        bucket: PrivateBucket,
        edge: Edge,
        api: HttpApi,
        pool: UserPool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("sallyport:index:Website", name, None, opts)
        self._name = name
        self._settings = settings
        self._own = pulumi.ResourceOptions(parent=self)
        self._bucket = bucket.resource
        self._logs = PrivateBucket(f"{name}-logs", settings, self._own, keep_days=settings.log_retention_days).resource
        files = site_files.files()
        self._upload(files, pool)
        self._domain = SiteDomain(f"{name}-domain", settings, self._own) if settings.domain else None
        args = SiteDistributionArgs(
            settings=settings,
            edge=edge,
            api=api,
            pool_url=pool.hosted_ui_url,
            root_files=[CONFIG, *(file.key for file in files if file.key.endswith(".txt") and "/" not in file.key)],
            documents={file.key: file.content for file in files if file.key.endswith(".html")},
            files=self._bucket,
            logs=self._logs,
            domain=self._domain,
        )
        ready = pulumi.ResourceOptions(parent=self, depends_on=[self._take_logs()])
        self.distribution = SiteDistribution(name, args, ready).resource
        self._let_read()
        self.url, self.api_url = self._url(), api.address
        if self._domain:
            self._move_api(self._domain)
        self._publish_metadata()
        self.register_outputs({"url": self.url, "api_url": self.api_url})

    def _move_api(self, domain: SiteDomain) -> None:
        """Have callers come by the domain, once it has its certificate, its distribution and its records."""
        records = pulumi.Output.all(*(record.fqdn for record in domain.point_to(self.distribution)))
        self.api_url = records.apply(lambda _: f"{self._settings.site_origin}{API_PATH}")
        self.closes_api = records.apply(lambda _: "true")

    def _take_logs(self) -> aws.s3.BucketOwnershipControls:
        """Let CloudFront write, by an ACL. Source: Developer Guide, "Configure standard logging (legacy)"."""
        return aws.s3.BucketOwnershipControls(
            f"{self._name}-logs-owner",
            bucket=self._logs.id,
            rule={"object_ownership": "BucketOwnerPreferred"},
            opts=self._own,
        )

    def _upload(self, files: list[File], pool: UserPool) -> None:
        assets = [self._file(file) for file in files if file.cache_control != site_files.ANEW]
        documents = [file for file in files if file.cache_control == site_files.ANEW]
        for file in documents:
            if file.key != site_files.NOT_FOUND:  # which the distribution's function answers with
                self._file(file, after=assets)
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
        self._object(CONFIG, config, "application/json", site_files.ANEW)

    def _publish_metadata(self) -> None:
        """Upload the issuer's metadata, at every path where verifiers look."""
        document = self.api_url.apply(lambda issuer: msgspec.json.encode(metadata.document(issuer)).decode())
        for path in metadata.FILES:
            self._object(path.removeprefix("/"), document, "application/json", CACHE_CONTROL)

    def _file(self, file: File, after: Sequence[pulumi.Resource] = ()) -> pulumi.Resource:
        return self._object(file.key, file.content, file.content_type, file.cache_control, after)

    def _object(
        self,
        key: str,
        content: pulumi.Input[str],
        content_type: str,
        cache_control: str,
        after: Sequence[pulumi.Resource] = (),
    ) -> pulumi.Resource:
        """Upload an object; documents after all that they name."""
        return aws.s3.BucketObjectv2(
            f"{self._name}-{_logical_name(key)}",
            bucket=self._bucket.id,
            key=key,
            content=content,
            content_type=content_type,
            cache_control=cache_control,
            tags=self._settings.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )

    def _let_read(self) -> None:
        """Let this distribution read the files, and no other; and nobody use either bucket without TLS."""
        statement = {
            "Sid": "ReadForDistribution",
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "s3:GetObject",
            "Resource": pulumi.Output.format("{0}/*", self._bucket.arn),
            "Condition": {"StringEquals": {"AWS:SourceArn": self.distribution.arn}},
        }
        self._guard("files", self._bucket, statement)
        self._guard("logs", self._logs)

    def _guard(self, what: str, bucket: aws.s3.Bucket, *statements: Mapping[str, object]) -> None:
        without_tls = {
            "Sid": "RefuseWithoutTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket.arn, pulumi.Output.format("{0}/*", bucket.arn)],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        aws.s3.BucketPolicy(
            f"{self._name}-{what}-policy",
            bucket=bucket.id,
            policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [*statements, without_tls]}),
            opts=self._own,
        )

    def _url(self) -> pulumi.Output[str]:
        settings = self._settings
        if settings.site_origin:
            return pulumi.Output.from_input(settings.site_origin)
        return pulumi.Output.format("https://{0}", self.distribution.domain_name)


def _logical_name(key: str) -> str:
    """Return the name of a file's resource: the key without the folder that changes with its content."""
    return key.partition("/")[2] if key.startswith("assets-") else key
