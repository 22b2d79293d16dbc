"""The fakes of Authy and Twilio Verify beside the embedded AWS."""

from typing import Any

import httpx

from sallyport.client.errors import Failure
from sallyport.local import fakes, loopback
from sallyport.local.fakes import control, fake_http

FAULTS, PROVIDERS = fake_http.FAULTS, control.PROVIDERS


def messages(cloud_url: str) -> list[dict[str, Any]]:
    """Return texts and calls, oldest first."""
    found: list[dict[str, Any]] = _ask("GET", cloud_url, "messages")
    return found


def pushes(cloud_url: str, phone: str | None = None) -> list[dict[str, Any]]:
    """Return the pending pushes, of all phones or of this one, oldest first."""
    found: list[dict[str, Any]] = _ask("GET", cloud_url, "pushes")
    return [push for push in found if phone in (None, push["to"])]


def users(cloud_url: str) -> list[dict[str, Any]]:
    """Return Authy's users, with the codes that their apps show."""
    found: list[dict[str, Any]] = _ask("GET", cloud_url, "users")
    return found


def faults(cloud_url: str) -> dict[str, str]:
    """Return provider → fault."""
    found: dict[str, str] = _ask("GET", cloud_url, "faults")
    return found


def answer(cloud_url: str, push_id: str, status: str) -> None:
    """Approve or deny a push."""
    _ask("POST", cloud_url, "pushes", {"id": push_id, "status": status})


def spoil(cloud_url: str, provider: str | None, fault: str | None) -> None:
    """Give every answer of the provider, or of both providers, this fault."""
    _ask("POST", cloud_url, "faults", {"provider": provider, "fault": fault})


def _ask(method: str, cloud_url: str, what: str, body: dict[str, Any] | None = None) -> Any:
    url = f"{cloud_url}{fakes.CONTROL}/{what}"
    try:
        return loopback.request(method, url, json=body).raise_for_status().json()
    except httpx.HTTPError as error:
        raise Failure(f"The fakes at {cloud_url} do not answer: {error}") from None
