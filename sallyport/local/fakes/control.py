"""The fakes' API for the commands: sent messages, pending pushes and their answers, users, faults."""

import time
from typing import Any

from sallyport.local.fakes import authy
from sallyport.local.fakes.fake_http import FAULTS, Answer, Request
from sallyport.local.fakes.memory import Memory

PROVIDERS = ("authy", "verify")
ANSWERS = ("approved", "denied")


def answer(memory: Memory, request: Request) -> Answer:
    """Answer GET /messages, /pushes, /users, /faults; POST /pushes {id, status}, /faults {provider, fault}."""
    match (request.method, request.path):
        case ("GET", "/messages"):
            return Answer(200, memory.messages)
        case ("GET", "/pushes"):
            return Answer(200, _pending(memory))
        case ("GET", "/users"):
            return Answer(200, [_user(id_, one) for id_, one in memory.users.items()])
        case ("GET", "/faults"):
            return Answer(200, memory.faults)
        case ("POST", "/pushes"):
            return _decide(memory, request.json)
        case ("POST", "/faults"):
            return _spoil(memory, request.json)
    return Answer(404, {})


def _pending(memory: Memory) -> list[dict[str, Any]]:
    now = time.time()
    waiting = {id_: one for id_, one in memory.approvals.items() if one["status"] == "pending" and now < one["until"]}
    return [{"id": id_, "to": one["to"], "text": one["text"]} for id_, one in waiting.items()]


def _user(authy_id: str, user: dict[str, Any]) -> dict[str, Any]:
    phone = f"+{user['country_code']}{user['phone']}"
    return {"id": authy_id, "email": user["email"], "phone": phone, "app_code": authy.app_code(user, time.time())}


def _decide(memory: Memory, given: dict[str, Any]) -> Answer:
    known = memory.approvals.get(str(given.get("id")))
    if known is None or given.get("status") not in ANSWERS:
        return Answer(404, {})
    known["status"] = given["status"]
    return Answer(200, {})


def _spoil(memory: Memory, given: dict[str, Any]) -> Answer:
    providers = [given["provider"]] if given.get("provider") else list(PROVIDERS)
    fault = given.get("fault")
    if not set(providers) <= set(PROVIDERS) or (fault is not None and fault not in FAULTS):
        return Answer(400, {})
    for provider in providers:
        if fault is None:
            memory.faults.pop(provider, None)
        else:
            memory.faults[provider] = fault
    return Answer(200, memory.faults)
