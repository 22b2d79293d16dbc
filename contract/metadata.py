"""The issuer's metadata for verifiers of access tokens, and the files in which the site publishes it and the keys.

The issuer has no OAuth grants and issues no ID tokens, and RFC 8414 knows no such issuer: §2 requires
`response_types_supported`, §3.2 allows no empty list. They are empty here, because left out they mean the defaults.
"""

from contract.edge import API_PATH, KEYS
from contract.responses import Discovery

FILES = (
    f"{API_PATH}/.well-known/openid-configuration",  # OpenID Connect Discovery 1.0 §4
    f"{API_PATH}/.well-known/oauth-authorization-server",
    f"/.well-known/oauth-authorization-server{API_PATH}",  # RFC 8414 §3.1, of an issuer with a path
)
"""The paths of the metadata on the site."""


def document(issuer: str) -> Discovery:
    """Return the metadata of an issuer."""
    return Discovery(
        issuer=issuer,
        jwks_uri=f"{issuer}{KEYS}",
        response_types_supported=[],
        grant_types_supported=[],
    )
