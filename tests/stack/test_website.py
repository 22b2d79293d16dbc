"""The site as it is declared: nothing public but the distribution, and with a domain nothing past it."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from components import site_files
from contract.routes import ROUTES
from sallyport.client.stack import reload
from tests.stack.conftest import Recorded, record

DOMAIN = {"domain": "sign-in.example.com", "hostedZoneId": "Z0123456789", "webAcl": "true"}


@pytest.fixture
def with_domain() -> Recorded:
    return record("prod", **DOMAIN)


def distribution(stage: Recorded) -> dict[str, Any]:
    (found,) = stage.of("cloudfront.Distribution")
    return found.inputs


def test_buckets_are_private_and_files_are_read_by_this_distribution_alone(stage: Recorded) -> None:
    blocks = {one.inputs["bucket"]: one.inputs for one in stage.of("s3.BucketPublicAccessBlock")}

    for bucket in stage.of("s3.Bucket"):
        block = blocks[f"{bucket.name}-id"]
        assert all(value is True for name, value in block.items() if name.startswith(("block", "ignore", "restrict")))
    read, deny = json.loads(stage.named("site-files-policy").inputs["policy"])["Statement"]
    (of_logs,) = json.loads(stage.named("site-logs-policy").inputs["policy"])["Statement"]
    assert read["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert read["Condition"]["StringEquals"]["AWS:SourceArn"].endswith(":site-distribution")
    assert (read["Action"], deny["Effect"], of_logs["Effect"]) == ("s3:GetObject", "Deny", "Deny")


def test_pages_come_over_tls_with_strict_headers(stage: Recorded) -> None:
    inputs = distribution(stage)
    behaviors = [inputs["defaultCacheBehavior"], *inputs["orderedCacheBehaviors"]]
    (headers,) = stage.of("cloudfront.ResponseHeadersPolicy")
    policy = headers.inputs["securityHeadersConfig"]["contentSecurityPolicy"]["contentSecurityPolicy"]

    assert {one["viewerProtocolPolicy"] for one in behaviors} == {"redirect-to-https"}
    assert inputs["defaultCacheBehavior"]["responseHeadersPolicyId"] == f"{headers.name}-id"
    assert "unsafe" not in policy
    assert "*" not in policy
    for directive in ("default-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"):
        assert directive in policy


def test_nothing_of_the_api_is_cached_nor_any_error(stage: Recorded) -> None:
    inputs = distribution(stage)
    published, api = inputs["orderedCacheBehaviors"]

    assert (published["pathPattern"], published["targetOriginId"]) == ("/api/.well-known/*", "files")
    assert published["cachePolicyId"] == api["cachePolicyId"], "a verifier that asks again gets the keys of now"
    assert (api["pathPattern"], "DELETE" in api["allowedMethods"]) == ("/api/*", True)
    assert api["cachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # Managed-CachingDisabled
    errors = {one["errorCode"]: one for one in inputs["customErrorResponses"]}
    assert {403, 404, 500, 503} <= set(errors)
    assert all(set(one) == {"errorCode", "errorCachingMinTtl"} for one in errors.values())
    assert {one["errorCachingMinTtl"] for one in errors.values()} == {0}


def test_the_distribution_carries_a_secret_whose_hash_functions_know(stage: Recorded) -> None:
    origins = {one["originId"]: one for one in distribution(stage)["origins"]}
    (header,) = origins["api"]["customHeaders"]
    known = hashlib.sha256(header["value"].encode()).hexdigest()
    served = {row.function.replace("_", "-") for row in ROUTES}

    for function in stage.of("lambda.Function"):
        variables = (function.inputs.get("environment") or {}).get("variables", {})
        is_served = function.name.removesuffix("-function") in served
        assert (known in variables.get("EDGE_SECRET_HASHES", "")) is is_served, function.name
        assert "EDGE_REQUIRED" not in variables
    assert "customHeaders" not in origins["files"]


def test_another_generation_of_the_secret_leaves_the_one_before_known() -> None:
    names = {one.name for one in record("dev", edgeSecretGeneration="2").custom}

    assert {"edge-secret-2", "edge-secret-1"} <= names


def test_with_a_domain_nothing_comes_past_the_distribution(with_domain: Recorded) -> None:
    served = [one for one in with_domain.of("lambda.Function") if "EDGE_SECRET_HASHES" in str(one.inputs)]

    assert len(served) > 30
    open_ = {one.name for one in served if "EDGE_REQUIRED" not in one.inputs["environment"]["variables"]}
    assert open_ == {"discovery-function", "jwks-function", "openapi-function", "undo-function"}
    assert with_domain.outputs["site_url"] == "https://sign-in.example.com"


def test_with_a_domain_the_issuer_is_there_and_its_former_names_are_known(with_domain: Recorded) -> None:
    known = with_domain.named("authorizer-function").inputs["environment"]["variables"]
    documents = [one.inputs for one in with_domain.of("s3.BucketObjectv2") if "well-known" in one.inputs["key"]]

    issuer = "https://sign-in.example.com/api"
    assert with_domain.outputs["issuer"] == with_domain.outputs["api_url"] == known["ISSUER"] == issuer
    assert known["API_ADDRESS"].endswith(".execute-api.us-east-1.amazonaws.com")
    assert json.loads(known["FORMER_ISSUERS"]) == []
    assert {json.loads(one["content"])["issuer"] for one in documents} == {issuer}


def test_former_names_of_the_site_stay() -> None:
    """For links in mail, and for tokens until they end."""
    former = record("prod", **DOMAIN, formerDomains='["old.example.com"]')
    names = {one.inputs["name"] for one in former.of("route53.Record") if one.inputs["type"] == "A"}
    (certificate,) = former.of("acm.Certificate")
    variables = former.named("authorizer-function").inputs["environment"]["variables"]

    assert distribution(former)["aliases"] == ["sign-in.example.com", "old.example.com"]
    assert names == {"sign-in.example.com", "old.example.com"}
    assert certificate.inputs["subjectAlternativeNames"] == ["old.example.com"]
    assert json.loads(variables["FORMER_ISSUERS"]) == ["https://old.example.com/api"]


def test_records_of_a_name_stay_as_they_are_when_another_comes_before_it(with_domain: Recorded) -> None:
    """Route 53 would refuse to make a record that is there under another logical name, which is deleted last."""

    def records(stage: Recorded) -> dict[str, Any]:
        return {one.urn: one.inputs for one in stage.of("route53.Record")}

    moved = {**DOMAIN, "domain": "new.example.com", "formerDomains": '["sign-in.example.com"]'}
    before, after = records(with_domain), records(record("prod", **moved))

    assert len(after) == 2 * len(before) == 6
    assert {urn: after.get(urn) for urn in before} == before


def test_functions_change_only_when_the_domain_works_and_sign_when_the_authorizer_knows(with_domain: Recorded) -> None:
    """A certificate that is never issued leaves the stack as it was."""
    names = [one.name.removesuffix("-sign-in.example.com") for one in with_domain.custom]
    order = {name: names.index(name) for name in names}

    assert order["site-domain-validated"] < order["site-distribution"] < order["site-domain-a"]
    assert order["site-domain-a"] < order["authorizer-function"] < order["signin-function"]
    assert order["authorizer-function"] < order["refresh-function"]
    assert order["site-domain-aaaa"] < order["me-function"]


def test_the_rotation_writes_its_file_of_the_site_and_no_other(stage: Recorded) -> None:
    policy = json.loads(stage.named("rotation-policy").inputs["policy"])
    (statement,) = [one for one in policy["Statement"] if one["Sid"] == "WriteKeyFile"]

    assert statement["Action"] == ["s3:GetObject", "s3:PutObject"]
    assert statement["Resource"].endswith(":site-files/api/.well-known/jwks.json")


def test_a_domain_has_a_certificate_records_and_a_web_acl(with_domain: Recorded) -> None:
    inputs = distribution(with_domain)
    records = {one.inputs["type"]: one.inputs for one in with_domain.of("route53.Record")}
    (acl,) = with_domain.of("wafv2.WebAcl")
    limits = [rule for rule in acl.inputs["rules"] if "rateBasedStatement" in str(rule)]

    assert inputs["aliases"] == ["sign-in.example.com"]
    assert inputs["viewerCertificate"]["minimumProtocolVersion"] == "TLSv1.2_2021"
    assert set(records) == {"A", "AAAA", "CNAME"}
    assert records["A"]["aliases"][0]["zoneId"] == "Z2FDTNDATAQYW2"
    assert inputs["webAclId"].endswith(":site-domain-acl")
    assert len(limits) == 1
    assert str(limits).count("URL_DECODE") == str(limits).count("STARTS_WITH") == 2


def test_documents_are_asked_for_anew_and_all_else_is_kept_for_a_year() -> None:
    files = {file.key: file for file in site_files.files()}

    for key, file in files.items():
        is_document = key.endswith((".html", ".txt"))
        assert key.startswith("assets-") is not is_document
        assert file.cache_control == (site_files.ANEW if is_document else site_files.FOR_A_YEAR)
    folder = next(key.partition("/")[0] for key in files if key.startswith("assets-"))
    assert f'href="/{folder}/style.css"' in files["index.html"].content
    assert "/assets/" not in files["index.html"].content


def test_a_file_that_is_uploaded_is_watched() -> None:
    assert set(reload.PAGES) == set(site_files.TYPES)


def test_a_changed_file_is_in_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(site_files.ROOT, tmp_path / "web")
    monkeypatch.setattr(site_files, "ROOT", tmp_path / "web")
    before = {one.key for one in site_files.files()}
    assert {one.key for one in site_files.files()} == before

    (tmp_path / "web" / "style.css").write_text("body { color: red }")

    assert {key for key in before if "/" not in key} == before & {one.key for one in site_files.files()}
