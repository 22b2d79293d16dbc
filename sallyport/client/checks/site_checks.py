"""What the site promises, checked from outside."""

from collections.abc import Mapping

import httpx
import jwt

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
    """Call the API on the site's origin, and read the issuer's metadata there. Raises `BrokenPromise`."""
    api = f"{outputs['site_url']}/api"
    expect(client.get(f"{api}/me"), 401)
    same("issuer", expect(client.get(f"{api}/.well-known/openid-configuration"), 200)["issuer"], outputs["issuer"])


def keys(client: httpx.Client, outputs: Mapping[str, str], access_token: str) -> None:
    """Verify a fresh access token by the keys that the issuer and the site publish. Raises `BrokenPromise`."""
    kid = jwt.get_unverified_header(access_token)["kid"]
    for url in (outputs["jwks_url"], f"{outputs['site_url']}/api/.well-known/jwks.json"):
        published = {key["kid"]: key for key in expect(client.get(url), 200)["keys"]}
        if kid not in published:
            raise BrokenPromise(f"{url}: expected the key that signs, got {len(published)} others")
        key = jwt.PyJWK(published[kid])
        jwt.decode(access_token, key, ["RS256"], issuer=outputs["issuer"], options={"verify_aud": False})
