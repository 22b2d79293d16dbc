"""What a first visit to each page of the site weighs, and how long it takes until the page can be used.

Run: sallyport up --detach; .venv/bin/python -m bench.site

Chromium opens each page with an empty cache, on this machine's own network and on a throttled one: 150 ms for each
request, 1.6 Mbit/s, a quarter of the processor. A page can be used when its `main` is no longer inert. The embedded AWS
does not compress, so that times are those of more bytes than CloudFront sends; "sent" is what gzip leaves of them.
"""

import gzip
import statistics
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, Response, sync_playwright

from bench.own_stack import running_stack
from tests.browser.chromium import ARGUMENTS, CHROMIUM

PAGES = ("", "signup", "forgot", "undo", "pool")
ROUNDS = 5
THROTTLED = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 100_000}
SLOW_PROCESSOR = {"rate": 4}
USABLE = """
  new MutationObserver((_, observer) => {
    const main = document.querySelector("main");
    if (!main || main.inert) return;
    window.usableAt = performance.now();
    observer.disconnect();
  }).observe(document, { subtree: true, childList: true, attributes: true });
"""
REQUEST_USD, BYTE_USD, FUNCTION_USD = 1.00e-6, 0.085e-9, 0.10e-6
"""CloudFront, United States, https, after the free ten million requests and the first TB of each month (2026-11)."""


@dataclass
class Visit:
    """A first visit: raw and compressed sizes of the answers in bytes, and when the page could be used, in ms."""

    raw: dict[str, int] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    usable_ms: float = 0.0


def main() -> None:
    """Print a line for each page, and one for each file of the first."""
    site = str(running_stack().state.outputs["site_url"])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        print(f"{'page':10} {'requests':>8} {'raw':>8} {'sent':>8} {'usable':>10} {'throttled':>10}   USD per million")
        for page in PAGES:
            url = f"{site}/{page}"
            fast, slow = ([_visit(browser, url, slow=is_slow) for _ in range(ROUNDS)] for is_slow in (False, True))
            raw, sent, count = sum(fast[0].raw.values()), sum(fast[0].sent.values()), len(fast[0].raw)
            times = [statistics.median(one.usable_ms for one in visits) for visits in (fast, slow)]
            price = 1e6 * (count * (REQUEST_USD + FUNCTION_USD) + sent * BYTE_USD)
            print(f"/{page:9} {count:8} {raw:8} {sent:8} {times[0]:7.0f} ms {times[1]:7.0f} ms   {price:.2f}")
        first = _visit(browser, f"{site}/", slow=False)
        for path, size in sorted(first.sent.items(), key=lambda one: -one[1]):
            print(f"  {path:40} {first.raw[path]:7} {size:7}")
        browser.close()


def _visit(browser: Browser, url: str, *, slow: bool) -> Visit:
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(USABLE)
    if slow:
        _throttle(page)
    visit, answers = Visit(), list[Response]()
    page.on("response", lambda answer: answers.append(answer))
    page.goto(url, wait_until="networkidle")
    for answer in answers:
        path = answer.url.split("/", 3)[3]
        body = answer.body() if answer.ok else b""
        visit.raw[f"/{path}"], visit.sent[f"/{path}"] = len(body), len(gzip.compress(body))
    visit.usable_ms = page.evaluate("window.usableAt")
    context.close()
    return visit


def _throttle(page: Page) -> None:
    devtools: Any = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", THROTTLED)
    devtools.send("Emulation.setCPUThrottlingRate", SLOW_PROCESSOR)


if __name__ == "__main__":
    main()
