"""A fake of Authy's API, as far as the `authy` package uses it.

Source: the package's code; https://www.twilio.com/docs/authy/api; error codes as seen in the wild.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from sallyport.local.fakes import AUTHY_KEY
from sallyport.local.fakes.fake_http import Answer, Request
from sallyport.local.fakes.memory import Memory

CODE_SECONDS = 600
APP_STEP_SECONDS = 30
PUSH_SECONDS = 120
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PHONE = re.compile(r"(?!\d*0{7}$)\d{6,14}")  # all zeros at the end are refused, as Authy refuses some valid phones


def answer(memory: Memory, request: Request) -> Answer:
    """Return Authy's answer."""
    if request.headers.get("x-authy-api-key") != AUTHY_KEY:
        return _refused(401, "60001", "Invalid API key")
    for method, pattern, act in ROUTES:
        found = re.fullmatch(pattern, request.path)
        if request.method == method and found:
            return act(memory, request, *found.groups())
    return _refused(404, "60000", "Requested URL was not found")


def app_code(user: dict[str, Any], now: float) -> str:
    """Return the code that the user's app shows. `now` in Unix seconds."""
    step = int(now // APP_STEP_SECONDS)
    digest = hmac.digest(user["secret"].encode(), str(step).encode(), hashlib.sha256)
    return str(int.from_bytes(digest[:8]) % 10**7).zfill(7)


def _create(memory: Memory, request: Request) -> Answer:
    given = request.json.get("user", {})
    email, phone, code = (
        str(given.get("email", "")),
        _digits(given.get("cellphone")),
        _digits(given.get("country_code")),
    )
    wrong = {
        **({} if EMAIL.fullmatch(email) else {"email": "is invalid"}),
        **({} if PHONE.fullmatch(phone) else {"cellphone": "is invalid"}),
        **({} if code else {"country_code": "is not supported"}),
    }
    if wrong:
        message = {"message": "User was not valid", "success": False, "error_code": "60027"}
        return Answer(400, {**wrong, **message, "errors": {**wrong, "message": "User was not valid"}})
    same = (code, phone)  # without the email address: Authy knows a user by the phone
    known = next((id_ for id_, one in memory.users.items() if (one["country_code"], one["phone"]) == same), None)
    authy_id = known or str(memory.next_id)
    if known is None:
        memory.next_id += 1
        fresh = {"secret": secrets.token_hex(16), "codes": {}, "used": []}
        memory.users[authy_id] = {"email": email, "phone": phone, "country_code": code, **fresh}
    return Answer(200, {"message": "User created successfully.", "user": {"id": int(authy_id)}, "success": True})


def _send(memory: Memory, request: Request, channel: str, authy_id: str) -> Answer:
    user = memory.users.get(authy_id)
    if user is None:
        return _no_such_user()
    if request.query.get("force") != "true":  # the user has the app, so nothing is sent
        said = "Ignored: SMS is not needed for smartphones. Pass force=true if you want to actually send Token."
        return Answer(200, {"success": True, "message": said, "ignored": True, "device": "android"})
    code = str(secrets.randbelow(10**7)).zfill(7)
    user["codes"][request.query.get("action", "")] = {"code": code, "until": time.time() + CODE_SECONDS}
    memory.send("Authy", channel, _number(user), f"Your code is {code}.")
    said = "Call started..." if channel == "call" else "SMS token was sent"
    return Answer(200, {"success": True, "message": said, "cellphone": _masked(user)})


def _verify(memory: Memory, request: Request, token: str, authy_id: str) -> Answer:
    user = memory.users.get(authy_id)
    if user is None:
        return _no_such_user()
    now, sent = time.time(), user["codes"].get(request.query.get("action", ""))
    of_app = [app_code(user, now + beside * APP_STEP_SECONDS) for beside in (-1, 0, 1)]
    is_sent = sent is not None and sent["code"] == token and now < sent["until"]
    if not (is_sent or ("action" not in request.query and token in of_app)) or token in user["used"]:
        wrong = {"token": "is invalid", "message": "Token is invalid", "success": False, "error_code": "60020"}
        return Answer(401, {**wrong, "errors": {"message": "Token is invalid", "token": "is invalid"}})
    user["used"] = [*user["used"], token][-100:]
    return Answer(200, {"message": "Token is valid.", "token": "is valid", "success": "true", "device": {}})


def _status(memory: Memory, request: Request, authy_id: str) -> Answer:
    user = memory.users.get(authy_id)
    if user is None:
        return _no_such_user()
    status = {
        "authy_id": int(authy_id),
        "confirmed": True,
        "registered": True,
        "country_code": int(user["country_code"]),
        "phone_number": _masked(user),
        "devices": ["android"],
        "has_hard_token": False,
    }
    return Answer(200, {"status": status, "message": "User status.", "success": True})


def _delete(memory: Memory, request: Request, authy_id: str) -> Answer:
    if memory.users.pop(authy_id, None) is None:
        return _no_such_user()
    return Answer(200, {"message": "User was added to remove.", "success": True})


def _qr(memory: Memory, request: Request, authy_id: str) -> Answer:
    if authy_id not in memory.users:
        return _no_such_user()
    label = request.json.get("label", "")
    code = f"https://s3.amazonaws.com/qr-codes.authy.com/{secrets.token_hex(16)}.png"
    return Answer(200, {"label": label, "issuer": "Sallyport", "qr_code": code, "success": True})


def _registration(memory: Memory, request: Request) -> Answer:
    status = "completed" if request.query.get("custom_user_id") in memory.users else "pending"
    return Answer(200, {"message": "User status.", "registration": {"status": status}, "success": True})


def _verification_start(memory: Memory, request: Request) -> Answer:
    given = request.json
    length = int(given.get("code_length", 4))
    calling_code, phone = _digits(given.get("country_code")), _digits(given.get("phone_number"))
    if not PHONE.fullmatch(phone):
        return _refused(400, "60033", "Phone number is invalid")
    code, shown = str(secrets.randbelow(10**length)).zfill(length), _as_written(calling_code, phone)
    memory.phone_codes[calling_code + phone] = {"code": code, "until": time.time() + CODE_SECONDS}
    memory.send("Authy", str(given.get("via")), f"+{calling_code}{phone}", f"Your verification code is {code}.")
    said = f"Call to {shown} initiated." if given.get("via") == "call" else f"Text message sent to {shown}."
    device = {"carrier": "Example Mobile", "is_cellphone": True, "is_ported": False, "uuid": secrets.token_hex(16)}
    return Answer(200, {**device, "message": said, "success": True})


def _verification_check(memory: Memory, request: Request) -> Answer:
    phone = _digits(request.query.get("country_code")) + _digits(request.query.get("phone_number"))
    sent = memory.phone_codes.get(phone)
    if sent is None or time.time() > sent["until"] or sent["code"] != request.query.get("verification_code"):
        return _refused(401, "60022", "Verification code is incorrect")
    del memory.phone_codes[phone]
    return Answer(200, {"message": "Verification code is correct.", "success": True})


def _info(memory: Memory, request: Request) -> Answer:
    now = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    known = {"type": "cellphone", "provider": "Example Mobile", "ported": False}
    return Answer(200, {**known, "message": f"Phone number information as of {now}", "success": True})


def _ask_approval(memory: Memory, request: Request, authy_id: str) -> Answer:
    user = memory.users.get(authy_id)
    if user is None:
        return _no_such_user()
    uuid, given = secrets.token_hex(16), request.json
    seconds = given.get("seconds_to_expire") or PUSH_SECONDS
    memory.approvals[uuid] = {
        "status": "pending",
        "until": time.time() + seconds,
        "text": given.get("message", ""),
        "to": _number(user),
    }
    return Answer(200, {"approval_request": {"uuid": uuid}, "success": True})


def _approval(memory: Memory, request: Request, uuid: str) -> Answer:
    known = memory.approvals.get(uuid)
    if known is None:
        return _refused(404, "60049", "Approval request not found")
    is_over = known["status"] == "pending" and time.time() > known["until"]
    status = "expired" if is_over else known["status"]
    return Answer(200, {"approval_request": {"uuid": uuid, "status": status, "notified": False}, "success": True})


def _details(memory: Memory, request: Request) -> Answer:
    app = {"name": "Sallyport", "plan": "starter", "sms_enabled": True, "phone_calls_enabled": True, "app_id": 1}
    return Answer(200, {"app": app, "message": "Application information.", "success": True})


def _stats(memory: Memory, request: Request) -> Answer:
    return Answer(
        200, {"message": "Monthly statistics.", "stats": [], "total_users": len(memory.users), "success": True}
    )


def _number(user: dict[str, Any]) -> str:
    return f"+{user['country_code']}{user['phone']}"


def _digits(given: Any) -> str:
    """Return the digits of a phone as people write it: `(305) 456-2345`."""
    return re.sub(r"[^0-9]", "", str(given or ""))


def _as_written(calling_code: str, phone: str) -> str:
    """Return the phone with separators: `+1 305-456-2345`."""
    return f"+{calling_code} {phone[:3]}-{phone[3:6]}-{phone[6:]}"


def _masked(user: dict[str, Any]) -> str:
    return f"+{user['country_code']}-XXX-XXX-XX{user['phone'][-2:]}"


def _no_such_user() -> Answer:
    return _refused(404, "60026", "User not found.")


def _refused(status: int, code: str, message: str) -> Answer:
    said = {"error_code": code, "message": message, "success": False}
    return Answer(status, {**said, "errors": {"message": message}})


ROUTES: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("POST", "/protected/json/users/new", _create),
    ("GET", r"/protected/json/(sms|call)/(\d+)", _send),
    ("GET", r"/protected/json/verify/(\d+)/(\d+)", _verify),
    ("GET", r"/protected/json/users/(\d+)/status", _status),
    ("POST", r"/protected/json/users/(\d+)/delete", _delete),
    ("POST", r"/protected/json/users/(\d+)/secret", _qr),
    ("GET", "/protected/json/registrations/status", _registration),
    ("POST", "/protected/json/phones/verification/start", _verification_start),
    ("GET", "/protected/json/phones/verification/check", _verification_check),
    ("GET", "/protected/json/phones/info", _info),
    ("POST", r"/onetouch/json/users/(\d+)/approval_requests", _ask_approval),
    ("GET", r"/onetouch/json/approval_requests/([0-9a-f-]+)", _approval),
    ("GET", "/protected/json/app/details", _details),
    ("GET", "/protected/json/app/stats", _stats),
)
