"""The W3C's own test vectors: the library passes them, and our factor asks for more than most of them have.

Source: Web Authentication Level 3, §16 "Test Vectors"; three of the editors' draft, whose extra data ends in `==`. Left
out are those that the library does not support: ES384, Ed448, a made-up maker of TPMs, a U2F key with a model's name,
an Android key without its root. The client data is put together again from its parts; the signatures tell whether it is
right.
"""

import base64
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cbor2
import pytest
import webauthn
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import InvalidAuthenticationResponse
from webauthn.helpers.structs import AttestationFormat
from webauthn.registration.verify_registration_response import VerifiedRegistration

from handlers.core.accounts.users import Profile
from handlers.core.mfa.factor_type import Context, Enrolled, FactorType, Proof
from handlers.errors import WrongCode
from handlers.factors.passkey import _credential_tag
from tests.support.handlers import Handlers

RP_ID, ORIGIN = "example.org", "https://example.org"
EXTRA = "clientDataJSON may be extended with additional fields in the future, such as this: "
RP_HASH = "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b5"


@dataclass(frozen=True)
class Vector:
    """A credential, made and used. Bytes are hexadecimal, except for `*_extra`, which are base64url."""

    name: str
    credential_id: str
    made_challenge: str
    made_extra: str
    attestation: str
    used_challenge: str
    used_extra: str
    used_flags: str
    signature: str
    cross_origin: bool

    @property
    def made(self) -> dict[str, Any]:
        client_data = _client_data("create", self.made_challenge, self.cross_origin, self.made_extra)
        return _credential(
            self.credential_id, clientDataJSON=client_data, attestationObject=bytes.fromhex(self.attestation)
        )

    @property
    def used(self) -> dict[str, Any]:
        client_data = _client_data("get", self.used_challenge, self.cross_origin, self.used_extra)
        return _credential(
            self.credential_id,
            clientDataJSON=client_data,
            authenticatorData=bytes.fromhex(f"{RP_HASH}{self.used_flags}00000000"),
            signature=bytes.fromhex(self.signature),
        )


DATA = json.loads(Path(__file__).with_name("webauthn_vectors.json").read_text())
VECTORS = [Vector(**one) for one in DATA["vectors"]]
ROOT = x509.load_der_x509_certificate(bytes.fromhex(DATA["attestation_ca_cert"])).public_bytes(Encoding.PEM)


def _client_data(type_: str, challenge: str, cross_origin: bool, extra: str) -> bytes:
    more = f',"extraData":"{EXTRA}{extra}"' if extra else ""
    named = f'"type":"webauthn.{type_}","challenge":"{_b64(bytes.fromhex(challenge))}"'
    return f'{{{named},"origin":"{ORIGIN}","crossOrigin":{json.dumps(cross_origin)}{more}}}'.encode()


def _credential(credential_id: str, **response: bytes) -> dict[str, Any]:
    id_ = _b64(bytes.fromhex(credential_id))
    encoded = {name: _b64(value) for name, value in response.items()}
    return {"id": id_, "rawId": id_, "type": "public-key", "response": encoded}


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_the_library_passes_them(vector: Vector) -> None:
    made = registered(vector)
    used = authenticated(vector, made)

    assert made.credential_id.hex() == used.credential_id.hex() == vector.credential_id


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_the_library_refuses_another_signature(vector: Vector) -> None:
    signature = vector.signature[:-2] + f"{int(vector.signature[-2:], 16) ^ 1:02x}"

    with pytest.raises(InvalidAuthenticationResponse):
        authenticated(replace(vector, signature=signature), registered(vector))


def registered(vector: Vector) -> VerifiedRegistration:
    """Return the library's verdict on its creation, with every algorithm that it knows, and the W3C's root."""
    return webauthn.verify_registration_response(
        credential=vector.made,
        expected_challenge=bytes.fromhex(vector.made_challenge),
        expected_rp_id=RP_ID,
        expected_origin=ORIGIN,
        supported_pub_key_algs=list(COSEAlgorithmIdentifier),
        pem_root_certs_bytes_by_fmt={kind: [ROOT] for kind in AttestationFormat},
    )


def authenticated(vector: Vector, made: VerifiedRegistration) -> VerifiedAuthentication:
    """Return the library's verdict on its use."""
    return webauthn.verify_authentication_response(
        credential=vector.used,
        expected_challenge=bytes.fromhex(vector.used_challenge),
        expected_rp_id=RP_ID,
        expected_origin=ORIGIN,
        credential_public_key=made.credential_public_key,
        credential_current_sign_count=0,
    )


@pytest.fixture
def passkeys(handlers: Handlers) -> FactorType:
    """Our factor, for the vectors' site."""
    module = handlers.module("factors.passkey")
    known = handlers.module("enrol_factor").SERVICES.factor_types["passkey"]
    made: FactorType = module.Passkey(known._tools, RP_ID, [ORIGIN])
    return made


def enrolled(passkeys: Any, vector: Vector) -> Enrolled:
    """Return the vector's credential as an enrolled factor."""
    made = registered(vector)
    secret = {"id": _b64(made.credential_id), "key": _b64(made.credential_public_key)}
    return Enrolled(
        user_id="0" * 32,
        id="passkey-1",
        kind="passkey",
        hint="",
        confirmed=True,
        created_at=0,
        encrypted=passkeys._tools.cipher.encrypt(secret, "0" * 32, "passkey-1"),
        tag=_credential_tag(secret["id"]),
        started={"challenge": _b64(bytes.fromhex(vector.made_challenge))},
    )


CONTEXT = Context(Profile("0" * 32, "ada@example.com", disabled=False), "", 0, 0, lambda count: b"0" * count)


def judge(passkeys: FactorType, vector: Vector) -> tuple[bool, bool]:
    """Return whether our factor accepts its creation, and its use."""
    factor, taken = enrolled(passkeys, vector), []
    started = {"challenge": _b64(bytes.fromhex(vector.used_challenge))}
    for act in (
        lambda: passkeys.confirm(factor, Proof(credential=vector.made), CONTEXT),
        lambda: passkeys.verify(factor, started, Proof(credential=vector.used), CONTEXT),
    ):
        try:
            act()
            taken.append(True)
        except WrongCode:
            taken.append(False)
    return taken[0], taken[1]


def test_our_factor_takes_what_was_verified_both_times_and_came_from_no_frame_of_another_site(
    passkeys: FactorType,
) -> None:
    """Its creation, and its use: with the user verified, by an algorithm that it offers, in a page of its own."""
    assert {vector.name: judge(passkeys, vector) for vector in VECTORS} == {
        "none.ES256": (False, False),
        "packed-self.ES256": (True, False),
        "none.ES256.crossOrigin": (False, False),
        "none.ES256.long-credential-id": (False, True),
        "packed.ES256": (True, True),
        "packed.ES512": (False, False),
        "packed.RS256": (True, False),
        "packed.EdDSA": (False, False),
        "apple.ES256": (False, False),
    }


def _altered(vector: Vector, **changes: Any) -> Vector:
    """Return the vector with another attestation object: `fmt`, or parts of the attestation statement."""
    made = cbor2.loads(bytes.fromhex(vector.attestation))
    statement = {**made["attStmt"], **{name: value for name, value in changes.items() if name != "fmt"}}
    altered = {**made, "fmt": changes.get("fmt", made["fmt"]), "attStmt": statement}
    return replace(vector, attestation=cbor2.dumps(altered).hex())


PACKED = next(vector for vector in VECTORS if vector.name == "packed.ES256")
CERTIFICATE = cbor2.loads(bytes.fromhex(PACKED.attestation))["attStmt"]["x5c"][0]
UNKNOWN_CURVE = CERTIFICATE.replace(bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d030163"))
UNKNOWN_VERSION = CERTIFICATE.replace(bytes.fromhex("a003020102"), bytes.fromhex("a003020137"))


@pytest.mark.parametrize(
    "altered",
    [
        _altered(PACKED, alg=-999),
        _altered(PACKED, alg="ES256"),
        _altered(PACKED, x5c=[UNKNOWN_CURVE]),
        _altered(PACKED, x5c=[UNKNOWN_VERSION]),
        _altered(PACKED, x5c=[b""]),
        _altered(PACKED, x5c=7),
        _altered(PACKED, fmt="tpm", ver=7, certInfo=7, pubArea=b""),
        _altered(PACKED, fmt="android-safetynet", ver="1", response=7),
        _altered(PACKED, fmt="android-safetynet", ver="1", response=[]),
        _altered(PACKED, fmt="unheard-of"),
        _altered(PACKED, fmt=None),
        replace(PACKED, attestation="bf"),
        replace(PACKED, attestation="9f" * 2000),
    ],
    ids=[str(number) for number in range(13)],
)
def test_attestations_that_nobody_knows_are_refused_and_no_fault(passkeys: FactorType, altered: Vector) -> None:
    """What the libraries raise of them has no common type."""
    factor = replace(enrolled(passkeys, PACKED), confirmed=False)

    with pytest.raises(WrongCode):
        passkeys.confirm(factor, Proof(credential=altered.made), CONTEXT)
