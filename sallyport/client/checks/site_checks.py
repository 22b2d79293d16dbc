"""What the site promises, checked from outside."""

from collections.abc import Mapping

import httpx

from sallyport.client.checks.expectations import BrokenPromise, expect, same

PROTECTION = {
    "content-security-policy": "default-src 'none'",
    "strict-transport-security": "max-age=",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""Header → how it begins."""


def pages(client: httpx.Client, outputs: Mapping[str, str]) -> None:
    """Fetch the first page, and one that does not exist. Raises `BrokenPromise`."""
    first = client.get(f"{outputs['site_url']}/")
    same("status of the first page", first.status_code, 200)
    for name, beginning in PROTECTION.items():
        if not first.headers.get(name, "").startswith(beginning):
            raise BrokenPromise(f"{name}: expected {beginning}..., got {first.headers.get(name, 'nothing')}")
    if "unsafe" in first.headers["content-security-policy"]:
        raise BrokenPromise("content-security-policy: expected no exception, got one that is called unsafe")
    same("status of a page that does not exist", client.get(f"{outputs['site_url']}/nowhere").status_code, 404)


def origin(client: httpx.Client, outputs: Mapping[str, str]) -> None:
    """Call the API on the site's origin, and compare the issuer's files with what it says. Raises `BrokenPromise`."""
    api = f"{outputs['site_url']}/api"
    expect(client.get(f"{api}/me"), 401)
    same("issuer", expect(client.get(f"{api}/.well-known/openid-configuration"), 200)["issuer"], outputs["issuer"])
    keys = expect(client.get(f"{api}/.well-known/jwks.json"), 200)
    if not _ids(keys) & _ids(expect(client.get(outputs["jwks_url"]), 200)):  # caches may differ by a rotation
        raise BrokenPromise("keys: expected some of the issuer's, got none of them")


def _ids(keys: Mapping[str, list[dict[str, str]]]) -> set[str]:
    return {key["kid"] for key in keys["keys"]}
