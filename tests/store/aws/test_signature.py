"""handlers.store.aws.signature, judged by AWS's published vectors and by botocore."""

import calendar
from datetime import UTC, datetime
from unittest.mock import patch
from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import given
from hypothesis import strategies as st

from handlers.store.aws.credentials import Credentials
from handlers.store.aws.signature import signed

NOW = calendar.timegm((2015, 8, 30, 12, 36, 0))
SCOPE = ("us-east-1", "service")
HOST = {"Host": "example.amazonaws.com"}
KEYS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
TOKEN = (
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthA"
    "x7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY"
    "9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
)
WITH_TOKEN = Credentials(KEYS.access_key_id, KEYS.secret_access_key, TOKEN)
UNRESERVED = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TRIMMED = {"My-Header1": " value1", "My-Header2": ' "a   b   c"'}
VECTORS = {
    "get-vanilla": ("GET", "/", {}, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    "get-vanilla-query-order-key-case": (
        "GET", "/?Param2=value2&Param1=value1", {}, "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    "get-utf8": ("GET", "/ሴ", {}, "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
    "get-vanilla-utf8-query": (
        "GET", "/?ሴ=bar", {}, "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
    ),
    "get-unreserved": (
        "GET", f"/{UNRESERVED}", {}, "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    ),
    "get-space": ("GET", "/example space/", {}, "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"),
    "get-header-value-trim": (
        "GET", "/", TRIMMED, "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ),
    "get-header-key-duplicate": (
        "GET", "/", {"My-Header1": "value2,value2,value1"},
        "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
    ),
    "post-vanilla": ("POST", "/", {}, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    "post-header-key-sort": (
        "POST", "/", {"My-Header1": "value1"}, "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    ),
    "post-header-value-case": (
        "POST", "/", {"My-Header1": "VALUE1"}, "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
    ),
    "post-x-www-form-urlencoded": (
        "POST", "/", FORM, "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
    "post-sts-header-before": ("POST", "/", {}, "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"),
}  # fmt: skip
"""Name in AWS's Signature Version 4 test suite → method, target, headers, signature."""

plain = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=20)
segments = plain.filter(lambda text: text not in (".", ".."))
header_values = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
header_names = st.from_regex(r"x-[a-z][a-z0-9-]{0,15}", fullmatch=True)


@pytest.mark.parametrize("name", VECTORS)
def test_the_published_vectors_have_our_signatures(name: str) -> None:
    method, target, headers, signature = VECTORS[name]
    body = b"Param1=value1" if headers is FORM else b""
    by = WITH_TOKEN if name == "post-sts-header-before" else KEYS

    found = signed(method, target, {**HOST, **headers}, body, SCOPE, by, NOW)

    assert found["authorization"].endswith(f"Signature={signature}")


@given(
    st.lists(segments, max_size=4),
    st.dictionaries(plain, plain, max_size=4),
    st.dictionaries(header_names, st.lists(header_values, min_size=1, max_size=3).map("  ".join), max_size=4),
    st.binary(max_size=60),
    st.sampled_from([KEYS, WITH_TOKEN]),
    st.integers(0, 4_000_000_000),
)
def test_botocore_signs_the_same(
    path: list[str], query: dict[str, str], headers: dict[str, str], body: bytes, by: Credentials, now: int
) -> None:
    target = "/" + "/".join(quote(part, safe="") for part in path)
    if query:
        target += "?" + "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query.items())

    ours = signed("POST", target, {"host": "example.amazonaws.com", **headers}, body, SCOPE, by, now)

    assert ours["authorization"] == _by_botocore(target, headers, body, by, now)


def test_credentials_do_not_show_themselves() -> None:
    assert KEYS.secret_access_key not in f"{KEYS!r} {KEYS}"


def _by_botocore(target: str, headers: dict[str, str], body: bytes, by: Credentials, now: int) -> str:
    request = AWSRequest("POST", f"https://example.amazonaws.com{target}", headers=dict(headers), data=body)
    keys = BotoCredentials(by.access_key_id, by.secret_access_key, by.session_token or None)
    with patch("botocore.auth.get_current_datetime", lambda *_: datetime.fromtimestamp(now, UTC).replace(tzinfo=None)):
        SigV4Auth(keys, "service", "us-east-1").add_auth(request)
    found: str = request.headers["Authorization"]
    return found
