"""CloudFront distributions with what belongs to them."""

from typing import Any

from sallyport.local.engine import Made
from sallyport.local.resources.resource_handler import Call, Outputs, ResourceHandler, key_values, present

ZONE_ID = "Z2FDTNDATAQYW2"
"""The hosted zone of all distributions. Source: Route 53 API Reference, AliasTarget."""


class OriginAccessControl(ResourceHandler):
    """aws.cloudfront.OriginAccessControl."""

    token = "aws:cloudfront/originAccessControl:OriginAccessControl"  # noqa: S105

    @staticmethod
    def create(
        call: Call,
        *,
        name: str | None = None,
        origin_access_control_origin_type: str,
        signing_behavior: str,
        signing_protocol: str,
        description: str = "",
    ) -> Made:
        """Create the access control."""
        config = {
            "Name": name or call.physical_name,
            "Description": description,
            "OriginAccessControlOriginType": origin_access_control_origin_type,
            "SigningBehavior": signing_behavior,
            "SigningProtocol": signing_protocol,
        }
        made = call.aws("cloudfront").create_origin_access_control(OriginAccessControlConfig=config)
        return Made(made["OriginAccessControl"]["Id"])

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the access control."""
        cloudfront = call.aws("cloudfront")
        tag = cloudfront.get_origin_access_control(Id=id_)["ETag"]
        cloudfront.delete_origin_access_control(Id=id_, IfMatch=tag)


class ResponseHeadersPolicy(ResourceHandler):
    """aws.cloudfront.ResponseHeadersPolicy."""

    token = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"  # noqa: S105

    @staticmethod
    def create(call: Call, **inputs: Any) -> Made:
        """Create the policy."""
        config = _named(call, ResponseHeadersPolicy.configuration(**inputs))
        made = call.aws("cloudfront").create_response_headers_policy(ResponseHeadersPolicyConfig=config)
        return Made(made["ResponseHeadersPolicy"]["Id"])

    @staticmethod
    def update(call: Call, id_: str, **inputs: Any) -> Outputs:
        """Change the policy."""
        cloudfront = call.aws("cloudfront")
        config = _named(call, ResponseHeadersPolicy.configuration(**inputs))
        tag = cloudfront.get_response_headers_policy(Id=id_)["ETag"]
        cloudfront.update_response_headers_policy(Id=id_, IfMatch=tag, ResponseHeadersPolicyConfig=config)
        return {}

    @staticmethod
    def configuration(
        *,
        name: str | None = None,
        comment: str = "",
        security_headers_config: dict[str, Any] | None = None,
        custom_headers_config: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the configuration for CloudFront."""
        items = [
            {"Header": one["header"], "Value": one["value"], "Override": one["override"]}
            for one in (custom_headers_config or {}).get("items", [])
        ]
        return {
            "Name": name,
            "Comment": comment,
            "SecurityHeadersConfig": _security(security_headers_config or {}),
            "CustomHeadersConfig": _items(items),
        }

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the policy."""
        cloudfront = call.aws("cloudfront")
        tag = cloudfront.get_response_headers_policy(Id=id_)["ETag"]
        cloudfront.delete_response_headers_policy(Id=id_, IfMatch=tag)


class Function(ResourceHandler):
    """aws.cloudfront.Function."""

    token = "aws:cloudfront/function:Function"  # noqa: S105
    named = True

    @staticmethod
    def create(call: Call, *, publish: bool = True, tags: dict[str, str] | None = None, **inputs: Any) -> Made:
        """Create the function, and publish it if it is to be used. Outputs: arn, name."""
        cloudfront, name = call.aws("cloudfront"), call.physical_name
        given = Function.configuration(**inputs)
        made = cloudfront.create_function(Name=name, Tags={"Items": key_values(tags)}, **given)
        if publish:
            cloudfront.publish_function(Name=name, IfMatch=made["ETag"])
        return Made(name, {"name": name, "arn": made["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]})

    @staticmethod
    def update(
        call: Call, id_: str, *, publish: bool = True, tags: dict[str, str] | None = None, **inputs: Any
    ) -> Outputs:
        """Change the function."""
        cloudfront = call.aws("cloudfront")
        given = Function.configuration(**inputs)
        cloudfront.update_function(Name=id_, IfMatch=_tag_of_function(call, id_), **given)
        if publish:
            cloudfront.publish_function(Name=id_, IfMatch=_tag_of_function(call, id_))
        return {}

    @staticmethod
    def configuration(*, runtime: str, code: str, comment: str = "") -> dict[str, Any]:
        """Return the arguments for CreateFunction and UpdateFunction."""
        return {"FunctionConfig": {"Comment": comment, "Runtime": runtime}, "FunctionCode": code.encode()}

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Delete the function."""
        call.aws("cloudfront").delete_function(Name=id_, IfMatch=_tag_of_function(call, id_))


class Distribution(ResourceHandler):
    """aws.cloudfront.Distribution. Answers for `localhost`, where that is one of its aliases."""

    token = "aws:cloudfront/distribution:Distribution"  # noqa: S105

    @staticmethod
    def create(call: Call, *, tags: dict[str, str] | None = None, **inputs: Any) -> Made:
        """Create the distribution. Outputs: arn, domainName, hostedZoneId."""
        config = Distribution.configuration(**inputs)
        given = {"DistributionConfig": {**config, "CallerReference": call.urn}, "Tags": {"Items": key_values(tags)}}
        made = call.aws("cloudfront").create_distribution_with_tags(DistributionConfigWithTags=given)["Distribution"]
        return Made(made["Id"], {"arn": made["ARN"], "domainName": made["DomainName"], "hostedZoneId": ZONE_ID})

    @staticmethod
    def update(call: Call, id_: str, *, tags: dict[str, str] | None = None, **inputs: Any) -> Outputs:
        """Change the distribution; its name stays."""
        cloudfront = call.aws("cloudfront")
        known = cloudfront.get_distribution_config(Id=id_)
        config = Distribution.configuration(**inputs)
        config["CallerReference"] = known["DistributionConfig"]["CallerReference"]
        cloudfront.update_distribution(Id=id_, IfMatch=known["ETag"], DistributionConfig=config)
        return {}

    @staticmethod
    def delete(call: Call, id_: str, outputs: Outputs) -> None:
        """Disable the distribution, then delete it."""
        cloudfront = call.aws("cloudfront")
        known = cloudfront.get_distribution_config(Id=id_)
        config = {**known["DistributionConfig"], "Enabled": False}
        tag = cloudfront.update_distribution(Id=id_, IfMatch=known["ETag"], DistributionConfig=config)["ETag"]
        cloudfront.delete_distribution(Id=id_, IfMatch=tag)

    @staticmethod
    def configuration(
        *,
        enabled: bool,
        origins: list[dict[str, Any]],
        default_cache_behavior: dict[str, Any],
        ordered_cache_behaviors: list[dict[str, Any]] | None = None,
        restrictions: dict[str, Any] | None = None,
        viewer_certificate: dict[str, Any] | None = None,
        aliases: list[str] | None = None,
        comment: str = "",
        default_root_object: str = "",
        http_version: str = "http2",
        is_ipv6_enabled: bool = False,
        price_class: str = "PriceClass_All",
        logging_config: dict[str, Any] | None = None,
        custom_error_responses: list[dict[str, Any]] | None = None,
        web_acl_id: str | None = None,
    ) -> dict[str, Any]:
        """Return the configuration for CloudFront."""
        log = logging_config or {}
        return {
            "Enabled": enabled,
            "Comment": comment,
            "Aliases": _items(aliases or []),
            "DefaultRootObject": default_root_object,
            "HttpVersion": http_version,
            "IsIPV6Enabled": is_ipv6_enabled,
            "PriceClass": price_class,
            "WebACLId": web_acl_id or "",
            "Origins": _items([_origin(one) for one in origins]),
            "DefaultCacheBehavior": _behavior(default_cache_behavior),
            "CacheBehaviors": _items([_behavior(one) for one in ordered_cache_behaviors or []]),
            "CustomErrorResponses": _items([_error_response(one) for one in custom_error_responses or []]),
            "Logging": {
                "Enabled": bool(log),
                "IncludeCookies": log.get("includeCookies", False),
                "Bucket": log.get("bucket", ""),
                "Prefix": log.get("prefix", ""),
            },
        }


def _tag_of_function(call: Call, name: str) -> Any:
    return call.aws("cloudfront").describe_function(Name=name, Stage="DEVELOPMENT")["ETag"]


def _items(values: list[Any]) -> dict[str, Any]:
    return {"Quantity": len(values), "Items": values}


def _error_response(given: dict[str, Any]) -> dict[str, Any]:
    page, code = given.get("responsePagePath", ""), given.get("responseCode")
    seconds = given.get("errorCachingMinTtl")
    return {
        "ErrorCode": int(given["errorCode"]),
        **({"ResponsePagePath": page, "ResponseCode": str(int(code))} if page and code else {}),
        **({} if seconds is None else {"ErrorCachingMinTTL": int(seconds)}),
    }


def _origin(given: dict[str, Any]) -> dict[str, Any]:
    custom = given.get("customOriginConfig")
    headers = [{"HeaderName": one["name"], "HeaderValue": one["value"]} for one in given.get("customHeaders", [])]
    origin: dict[str, Any] = {
        "Id": given["originId"],
        "DomainName": given["domainName"],
        "OriginPath": given.get("originPath", ""),
        "CustomHeaders": _items(headers),
        "OriginAccessControlId": given.get("originAccessControlId", ""),
    }
    if custom is None:
        return {**origin, "S3OriginConfig": {"OriginAccessIdentity": ""}}
    ports = {"HTTPPort": int(custom["httpPort"]), "HTTPSPort": int(custom["httpsPort"])}
    protocol = {"OriginProtocolPolicy": custom["originProtocolPolicy"]}
    return {
        **origin,
        "CustomOriginConfig": {**ports, **protocol, "OriginSslProtocols": _items(custom["originSslProtocols"])},
    }


def _behavior(given: dict[str, Any]) -> dict[str, Any]:
    functions = [
        {"EventType": one["eventType"], "FunctionARN": one["functionArn"]}
        for one in given.get("functionAssociations", [])
    ]
    return {
        "TargetOriginId": given["targetOriginId"],
        "ViewerProtocolPolicy": given["viewerProtocolPolicy"],
        "AllowedMethods": {
            **_items(given["allowedMethods"]),
            "CachedMethods": _items(given["cachedMethods"]),
        },
        "Compress": given.get("compress", False),
        "FunctionAssociations": _items(functions),
        **present(
            PathPattern=given.get("pathPattern"),
            CachePolicyId=given.get("cachePolicyId"),
            OriginRequestPolicyId=given.get("originRequestPolicyId"),
            ResponseHeadersPolicyId=given.get("responseHeadersPolicyId"),
        ),
    }


def _named(call: Call, config: dict[str, Any]) -> dict[str, Any]:
    return {**config, "Name": config["Name"] or call.physical_name}


def _security(given: dict[str, Any]) -> dict[str, Any]:
    policy, transport = given.get("contentSecurityPolicy"), given.get("strictTransportSecurity")
    return present(
        ContentTypeOptions=_override(given.get("contentTypeOptions")),
        FrameOptions=_override(given.get("frameOptions"), FrameOption="frameOption"),
        ReferrerPolicy=_override(given.get("referrerPolicy"), ReferrerPolicy="referrerPolicy"),
        ContentSecurityPolicy=_override(policy, ContentSecurityPolicy="contentSecurityPolicy"),
        StrictTransportSecurity=_override(
            transport, AccessControlMaxAgeSec="accessControlMaxAgeSec", IncludeSubdomains="includeSubdomains"
        ),
    )


def _override(given: dict[str, Any] | None, **names: str) -> dict[str, Any] | None:
    """Return one header's setting: `Override`, and what stands under other names; None if it is not set."""
    if given is None:
        return None
    values = {name: given[key] for name, key in names.items() if key in given}
    if "AccessControlMaxAgeSec" in values:
        values["AccessControlMaxAgeSec"] = int(values["AccessControlMaxAgeSec"])
    return {**values, "Override": given["override"]}
