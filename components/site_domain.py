"""SiteDomain: the site's own name, with its certificate, its records and, where configured, a web ACL."""

from typing import Any

import pulumi
import pulumi_aws as aws

from components.settings import Settings
from contract.edge import API_PATH

GLOBAL_REGION = "us-east-1"
"""The region of certificates and web ACLs for CloudFront. Source: CloudFront Developer Guide, "Requirements for using
SSL/TLS certificates with CloudFront"."""
TLS = "TLSv1.2_2021"
REQUESTS_PER_ADDRESS = 100
"""In five minutes, on the paths of signing up and in and of the reset; the counters of accounts are stricter."""
GUESSABLE = (f"{API_PATH}/sign", f"{API_PATH}/password/")
MANAGED = ("AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet")


class SiteDomain(pulumi.ComponentResource):
    """The certificate of the site's names, which records in the zone validate, and the records of these names."""

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions) -> None:
        super().__init__("sallyport:index:SiteDomain", name, None, opts)
        self._name = name
        self._settings = settings
        self.names = [settings.domain, *settings.former_domains]
        self._own = pulumi.ResourceOptions(parent=self)
        provider = aws.Provider(f"{name}-global", region=GLOBAL_REGION, opts=self._own)
        self._global = pulumi.ResourceOptions(parent=self, provider=provider)
        self.viewer_certificate = {
            "acm_certificate_arn": self._certificate(),
            "minimum_protocol_version": TLS,
            "ssl_support_method": "sni-only",
        }
        self.web_acl_arn = self._web_acl() if settings.web_acl else None
        self.register_outputs({})

    def point_to(self, distribution: aws.cloudfront.Distribution) -> list[aws.route53.Record]:
        """Return the records of the site's names, for IPv4 and IPv6.

        Each is called by its domain, so that it stays when another domain comes before it.
        """
        alias: Any = {
            "name": distribution.domain_name,
            "zone_id": distribution.hosted_zone_id,
            "evaluate_target_health": False,
        }
        return [
            aws.route53.Record(
                f"{self._name}-{kind.lower()}-{domain}",
                zone_id=self._settings.hosted_zone_id,
                name=domain,
                type=kind,
                aliases=[alias],
                opts=self._own,
            )
            for domain in self.names
            for kind in ("A", "AAAA")
        ]

    def _certificate(self) -> pulumi.Output[str]:
        settings = self._settings
        certificate = aws.acm.Certificate(
            f"{self._name}-certificate",
            domain_name=settings.domain,
            subject_alternative_names=list(settings.former_domains) or None,
            validation_method="DNS",
            tags=settings.tags,
            opts=self._global,
        )
        records = [self._validation(certificate, domain) for domain in self.names]
        validated = aws.acm.CertificateValidation(
            f"{self._name}-validated",
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn for record in records],
            opts=self._global,
        )
        arn: pulumi.Output[str] = validated.certificate_arn
        return arn

    def _validation(self, certificate: aws.acm.Certificate, domain: str) -> aws.route53.Record:
        option = certificate.domain_validation_options.apply(
            lambda options: next(one for one in options if one.domain_name == domain)
        )
        return aws.route53.Record(
            f"{self._name}-validation-{domain}",
            zone_id=self._settings.hosted_zone_id,
            name=option.resource_record_name,
            type=option.resource_record_type,
            records=[option.resource_record_value],
            ttl=300,
            allow_overwrite=True,  # names of one certificate may share a record
            opts=self._own,
        )

    def _web_acl(self) -> pulumi.Output[str]:
        allow: Any = {"allow": {}}
        rules: Any = [self._limit(0), *(_managed(number, name) for number, name in enumerate(MANAGED, start=1))]
        acl = aws.wafv2.WebAcl(
            f"{self._name}-acl",
            scope="CLOUDFRONT",
            default_action=allow,
            rules=rules,
            visibility_config=_visible("site"),
            tags=self._settings.tags,
            opts=self._global,
        )
        arn: pulumi.Output[str] = acl.arn
        return arn

    def _limit(self, priority: int) -> dict[str, Any]:
        paths = [
            {
                "byte_match_statement": {
                    "search_string": path,
                    "positional_constraint": "STARTS_WITH",
                    "field_to_match": {"uri_path": {}},
                    "text_transformations": [
                        {"priority": 0, "type": "URL_DECODE"},
                        {"priority": 1, "type": "NORMALIZE_PATH"},
                    ],
                }
            }
            for path in GUESSABLE
        ]
        limit = {
            "limit": REQUESTS_PER_ADDRESS,
            "aggregate_key_type": "IP",
            "scope_down_statement": {"or_statement": {"statements": paths}},
        }
        return {
            "name": "requests-per-address",
            "priority": priority,
            "action": {"block": {}},
            "statement": {"rate_based_statement": limit},
            "visibility_config": _visible("requests-per-address"),
        }


def _managed(priority: int, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "priority": priority,
        "override_action": {"none": {}},
        "statement": {"managed_rule_group_statement": {"vendor_name": "AWS", "name": name}},
        "visibility_config": _visible(name),
    }


def _visible(metric: str) -> Any:
    return {"metric_name": metric, "cloudwatch_metrics_enabled": True, "sampled_requests_enabled": False}
