"""The W3C's own test vectors: the library passes them, and our factor asks for more than they all have.

Source: Web Authentication Level 3, §16 "Test Vectors" (16.2, 16.3, 16.4). The client data is put together again from
its parts; the signatures tell whether it is right.
"""

import base64
from dataclasses import dataclass
from typing import Any

import pytest
import webauthn

from handlers.core.factors import Context, Enrolled, Factor, Proof, credential_tag
from handlers.core.users import Profile
from handlers.errors import WrongCode
from tests.door import Door

RP_ID, ORIGIN = "example.org", "https://example.org"
EXTRA = "clientDataJSON may be extended with additional fields in the future, such as this: "
RP_HASH = "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b5"


@dataclass(frozen=True)
class Vector:
    """One credential, made and used. Hexadecimal, except for `*_extra`, which are base64url."""

    name: str
    credential_id: str
    made_challenge: str
    made_extra: str
    attestation: str
    used_challenge: str
    used_extra: str
    used_flags: str
    signature: str
    cross_origin: str = "false"

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


VECTORS = [
    Vector(
        name="none.ES256",
        credential_id="f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4",
        made_challenge="00c30fb78531c464d2b6771dab8d7b603c01162f2fa486bea70f283ae556e130",
        made_extra="BkQeDjdcTBrXBiAwJTLE5Q",
        attestation=f"a363666d74646e6f6e656761747453746d74a068617574684461746158a4{RP_HASH}59000000008446ccb9ab1db37475"
        "0b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5010203262001215820afefa1"
        "6f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed7"
        "3290af2e2664796b9220",
        used_challenge="39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408",
        used_extra="",
        used_flags="19",
        signature="3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174"
        "f575bf11a1dd5d78c6e486013f937295ea13653e331e87",
    ),
    Vector(
        name="packed-self.ES256",
        credential_id="455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58c",
        made_challenge="7869c2b772d4b58eba9378cf8f29e26cf935aa77df0da89fa99c0bdc0a76f7e5",
        made_extra="U9hTXvKE2URkMnb_0xYHVg",
        attestation="a363666d74667061636b65646761747453746d74a263616c672663736967584630440220067a20754ab925005dbf3780"
        "97c92120031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220272178f473b6006d"
        f"68617574684461746158a4{RP_HASH}5d00000000df850e09db6afbdfab51697791506cfc0020455ef34e2043a87db3d4afeb39bbcb"
        "6cc32df9347c789a865ecdca129cbef58ca5010203262001215820eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6"
        "cf193843c5225820927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2",
        used_challenge="4478a10b1352348dd160c1353b0d469b5db19eb91c27f7dfa6fed39fe26af20b",
        used_extra="gTb53rz6EhSWomXGzimC1Q",
        used_flags="09",
        signature="304402203310b9431903c401f1be2bdc8d23a4007682dbbddcf846994947b7f465daf84002204e94dd00047b316061b3b9"
        "9772b7efd95994a83ef584b3b6b825ea3550251b66",
    ),
    Vector(
        name="none.ES256.crossOrigin",
        credential_id="6e1050c0d2ca2f07c755cb2c66a74c64fa43065c18f938354d9915db2bd5ce57",
        made_challenge="3be5aacd03537142472340ab5969f240f1d87716e20b6807ac230655fa4b3b49",
        made_extra="zZquEtDR9DWqpW5tBWTFug",
        attestation=f"a363666d74646e6f6e656761747453746d74a068617574684461746158a4{RP_HASH}4500000000883f4f6014f19c09d8"
        "7aa38123be48d000206e1050c0d2ca2f07c755cb2c66a74c64fa43065c18f938354d9915db2bd5ce57a501020326200121582022200a"
        "473f90b11078851550d03b4e44a2279f8c4eca27b3153dedfe03e4e97d225820cbd0be95e746ad6f5a8191be11756e4c0420e72f65b4"
        "66d39bc56b8b123a9c6e",
        used_challenge="876aa517ba83fdee65fcffdbca4c84eeae5d54f8041a1fc85c991e5bbb273137",
        used_extra="92pcTVD0Aby-q4dtmj6efg",
        used_flags="05",
        signature="3046022100eb12fcf23b12764c0f122e22371fab92e283879fd798f38ee1841c951b6e40e7022100c76237ff9db77b3c56"
        "f30837cda6a09acfa2e915544e609c0733b1184036d1cf",
        cross_origin="true",
    ),
]


def _client_data(type_: str, challenge: str, cross_origin: str, extra: str) -> bytes:
    more = f',"extraData":"{EXTRA}{extra}"' if extra else ""
    named = f'"type":"webauthn.{type_}","challenge":"{_b64(bytes.fromhex(challenge))}"'
    return f'{{{named},"origin":"{ORIGIN}","crossOrigin":{cross_origin}{more}}}'.encode()


def _credential(credential_id: str, **response: bytes) -> dict[str, Any]:
    id_ = _b64(bytes.fromhex(credential_id))
    encoded = {name: _b64(value) for name, value in response.items()}
    return {"id": id_, "rawId": id_, "type": "public-key", "response": encoded}


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_the_library_passes_them(vector: Vector) -> None:
    made = webauthn.verify_registration_response(
        credential=vector.made,
        expected_challenge=bytes.fromhex(vector.made_challenge),
        expected_rp_id=RP_ID,
        expected_origin=ORIGIN,
    )
    used = webauthn.verify_authentication_response(
        credential=vector.used,
        expected_challenge=bytes.fromhex(vector.used_challenge),
        expected_rp_id=RP_ID,
        expected_origin=ORIGIN,
        credential_public_key=made.credential_public_key,
        credential_current_sign_count=0,
    )

    assert made.credential_id.hex() == used.credential_id.hex() == vector.credential_id


@pytest.fixture
def passkeys(door: Door) -> Factor:
    """Our factor, for the vectors' site."""
    module = door.module("factors.passkey")
    known = door.module("enrol_factor").GATES.kinds["passkey"]
    made: Factor = module.Passkey(known._tools, RP_ID, [ORIGIN])
    return made


def enrolled(passkeys: Any, vector: Vector) -> Enrolled:
    """As if the vector's credential had been enrolled."""
    made = webauthn.verify_registration_response(
        credential=vector.made,
        expected_challenge=bytes.fromhex(vector.made_challenge),
        expected_rp_id=RP_ID,
        expected_origin=ORIGIN,
    )
    secret = {"id": _b64(made.credential_id), "key": _b64(made.credential_public_key)}
    return Enrolled(
        user_id="0" * 32,
        id="passkey-1",
        kind="passkey",
        hint="",
        confirmed=True,
        created_at=0,
        sealed=passkeys._tools.vault.seal(secret, "0" * 32, "passkey-1"),
        tag=credential_tag(secret["id"]),
        started={"challenge": _b64(bytes.fromhex(vector.made_challenge))},
    )


CONTEXT = Context(Profile("0" * 32, "ada@example.com", disabled=False), "", 0, 0, lambda count: b"0" * count)


def judge(passkeys: Factor, vector: Vector) -> tuple[bool, bool]:
    """Whether our factor takes its creation, and its use."""
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


def test_our_factor_asks_for_user_verification_and_for_no_frame_of_another_site(passkeys: Factor) -> None:
    """The first was never verified, the second when it was made, and the third was used in somebody else's page."""
    assert [judge(passkeys, vector) for vector in VECTORS] == [(False, False), (True, False), (False, False)]
