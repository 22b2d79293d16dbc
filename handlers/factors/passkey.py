"""Passkeys: discoverable credentials whose authenticator verifies its user, as the first factor and as the second.

The authenticator's answer is checked by `webauthn`. Source: WebAuthn Level 3 §7.1, §7.2; OWASP ASVS 5.0 §6.7.
"""

import base64
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from contract import factors as kinds
from handlers.core.mfa.factor_type import (
    Confirmed,
    Context,
    Enrolled,
    Enrolment,
    FactorType,
    Proof,
    Started,
    State,
    Use,
    Verified,
)
from handlers.errors import NoSuchFactor, WrongCode
from handlers.factors import Settings, Tools

CHALLENGE_BYTES = 32
USER_ID_BYTES = 16
MAX_ID_LENGTH = 1400  # a credential id has at most 1023 bytes (WebAuthn §7.1)
AMR = "pop"
"""Possession of a key (IANA's registry of RFC 8176). Not `hwk`: no attestation says where the key lies."""


def make(settings: Settings, tools: Tools) -> "Passkey":
    """Return the factor type. Settings: `{"rp_id": "example.com", "origins": ["https://example.com"]}`."""
    return Passkey(tools, settings["rp_id"], list(settings["origins"]))


class Passkey(FactorType):
    """Passkeys, several for each user. After a removal the device keeps the private key, but it is not accepted."""

    def __init__(self, tools: Tools, rp_id: str, origins: list[str]) -> None:
        self._tools = tools
        self._rp_id = rp_id
        self._origins = origins

    def prepare(self) -> None:
        """Import webauthn."""
        import webauthn  # noqa: F401 for later

    def enrol(self, context: Context, given: Mapping[str, Any], others: Collection[Enrolled]) -> Enrolment:
        """Return options for `navigator.credentials.create`: a discoverable credential with user verification."""
        import webauthn
        from webauthn.helpers.structs import (
            AuthenticatorSelectionCriteria,
            PublicKeyCredentialDescriptor,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        profile, challenge = context.profile, context.random(CHALLENGE_BYTES)
        options = webauthn.generate_registration_options(
            rp_id=self._rp_id,
            rp_name=self._tools.issuer_name,
            user_id=bytes.fromhex(profile.user_id),
            user_name=profile.email,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=self._secret(one)["id"])
                for one in others
                if one.kind == kinds.PASSKEY and one.confirmed
            ],
        )
        factor_id = f"{kinds.PASSKEY}-{context.random(8).hex()}"
        factor = Enrolled(
            user_id=profile.user_id,
            id=factor_id,
            kind=kinds.PASSKEY,
            hint="passkey",
            confirmed=False,
            created_at=context.now,
            encrypted=b"",
            started={"challenge": _encode(challenge)},
            expires_at=context.expires_at,
        )
        self._tools.factors.add(factor)
        return Enrolment(factor, {"options": json.loads(webauthn.options_to_json(options))})

    def confirm(self, factor: Enrolled, proof: Proof, context: Context) -> Confirmed:
        """Verify the new credential (WebAuthn §7.1). Raises `WrongCode`."""
        import webauthn

        _check_frame(proof)
        with _as_wrong_code():
            made = webauthn.verify_registration_response(
                credential=dict(proof.credential or {}),
                expected_challenge=_decode(factor.started["challenge"]),
                expected_rp_id=self._rp_id,
                expected_origin=self._origins,
                require_user_verification=True,
            )
        secret = {"id": _encode(made.credential_id), "key": _encode(made.credential_public_key)}
        return Confirmed(
            replace(
                factor,
                encrypted=self._tools.cipher.encrypt(secret, factor.user_id, factor.id),
                counter=made.sign_count,
                tag=_credential_tag(_encode(made.credential_id)),
                hint="synced passkey" if made.credential_device_type == "multi_device" else "passkey on one device",
            )
        )

    def owner_of(self, proof: Proof) -> tuple[str, bytes]:
        """Return the user whom the credential names (WebAuthn §5.4.3, user handle), and its tag. Raises `WrongCode`."""
        credential = proof.credential or {}
        response = credential.get("response")
        handle = response.get("userHandle") if isinstance(response, dict) else None
        return _user_of_handle(handle), _credential_tag(credential.get("id"))

    def start(self, factor: Enrolled, channel: str | None, context: Context) -> Started:
        """Return options for `navigator.credentials.get`; without a user, the browser offers all its credentials."""
        import webauthn
        from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

        if not factor.confirmed:
            raise NoSuchFactor("Nothing is sent for a passkey; present the credential.")
        challenge = context.random(CHALLENGE_BYTES)
        named = [PublicKeyCredentialDescriptor(id=self._secret(factor)["id"])] if factor.encrypted else None
        options = webauthn.generate_authentication_options(
            rp_id=self._rp_id,
            challenge=challenge,
            allow_credentials=named,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return Started({"challenge": _encode(challenge)}, json.loads(webauthn.options_to_json(options)))

    def verify(self, factor: Enrolled, started: State, proof: Proof, context: Context) -> Verified:
        """Verify the credential's signature over this challenge (WebAuthn §7.2). Raises `WrongCode`."""
        import webauthn

        credential, secret = dict(proof.credential or {}), self._secret(factor)
        if "challenge" not in started or _credential_tag(credential.get("id")) != factor.tag:
            raise WrongCode
        _check_frame(proof)
        with _as_wrong_code():
            answer = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=_decode(started["challenge"]),
                expected_rp_id=self._rp_id,
                expected_origin=self._origins,
                credential_public_key=secret["key"],
                credential_current_sign_count=factor.counter,
                require_user_verification=True,
            )
        return Verified(AMR, Use(counter=answer.new_sign_count), is_multi_factor=True)

    def _secret(self, factor: Enrolled) -> dict[str, bytes]:
        return {name: _decode(value) for name, value in self._tools.cipher.decrypt(factor).items()}


@contextmanager
def _as_wrong_code() -> Iterator[None]:
    """Treat every error of the library as a wrong proof. Raises `WrongCode`.

    `webauthn` and `cryptography` have no common error for algorithms, versions and types that they do not know.
    """
    try:
        yield
    except Exception:  # noqa: BLE001 see above
        raise WrongCode from None


def _check_frame(proof: Proof) -> None:
    """Refuse pages in a frame of another site (§7.1 and §7.2, `crossOrigin`), which the library accepts.

    Raises `WrongCode`.
    """
    try:
        client_data = json.loads(_decode((proof.credential or {})["response"]["clientDataJSON"]))
        crosses = client_data.get("crossOrigin", False) or "topOrigin" in client_data
    except (ValueError, TypeError, KeyError, AttributeError):
        raise WrongCode from None
    if crosses:
        raise WrongCode


def _user_of_handle(handle: object) -> str:
    """Return the user id that is the handle. Raises `WrongCode`."""
    raw = _decode_strictly(handle)
    if len(raw) != USER_ID_BYTES:
        raise WrongCode
    return raw.hex()


def _credential_tag(credential_id: object) -> bytes:
    """Return the hash of a credential id. Raises `WrongCode`."""
    return hashlib.sha256(_decode_strictly(credential_id)).digest()


def _decode_strictly(text: object) -> bytes:
    if not isinstance(text, str) or len(text) > MAX_ID_LENGTH:
        raise WrongCode
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise WrongCode from None


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
