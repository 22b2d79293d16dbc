"""Requests to servers on this machine, which speak HTTP without TLS."""

import ssl
from typing import Any

import httpx

TRUSTING_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""What httpx is given, because it would load the system's certificates for each request, which takes 25 ms."""


def request(method: str, url: str, *, timeout: float = 5, **how: Any) -> httpx.Response:
    """Send a request past all proxies. Raises `httpx.HTTPError`."""
    return httpx.request(method, url, timeout=timeout, trust_env=False, verify=TRUSTING_NOBODY, **how)
