"""Everything a request can be refused for, each with its status, its stable code and its sentence."""


class AuthError(Exception):
    """A refusal. Its message never holds a token, an address, a code or a hash."""

    status = 400
    code = "bad_request"
    message = "The request is not what this route takes."

    retry_after_seconds: int | None = None

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.message)

    @property
    def body(self) -> dict[str, str]:
        """What the caller is told."""
        return {"message": str(self), "code": self.code}

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the answer."""
        return {} if self.retry_after_seconds is None else {"retry-after": str(self.retry_after_seconds)}


class BadRequest(AuthError):
    """The body is not what the route takes; the message says in a sentence what is wrong with it."""


class BodyTooLarge(AuthError):
    """More than 16 KiB."""

    status = 413
    code = "body_too_large"
    message = "The body is larger than 16 KiB."


class WeakPassword(AuthError):
    """Too short (NIST SP 800-63B-4 §3.1.1.2), too long, common, a pattern, or breached; the message says which."""

    code = "weak_password"
    message = "The password is too easy to guess."


class UserExists(AuthError):
    """The address has an owner already, and the caller has shown that they may know it."""

    code = "user_exists"
    message = "User already exists"


class InvalidChallenge(AuthError):
    """Unknown, used, expired or exhausted challenge, or a wrong code: all the same to the caller."""

    code = "invalid_code"
    message = "The code is wrong, used up or expired."


class InvalidCredentials(AuthError):
    """Unknown address, wrong password, disabled or locked user: all the same to the caller."""

    status = 401
    code = "invalid_credentials"
    message = "The address or the password is wrong."


class InvalidGrant(AuthError):
    """The refresh token is unknown, spent or expired. Its code is that of RFC 6749 §5.2; its status is 401, not 400."""

    status = 401
    code = "invalid_grant"
    message = "The refresh token is no longer good; sign in again."


class Contended(AuthError):
    """Others changed the same thing at the same moment; nothing was changed, and a retry is safe."""

    status = 503
    code = "try_again"
    retry_after_seconds = 1
    message = "Too many requests for the same thing at once; try again."


class NotFound(AuthError):
    """There is no such thing, or it is somebody else's: all the same to the caller."""

    status = 404
    code = "not_found"
    message = "There is no such order."


class KeyReused(AuthError):
    """The `Idempotency-Key` came with another request before (draft-ietf-httpapi-idempotency-key-header)."""

    status = 422
    code = "idempotency_key_reused"
    message = "This Idempotency-Key was used for another request; use a new one."


class NoSuchUser(AuthError):
    """The address has no account; operators may know that."""

    status = 404
    code = "no_such_user"
    message = "The directory has no user with this address."


class NotTold(AuthError):
    """Operators may know that mail fails."""

    status = 502
    code = "not_told"
    message = "It is done, but the mail that tells the user could not be sent; tell them yourself."


class SecondFactorNeeded(AuthError):
    """The password is right, and is not enough."""

    status = 401
    code = "second_factor_needed"
    message = "This account has a second factor, which this page cannot ask for; sign in at the API."


class WrongCode(AuthError):
    """Unknown, used, expired or exhausted challenge, wrong code or credential: all the same to the caller."""

    status = 401
    code = "invalid_code"
    message = "The code or the credential is wrong, used up or expired."


class TooMany(AuthError):
    """A counter is full; `retry-after` says when it is empty again."""

    status = 429
    code = "too_many_requests"
    message = "Too many of these; try again later, or use another factor."

    def __init__(self, retry_after_seconds: int, counters: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.retry_after_seconds = max(retry_after_seconds, 1)
        self.counters = counters  # that are full, as far as is known; for us and not for the caller


class StepUpRequired(AuthError):
    """The sign-in is too old or too weak for this (RFC 9470); `POST /stepup` mends it."""

    status = 401
    code = "step_up_required"
    message = "This needs a fresher or a stronger sign-in: POST /stepup, and come back with the new access token."

    def __init__(self, *, max_age: int | None = None, acr: str | None = None) -> None:
        super().__init__()
        self._wanted = {"max_age": max_age, "acr_values": acr}

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9470 §3."""
        wanted = "".join(f', {name}="{value}"' for name, value in self._wanted.items() if value is not None)
        return {"www-authenticate": f'Bearer error="insufficient_user_authentication"{wanted}'}


class NoSuchFactor(AuthError):
    """The caller has no such factor, or the stack does not offer its kind; the message says which."""

    status = 404
    code = "no_such_factor"
    message = "You have no such factor."


class FactorExists(AuthError):
    """There can be only one of this kind, or no more at all."""

    status = 409
    code = "factor_exists"
    message = "You have this factor already; remove it first."


class FactorShared(AuthError):
    """Another account has the same phone: an app of one must not show the codes of the other."""

    status = 409
    code = "factor_shared"
    message = "Another account uses Authy with this phone, or did, so that an app would show the codes of both."


class FactorNeeded(AuthError):
    """The stack asks everybody for a second factor, and this is the last one."""

    status = 409
    code = "factor_needed"
    message = "This stack asks for a second factor; add another one before you remove the last."


class CountryNotAllowed(AuthError):
    """The stack sends no messages to phones of this country."""

    code = "country_not_allowed"
    message = "Phones of this country cannot be used here."


class UserNotValid(AuthError):
    """Authy does not take the user; answered as Authy answers."""

    code = "user_not_valid"
    message = "User was not valid"

    def __init__(self, fields: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._fields = fields

    @property
    def body(self) -> dict[str, str]:
        """`{"email": "is invalid", "message": "User was not valid"}`."""
        return {**dict.fromkeys(self._fields, "is invalid"), "message": self.message}


class MailUnavailable(AuthError):
    """SES does not take the mail: its fault or a suspension, whoever it is for."""

    status = 503
    code = "mail_unavailable"
    message = "Mail cannot be sent now; try again later."
    retry_after_seconds = 60


class ProviderFailed(AuthError):
    """A provider answered, but not what it should have; nothing has changed, and other factors still work."""

    status = 502
    code = "provider_failed"
    message = "The provider of this factor has failed; try again, or use another factor."


class ProviderUnavailable(AuthError):
    """A provider did not answer; nothing has changed, and other factors still work."""

    status = 503
    code = "provider_unavailable"
    message = "The provider of this factor is out of reach; try again, or use another factor."
    retry_after_seconds = 30
