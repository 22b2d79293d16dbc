"""What the distribution adds to a request for the API, where it has the API, and what it has of the issuer itself."""

SECRET = "x-edge-secret"  # noqa: S105 the name of a header
VIEWER = "x-edge-viewer"
"""The header with the viewer's network address, which `components/edge_function.js` writes."""
API_PATH = "/api"
KEYS = "/.well-known/jwks.json"
"""The path of the issuer's public keys, after that of the issuer."""
KEYS_FILE = f"{API_PATH}{KEYS}"
"""The path of the file on the site that has the keys too."""
CACHE_CONTROL = "public, max-age=300"
"""How long keys and metadata may be kept."""
