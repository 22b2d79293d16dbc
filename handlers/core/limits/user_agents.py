"""Names of devices for their owners, from `User-Agent` headers. Nothing is decided by them."""

BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip
"""Marks in their order: a browser also names those that it is compatible with."""
PROGRAMS = (("curl/", "curl"), ("sallyport", "sallyport"), ("python", "a Python program"))
UNKNOWN = "an unknown device"


def device_name(agent: str) -> str:
    """Return a short name such as `Firefox on Linux`, made of our own words alone."""
    browser, system = _first(BROWSERS, agent), _first(SYSTEMS, agent)
    if browser and system:
        return f"{browser} on {system}"
    return browser or _first(PROGRAMS, agent) or system or UNKNOWN


def _first(marks: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for mark, name in marks if mark in agent), "")
