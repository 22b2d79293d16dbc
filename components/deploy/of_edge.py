"""The rights to deploy what the world reaches: the API and the site. Sources: as of `of_functions`."""

from components.deploy.scope import Scope, Statement, allow

EDGE_REGION = "us-east-1"
"""The region of certificates and web ACLs for CloudFront. Source: CloudFront Developer Guide, "Certificates"."""


def statements(scope: Scope) -> list[Statement]:
    """Return the statements of the policy `edge`."""
    return [*_api(scope), *_site(scope), *_domain(scope)]


def _api(scope: Scope) -> list[Statement]:
    """An API has no name in its ARN, and its parts have no tags: they are those of any HTTP API of the region."""
    apis = f"arn:aws:apigateway:{scope.region}::/apis"
    tags = f"arn:aws:apigateway:{scope.region}::/tags/*"
    parts = ["authorizers", "integrations", "routes", "stages"]
    return [
        allow("CreateApi", "apigateway", ["POST"], apis, scope.new),
        allow("KeepApi", "apigateway", ["DELETE", "PATCH"], [f"{apis}/*"], scope.own),
        allow("ReadApi", "apigateway", ["GET"], [apis, f"{apis}/*"]),
        allow(
            "KeepPartsOfApi",
            "apigateway",
            ["DELETE", "PATCH", "POST"],
            [one for part in parts for one in (f"{apis}/*/{part}", f"{apis}/*/{part}/*")] + [f"{apis}/*/cors"],
        ),
        allow("ReadTagsOfApi", "apigateway", ["GET"], tags),
        allow("TagApi", "apigateway", ["POST", "PUT"], tags, scope.tagging),
        allow("UntagApi", "apigateway", ["DELETE"], tags, scope.own),
    ]


def _site(scope: Scope) -> list[Statement]:
    """Policies and access controls have neither names nor tags in their ARNs: they are those of the account."""
    function = scope.global_arn("cloudfront", f"function/{scope.prefix}-paths")
    distributions = scope.global_arn("cloudfront", "distribution/*")
    shared = [
        scope.global_arn("cloudfront", f"{kind}/*") for kind in ("origin-access-control", "response-headers-policy")
    ]
    kinds = ("OriginAccessControl", "ResponseHeadersPolicy")
    functions = [
        "DeleteFunction",
        "DescribeFunction",
        "GetFunction",
        "PublishFunction",
        "UpdateFunction",
    ]
    own = ["DeleteDistribution", "UntagResource", "UpdateDistribution"]
    read = ["GetDistribution", "GetDistributionConfig", "ListTagsForResource"]
    return [
        allow("KeepPaths", "cloudfront", functions, function),
        allow("CreateSite", "cloudfront", ["CreateDistribution"], "*", scope.new),
        allow("TagSite", "cloudfront", ["TagResource"], distributions, scope.tagging),
        allow("KeepSite", "cloudfront", own, distributions, scope.own),
        allow("ReadSite", "cloudfront", read, distributions),
        allow(
            "KeepParts",
            "cloudfront",
            [f"{verb}{kind}" for kind in kinds for verb in ("Delete", "Get", "Update")],
            shared,
        ),
        allow("CreateParts", "cloudfront", ["CreateFunction", *(f"Create{kind}" for kind in kinds)], "*"),
    ]


def _domain(scope: Scope) -> list[Statement]:
    if not scope.hosted_zone_id:
        return []
    certificates = f"arn:aws:acm:{EDGE_REGION}:{scope.account}:certificate/*"
    acl = f"arn:aws:wafv2:{EDGE_REGION}:{scope.account}:global/webacl/{scope.prefix}-*/*"
    managed = f"arn:aws:wafv2:{EDGE_REGION}:{scope.account}:global/managedruleset/*/*"
    zone = f"arn:aws:route53:::hostedzone/{scope.hosted_zone_id}"
    kept = ["DeleteCertificate", "RemoveTagsFromCertificate", "UpdateCertificateOptions"]
    tags = ["ListTagsForResource", "TagResource", "UntagResource"]
    return [
        allow("RequestCertificate", "acm", ["RequestCertificate"], "*", scope.new),
        allow("TagCertificate", "acm", ["AddTagsToCertificate"], certificates, scope.tagging),
        allow("KeepCertificate", "acm", kept, certificates, scope.own),
        allow("ReadCertificate", "acm", ["DescribeCertificate", "ListTagsForCertificate"], certificates),
        allow("KeepAcl", "wafv2", ["CreateWebACL", "DeleteWebACL", "GetWebACL", "UpdateWebACL", *tags], acl),
        allow("UseManagedRules", "wafv2", ["CreateWebACL", "UpdateWebACL"], managed),
        allow("KeepRecords", "route53", ["ChangeResourceRecordSets", "GetHostedZone", "ListResourceRecordSets"], zone),
        allow("WaitForRecords", "route53", ["GetChange"], "arn:aws:route53:::change/*"),
    ]
