"""A browser of a few lines, which goes through the pool's page. A real one is in tests/browser."""

import re
import threading
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from sallyport.client.auth import sign_in
from sallyport.client.auth.token_store import Session

SECONDS = 20
SCOPES = ("openid", "email")

Change = Callable[[dict[str, str]], dict[str, str]]


class Browser:
    """Goes where it is sent, signs in as the test user, and comes back; `on_way` and `on_return` meddle."""

    def __init__(self, outputs: dict[str, str], on_way: Change = lambda q: q, on_return: Change = lambda q: q) -> None:
        self._outputs = outputs
        self._on_way, self._on_return = on_way, on_return
        self.pages: list[httpx.Response] = []

    def __call__(self, url: str) -> None:
        threading.Thread(target=self._go, args=(url,), daemon=True).start()

    def _go(self, url: str) -> None:
        asked = self._on_way({name: values[0] for name, values in parse_qs(urlsplit(url).query).items()})
        page = httpx.get(f"{url.partition('?')[0]}?{urlencode(asked)}", timeout=30)
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        credentials = {"username": self._outputs["test_user_name"], "password": self._outputs["test_user_password"]}
        back = httpx.post(f"{self._outputs['hosted_ui_url']}/login", data={**hidden, **credentials}, timeout=30)
        address = urlsplit(back.headers["location"])
        answer = self._on_return({name: values[0] for name, values in parse_qs(address.query).items()})
        self.pages.append(httpx.get(f"http://127.0.0.1:{address.port}{address.path}?{urlencode(answer)}", timeout=30))


def login(outputs: dict[str, str], browser: Callable[[str], None], scopes: tuple[str, ...] = SCOPES) -> Session:
    return sign_in.through_browser(outputs, "terminal", scopes, SECONDS, browser)


def with_(**changes: str) -> Change:
    return lambda query: {**query, **changes}


def without(name: str) -> Change:
    return lambda query: {key: value for key, value in query.items() if key != name}
