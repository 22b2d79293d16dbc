"""handlers.core.limits.user_agents"""

import pytest

from handlers.core.limits.user_agents import device_name


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605.1 Version/18 Safari/605.1", "Safari on macOS"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/140 Safari/605.1", "Chrome on iPhone"),
        ("curl/8.5.0", "curl"),
        ("python-httpx/0.28", "a Python program"),
        ("", "an unknown device"),
        ("<script>alert(1)</script>", "an unknown device"),
    ],
)
def test_a_device_is_named_in_our_own_words(agent: str, name: str) -> None:
    assert device_name(agent) == name
