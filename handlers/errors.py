"""The refusals of the API, each with its status, its stable code and its sentence."""


class ApiError(Exception):
    """A refusal. Its message never holds a token, an address, a code or a hash."""

    status = 400
    code = "bad_request"
    message = "The request is not what this route takes."

    retry_after_seconds: int | None = None

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.message)

    @property
    def body(self) -> dict[str, str]:
        """Return the body of the answer."""
        return {"message": str(self), "code": self.code}

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of the answer."""
        return {} if self.retry_after_seconds is None else {"retry-after": str(self.retry_after_seconds)}


class BadRequest(ApiError):
    """A body that the route does not take; the message says in a sentence what is wrong with it."""


class BodyTooLarge(ApiError):
    """A body of more than 16 KiB."""

    status = 413
    code = "body_too_large"
    message = "The body is larger than 16 KiB."


class WeakPassword(ApiError):
    """A password that is too short (NIST SP 800-63B-4 §3.1.1.2), too long, common, a pattern, or breached."""

    code = "weak_password"
    message = "The password is too easy to guess."


class UserExists(ApiError):
    """An address that has an owner already; raised only for callers who may know it."""

    code = "user_exists"
    message = "User already exists"


class Forbidden(ApiError):
    """A request that must come from the site's own pages, and does not."""

    status = 403
    code = "forbidden"
    message = "This is only for the site's own pages."


class InvalidChallenge(ApiError):
    """Unknown, used, expired or exhausted challenge, or a wrong code: all the same to the caller."""

    code = "invalid_code"
    message = "The code is wrong, used up or expired."


class InvalidCredentials(ApiError):
    """Unknown address, wrong password, disabled or locked user: all the same to the caller."""

    status = 401
    code = "invalid_credentials"
    message = "The address or the password is wrong."


class InvalidGrant(ApiError):
    """An unknown, spent or expired refresh token. The code is that of RFC 6749 §5.2; the status is 401, not 400."""

    status = 401
    code = "invalid_grant"
    message = "The refresh token is no longer good; sign in again."


class Contended(ApiError):
    """A conflict with other changes at the same moment; nothing was changed, and a retry is safe."""

    status = 503
    code = "try_again"
    retry_after_seconds = 1
    message = "Too many requests for the same thing at once; try again."


class NoSuchUser(ApiError):
    """An address without an account; operators may know that."""

    status = 404
    code = "no_such_user"
    message = "The directory has no user with this address."


class OperatorUnknown(ApiError):
    """An operator whose identity STS does not confirm."""

    status = 403
    code = "operator_unknown"
    message = "STS does not say who you are; use `sallyport user`, with a clock that is right."


class NoSuchRole(ApiError):
    """A role that the stack's `roles` do not name."""

    code = "no_such_role"
    message = "The stack has no such role."


class NotificationFailed(ApiError):
    """A failed mail to the user; operators may know that."""

    status = 502
    code = "not_told"
    message = "It is done, but the mail that tells the user could not be sent; tell them yourself."


class SecondFactorNeeded(ApiError):
    """A right password without the second factor."""

    status = 401
    code = "second_factor_needed"
    message = "This account has a second factor, which this page cannot ask for; sign in at the API."


class WrongCode(ApiError):
    """Unknown, used, expired or exhausted challenge, wrong code or credential: all the same to the caller."""

    status = 401
    code = "invalid_code"
    message = "The code or the credential is wrong, used up or expired."


class TooMany(ApiError):
    """A full counter; `retry-after` says when it is empty again."""

    status = 429
    code = "too_many_requests"
    message = "Too many of these; try again later, or use another factor."

    def __init__(self, retry_after_seconds: int, counters: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.retry_after_seconds = max(retry_after_seconds, 1)
        self.counters = counters  # the full counters, as far as known; never for the caller


class StepUpRequired(ApiError):
    """A sign-in that is too old or too weak for the route (RFC 9470); `POST /stepup` renews it."""

    status = 401
    code = "step_up_required"
    message = "This needs a fresher or a stronger sign-in: POST /stepup, and come back with the new access token."

    def __init__(self, *, max_age: int | None = None, acr: str | None = None) -> None:
        super().__init__()
        self._wanted = {"max_age": max_age, "acr_values": acr}

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of the answer, with the challenge of RFC 9470 §3."""
        wanted = "".join(f', {name}="{value}"' for name, value in self._wanted.items() if value is not None)
        return {"www-authenticate": f'Bearer error="insufficient_user_authentication"{wanted}'}


class NoSuchFactor(ApiError):
    """A factor that the caller does not have, or a type that the stack does not offer; the message says which."""

    status = 404
    code = "no_such_factor"
    message = "You have no such factor."


class FactorExists(ApiError):
    """A factor too many: only one of this type, or no more at all, can be added."""

    status = 409
    code = "factor_exists"
    message = "You have this factor already; remove it first."


class FactorShared(ApiError):
    """A phone that another account has too: an app of one must not show the codes of the other."""

    status = 409
    code = "factor_shared"
    message = "Another account uses Authy with this phone, or did, so that an app would show the codes of both."


class FactorNeeded(ApiError):
    """The last second factor, on a stack that requires one of everybody."""

    status = 409
    code = "factor_needed"
    message = "This stack asks for a second factor; add another one before you remove the last."


class CountryNotAllowed(ApiError):
    """A phone of a country to which the stack sends no messages."""

    code = "country_not_allowed"
    message = "Phones of this country cannot be used here."


class UserNotValid(ApiError):
    """A user that Authy does not accept; the answer has the form of Authy's."""

    code = "user_not_valid"
    message = "User was not valid"

    def __init__(self, fields: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._fields = fields

    @property
    def body(self) -> dict[str, str]:
        """Return the body of the answer: `{"email": "is invalid", "message": "User was not valid"}`."""
        return {**dict.fromkeys(self._fields, "is invalid"), "message": self.message}


class MailUnavailable(ApiError):
    """A mail that SES does not accept: its fault or a suspension, for every recipient."""

    status = 503
    code = "mail_unavailable"
    message = "Mail cannot be sent now; try again later."
    retry_after_seconds = 60


class ProviderFailed(ApiError):
    """A wrong answer of a provider; nothing has changed, and other factors still work."""

    status = 502
    code = "provider_failed"
    message = "The provider of this factor has failed; try again, or use another factor."


class ProviderUnavailable(ApiError):
    """No answer of a provider; nothing has changed, and other factors still work."""

    status = 503
    code = "provider_unavailable"
    message = "The provider of this factor is out of reach; try again, or use another factor."
    retry_after_seconds = 30
