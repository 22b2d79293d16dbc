"""What an owner does with the account, checked from outside with a client that sends the owner's access token."""

import httpx

from sallyport.client.checks.expectations import BrokenPromise, expect, same

NAME = "Smoke"


def profile(session: httpx.Client) -> None:
    """Change the profile and read it. Raises `BrokenPromise`."""
    with session as client:
        expect(client.patch("/me", json={"name": NAME}), 200)
        same("name", expect(client.get("/me"), 200)["name"], NAME)


def sessions(session: httpx.Client) -> None:
    """List the sessions and end all others. Raises `BrokenPromise`."""
    with session as client:
        before = expect(client.get("/me/sessions"), 200)["sessions"]
        if len(before) < 2:
            raise BrokenPromise(f"expected several sessions, got {len(before)}")
        expect(client.delete("/me/sessions?others=true"), 204)
        after = expect(client.get("/me/sessions"), 200)["sessions"]
        same("sessions", [one["current"] for one in after], [True])


def export(session: httpx.Client) -> None:
    """Export what is stored about the owner. Raises `BrokenPromise`."""
    with session as client:
        same("name", expect(client.get("/me/export"), 200)["user"]["name"], NAME)


def delete(session: httpx.Client) -> None:
    """Ask for the deletion of the account. Raises `BrokenPromise`."""
    with session as client:
        expect(client.delete("/me"), 202)
