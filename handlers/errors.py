"""Everything a request can be refused for, each with its status, its stable code and its sentence."""


class AuthError(Exception):
    """A refusal. Its message never holds a token, an address, a code or a hash."""

    status = 400
    code = "bad_request"
    message = "The request is not what this route takes."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.message)


class BadRequest(AuthError):
    """The body is not what the route takes; the message says in a sentence what is wrong with it."""


class BodyTooLarge(AuthError):
    """More than 16 KiB."""

    status = 413
    code = "body_too_large"
    message = "The body is larger than 16 KiB."


class WeakPassword(AuthError):
    """The password breaks a rule of NIST SP 800-63B-4 §3.1.1.2; the message says which."""

    code = "weak_password"
    message = "The password is too easy to guess."


class TooManySignUps(AuthError):
    """The address has had its sign-ups of today; whether it has an account makes no difference."""

    status = 429
    code = "too_many_requests"
    message = "Too many sign-ups of this address today; try again tomorrow."


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
    """The refresh token is unknown, spent or expired (RFC 6749 §5.2)."""

    status = 401
    code = "invalid_grant"
    message = "The refresh token is no longer good; sign in again."


class Contended(AuthError):
    """Others changed the same thing at the same moment; nothing was changed, and a retry is safe."""

    status = 503
    code = "try_again"
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


class SecondFactorNeeded(AuthError):
    """The password is right, and is not enough."""

    status = 401
    code = "second_factor_needed"
    message = "This account has a second factor, which this page cannot ask for; sign in at the API."
