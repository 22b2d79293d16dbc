"""SiteDistribution: CloudFront before the site's files and the API, with its function and its headers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pulumi
import pulumi_aws as aws

from components import site_files
from components.edge import Edge
from components.http_api import HttpApi
from components.settings import Settings
from components.site_domain import SiteDomain
from contract import edge

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
SIMPLE_CORS = "60669652-455b-4ae9-85a4-c4c02393f86c"
VIEWERS = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
"""The ids of managed policies. Source: CloudFront Developer Guide, "Use managed cache policies", "... origin request
policies", "... response headers policies"."""
READS = ["GET", "HEAD"]
ALL_METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
ERRORS = (400, 403, 404, 405, 414, 500, 501, 502, 503, 504)
"""What CloudFront would keep for ten seconds, and hand to everybody. Source: Developer Guide, "HTTP 4xx and 5xx status
codes that CloudFront caches"."""
A_YEAR_SECONDS = 31_536_000
FUNCTION = Path(__file__).with_name("edge_function.js")
NOT_FOUND_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'"
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


@dataclass(frozen=True, kw_only=True)
class SiteDistributionArgs:
    """What the distribution serves. `pool_url` is where pages sign in at the user pool."""

    settings: Settings
    edge: Edge
    api: HttpApi
    pool_url: pulumi.Output[str]
    root_files: Sequence[str]
    """The keys of other files outside of the folder of assets."""
    documents: Mapping[str, str]
    """Key → text of every page, and of the one for pages that do not exist."""
    files: aws.s3.Bucket
    logs: aws.s3.Bucket
    domain: SiteDomain | None


class SiteDistribution(pulumi.ComponentResource):
    """The distribution, as `resource`."""

    resource: aws.cloudfront.Distribution

    def __init__(self, name: str, args: SiteDistributionArgs, opts: pulumi.ResourceOptions) -> None:
        super().__init__("sallyport:index:SiteDistribution", name, None, opts)
        self._name = name
        self._args = args
        self._settings = args.settings
        self._own = pulumi.ResourceOptions(parent=self)
        self.resource = self._distribution(self._headers())
        self.register_outputs({"domain_name": self.resource.domain_name})

    def _headers(self) -> aws.cloudfront.ResponseHeadersPolicy:
        policy = pulumi.Output.format(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' {0}; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'",
            self._args.pool_url.apply(_origin),
        )
        return aws.cloudfront.ResponseHeadersPolicy(
            f"{self._name}-headers",
            name=f"{self._settings.project}-{self._settings.stage}-site",
            security_headers_config={
                "content_security_policy": {"content_security_policy": policy, "override": True},
                "content_type_options": {"override": True},
                "frame_options": {"frame_option": "DENY", "override": True},
                "referrer_policy": {"referrer_policy": "no-referrer", "override": True},
                "strict_transport_security": {
                    "access_control_max_age_sec": 2 * A_YEAR_SECONDS,
                    "include_subdomains": True,
                    "override": True,
                },
            },
            custom_headers_config={
                "items": [
                    {"header": "permissions-policy", "value": PERMISSIONS, "override": True},
                    {"header": "cross-origin-opener-policy", "value": "same-origin", "override": True},
                    {"header": "cross-origin-resource-policy", "value": "same-origin", "override": True},
                ]
            },
            opts=self._own,
        )

    def _distribution(self, headers: aws.cloudfront.ResponseHeadersPolicy) -> aws.cloudfront.Distribution:
        settings, domain = self._settings, self._args.domain
        function = aws.cloudfront.Function(
            f"{self._name}-paths",
            name=f"{settings.project}-{settings.stage}-paths",
            runtime="cloudfront-js-2.0",
            code=_function_code(self._args.documents, self._args.root_files),
            publish=True,
            tags=settings.tags,
            opts=self._own,
        )
        paths = [{"event_type": "viewer-request", "function_arn": function.arn}]
        common: dict[str, Any] = {
            "viewer_protocol_policy": "redirect-to-https",
            "compress": True,
            "function_associations": paths,
        }
        to_files = {**common, "target_origin_id": "files", "allowed_methods": READS, "cached_methods": READS}
        files: Any = {**to_files, "cache_policy_id": CACHING_OPTIMIZED, "response_headers_policy_id": headers.id}
        published: Any = {
            **to_files,
            "path_pattern": f"{edge.API_PATH}/.well-known/*",
            "cache_policy_id": CACHING_DISABLED,  # verifiers that miss a key ask again, and must get those of now
            "response_headers_policy_id": SIMPLE_CORS,
        }
        api: Any = {
            **common,
            "path_pattern": f"{edge.API_PATH}/*",
            "target_origin_id": "api",
            "origin_request_policy_id": VIEWERS,
            "allowed_methods": ALL_METHODS,
            "cached_methods": READS,
            "cache_policy_id": CACHING_DISABLED,
        }
        log: Any = {"bucket": self._args.logs.bucket_domain_name, "include_cookies": False}
        never_kept: Any = [{"error_code": code, "error_caching_min_ttl": 0} for code in ERRORS]
        anywhere: Any = {"geo_restriction": {"restriction_type": "none"}}
        certificate: Any = domain.viewer_certificate if domain else {"cloudfront_default_certificate": True}
        return aws.cloudfront.Distribution(
            f"{self._name}-distribution",
            enabled=True,
            comment=f"{settings.project} {settings.stage}",
            aliases=self._names(),
            http_version="http2and3",
            is_ipv6_enabled=True,
            price_class="PriceClass_100",
            origins=[self._files_origin(), self._api_origin()],
            default_cache_behavior=files,
            ordered_cache_behaviors=[published, api],
            custom_error_responses=never_kept,
            restrictions=anywhere,
            viewer_certificate=certificate,
            web_acl_id=domain.web_acl_arn if domain else None,
            logging_config=log,
            tags=settings.tags,
            opts=self._own,
        )

    def _files_origin(self) -> Any:
        access = aws.cloudfront.OriginAccessControl(
            f"{self._name}-reader",
            name=f"{self._settings.project}-{self._settings.stage}-site",
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
            opts=self._own,
        )
        return {
            "origin_id": "files",
            "domain_name": self._args.files.bucket_regional_domain_name,
            "origin_access_control_id": access.id,
        }

    def _api_origin(self) -> Any:
        url = self._args.api.address.apply(urlsplit)
        is_local = bool(self._settings.aws_endpoint)
        return {
            "origin_id": "api",
            "domain_name": url.apply(lambda one: one.hostname),
            "origin_path": url.apply(lambda one: one.path),
            "custom_origin_config": {
                "http_port": url.apply(lambda one: one.port or 80),
                "https_port": 443,
                "origin_protocol_policy": "http-only" if is_local else "https-only",
                "origin_ssl_protocols": ["TLSv1.2"],
            },
            "custom_headers": [{"name": edge.SECRET, "value": self._args.edge.secret}],
        }

    def _names(self) -> list[str]:
        if self._args.domain:
            return self._args.domain.names
        return [name] if (name := urlsplit(self._settings.site_origin).hostname) else []


def _function_code(documents: Mapping[str, str], root_files: Sequence[str]) -> str:
    """Return the function with the names of documents and files, and the answer for all other paths."""
    not_found = {
        "statusCode": 404,
        "statusDescription": "Not Found",
        "headers": {
            "content-type": {"value": "text/html; charset=utf-8"},
            "content-security-policy": {"value": NOT_FOUND_POLICY},
            "x-content-type-options": {"value": "nosniff"},
        },
        "body": {"encoding": "text", "data": documents[site_files.NOT_FOUND]},
    }
    names = sorted(key.removesuffix(".html") for key in documents if key != site_files.NOT_FOUND)
    code = FUNCTION.read_text(encoding="utf-8")
    filled = {"__DOCUMENTS__": names, "__FILES__": [f"/{key}" for key in root_files], "__NOT_FOUND__": not_found}
    for name, value in filled.items():
        code = code.replace(name, json.dumps(value))
    return code


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
