"""The fields of requests and responses. Lengths are in code points."""

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import PASSWORD_LENGTH


def only(characters: str) -> str:
    """Return a pattern that matches the whole text. In Python, `$` alone would accept a line break at the end."""
    return rf"^{characters}$(?!\n)"


Email = Annotated[
    str,
    Meta(min_length=3, max_length=254, examples=["ada@example.com"], extra_json_schema={"format": "email"}),
]
Password = Annotated[str, Meta(min_length=1, max_length=256, extra_json_schema={"format": "password"})]
NewPassword = Annotated[
    str,
    # Shorter ones are read too, to be refused with their own code, `weak_password`.
    Meta(max_length=256, extra_json_schema={"format": "password", "minLength": PASSWORD_LENGTH}),
]
ChallengeId = Annotated[str, Meta(min_length=43, max_length=43, pattern=only("[A-Za-z0-9_-]+"))]
Code = Annotated[str, Meta(min_length=8, max_length=8, pattern=only("[0-9]+"))]
RefreshToken = Annotated[str, Meta(min_length=130, max_length=130, pattern=only("[A-Za-z0-9._-]+"))]

LinkToken = Annotated[str, Meta(min_length=76, max_length=76, pattern=only("[0-9a-f]{32}[.][A-Za-z0-9_-]{43}"))]
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=only(r"[^\x00-\x1f\x7f]+"))]
Locale = Annotated[str, Meta(max_length=35, pattern=only("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*"))]
"""A language tag of BCP 47, such as `pt-BR`."""
Picture = Annotated[str, Meta(max_length=1024, pattern=only(r"https://[^\s\x00-\x20]+"))]

ProofCode = Annotated[str, Meta(min_length=4, max_length=40, pattern=only("[A-Za-z0-9-]+"))]
FactorId = Annotated[str, Meta(min_length=4, max_length=64, pattern=only("[a-z0-9-]+"))]
Channel = Literal["sms", "call", "push", "app"]
Phone = Annotated[str, Meta(min_length=1, max_length=24, pattern=only("[+]?[0-9 ().-]+"))]
CountryCode = Annotated[str, Meta(min_length=1, max_length=5, pattern=only("[+]?[1-9][0-9]*"))]
CountryNumber = Annotated[int, Meta(ge=1, le=9999)]


Id = Annotated[str, Meta(extra_json_schema={"pattern": "^[0-9a-f]{32}$"})]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Seconds = Annotated[int, Meta(extra_json_schema={"minimum": 0})]
Count = Annotated[int, Meta(extra_json_schema={"minimum": 0})]
