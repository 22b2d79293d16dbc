"""Failed calls to AWS."""

from typing import Any


class AwsError(Exception):
    """A call that AWS refused.

    Args:
        code: AWS's name of the error, such as `ThrottlingException`; of `NoAnswer`, the type of its cause.
        message: AWS's sentence. It may quote the caller or a signed request, so it is not in the exception's text.
        status: the HTTP status.
        date: when AWS has answered, as in the header `Date`.
        reasons: of `TransactionCanceledException`, a code for each write; `None` for one that was not refused.
    """

    def __init__(
        self, code: str, message: str = "", status: int = 0, date: str = "", reasons: tuple[str, ...] = ()
    ) -> None:
        super().__init__(code)
        self.code, self.message, self.status, self.date, self.reasons = code, message, status, date, reasons


class NoAnswer(AwsError):
    """A call without a whole answer. AWS may have done it all the same."""


def error_code(error: BaseException) -> str:
    """Return the code of an `AwsError`, or of botocore's `ClientError`; empty for anything else."""
    if isinstance(error, AwsError):
        return error.code
    response: dict[str, Any] | None = getattr(error, "response", None)  # None also of botocore's own timeouts
    code: str = (response or {}).get("Error", {}).get("Code", "")
    return code
