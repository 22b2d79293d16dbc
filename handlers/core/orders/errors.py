"""The refusals of the orders API."""

from handlers.errors import ApiError


class OrderNotFound(ApiError):
    """A missing order, or another caller's: the same to the caller."""

    status = 404
    code = "not_found"
    message = "There is no such order."


class IdempotencyKeyReused(ApiError):
    """An `Idempotency-Key` that came with another request before (draft-ietf-httpapi-idempotency-key-header)."""

    status = 422
    code = "idempotency_key_reused"
    message = "This Idempotency-Key was used for another request; use a new one."
