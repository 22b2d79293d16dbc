"""A fake of Twilio Verify v2: codes by text and by call.

Source: https://www.twilio.com/docs/verify/api; the `twilio` package.
"""

import base64
import re
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sallyport.local.fakes import ACCOUNT_SID, AUTH_TOKEN, SERVICE_SID
from sallyport.local.fakes.fake_http import Answer, Request
from sallyport.local.fakes.memory import Memory

LIFETIME_SECONDS = 600
MAX_CHECKS = MAX_SENDS = 5
CHANNELS = ("sms", "call")
PHONE = re.compile(r"\+\d{7,15}")
SERVICE = f"/v2/Services/{SERVICE_SID}"


def answer(memory: Memory, request: Request) -> Answer:
    """Return Verify's answer."""
    expected = base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
    if request.headers.get("authorization") != f"Basic {expected}":
        return _refused(401, 20003, "Authenticate")
    for method, pattern, act in ROUTES:
        found = re.fullmatch(pattern, request.path)
        if request.method == method and found:
            return act(memory, request, *found.groups())
    return _refused(404, 20404, f"The requested resource {request.path} was not found")


def _send(memory: Memory, request: Request) -> Answer:
    phone, channel = request.form.get("To", ""), request.form.get("Channel", "")
    if not PHONE.fullmatch(phone):
        return _refused(400, 60200, "Invalid parameter `To`")
    if channel not in CHANNELS:
        return _refused(400, 60200, "Invalid parameter `Channel`")
    now = time.time()
    sid = next((sid for sid, one in memory.verifications.items() if one["to"] == phone and _is_open(one, now)), None)
    if sid is None:
        sid = f"VE{secrets.token_hex(16)}"
        code = str(secrets.randbelow(10**6)).zfill(6)
        memory.verifications[sid] = {
            "to": phone,
            "code": code,
            "status": "pending",
            "checks": 0,
            "attempts": [],
            "created": now,
        }
    known = memory.verifications[sid]
    if len(known["attempts"]) >= MAX_SENDS:
        return _refused(429, 60203, "Max send attempts reached")
    known["channel"] = channel
    known["attempts"].append({"time": _time(now), "channel": channel, "attempt_sid": f"VL{secrets.token_hex(16)}"})
    memory.send("Verify", channel, phone, f"Your verification code is: {known['code']}")
    return Answer(201, _shown(sid, known))


def _check(memory: Memory, request: Request) -> Answer:
    sid, now = request.form.get("VerificationSid", ""), time.time()
    known = memory.verifications.get(sid)
    if known is None or not _is_open(known, now):
        return _refused(404, 20404, f"The requested resource {SERVICE}/VerificationCheck was not found")
    if known["checks"] >= MAX_CHECKS:
        return _refused(429, 60202, "Max check attempts reached")
    known["checks"] += 1
    if request.form.get("Code") == known["code"]:
        known["status"] = "approved"
    return Answer(200, _shown(sid, known))


def _update(memory: Memory, request: Request, named: str) -> Answer:
    """Change the status of a verification, named by its id or by its phone."""
    now = time.time()
    sid, known = next(
        ((sid, one) for sid, one in memory.verifications.items() if named in (sid, one["to"]) and _is_open(one, now)),
        ("", None),
    )
    if known is None:
        return _refused(404, 20404, f"The requested resource {SERVICE}/Verifications/{named} was not found")
    status = request.form.get("Status", "")
    if status not in ("canceled", "approved"):
        return _refused(400, 60200, "Invalid parameter `Status`")
    known["status"] = status
    return Answer(200, _shown(sid, known))


def _fetch(memory: Memory, request: Request) -> Answer:
    named = {"sid": SERVICE_SID, "account_sid": ACCOUNT_SID, "friendly_name": "Sallyport", "code_length": 6}
    now = _time(time.time())
    return Answer(200, {**named, "date_created": now, "date_updated": now, "links": {}})


def _is_open(known: dict[str, Any], now: float) -> bool:
    return bool(known["status"] == "pending" and now < known["created"] + LIFETIME_SECONDS)


def _shown(sid: str, known: dict[str, Any]) -> dict[str, Any]:
    return {
        "sid": sid,
        "service_sid": SERVICE_SID,
        "account_sid": ACCOUNT_SID,
        "to": known["to"],
        "channel": known["channel"],
        "status": known["status"],
        "valid": known["status"] == "approved",
        "lookup": {},
        "amount": None,
        "payee": None,
        "send_code_attempts": known["attempts"],
        "date_created": _time(known["created"]),
        "date_updated": _time(time.time()),
        "sna": None,
        "url": f"https://verify.twilio.com{SERVICE}/Verifications/{sid}",
    }


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _refused(status: int, code: int, message: str) -> Answer:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Answer(status, {"code": code, "message": message, "more_info": more, "status": status})


ROUTES: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("POST", f"{SERVICE}/Verifications", _send),
    ("POST", f"{SERVICE}/VerificationCheck", _check),
    ("POST", rf"{SERVICE}/Verifications/(VE[0-9a-f]+|\+\d+)", _update),
    ("GET", SERVICE, _fetch),
)
