"""What the distribution adds to a request for the API, and where it has the API."""

SECRET = "x-edge-secret"  # noqa: S105 the name of a header
VIEWER = "x-edge-viewer"
"""The header with the viewer's network address, which `components/edge_function.js` writes."""
API_PATH = "/api"
