"""Cold start: a fresh process of Lambda's Python, imports and first use, ours against the usual libraries, paired.

Run: .venv/bin/python -m bench.coldstart [ROUNDS]

Each contestant starts on the deployed archive and layer alone. Its own clock runs from its first line to the end of
its first verification; starting the interpreter is left out. Reported: medians, and medians of ratios in a round.
"""

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from statistics import median

from bench import material
from components import packaging
from sallyport.local.tools import runtime_python

ROUNDS = 15
CLOCK = "import time; started = time.perf_counter_ns()\n"
REPORT = "\nprint((time.perf_counter_ns() - started) / 1e6)"
OURS = """
from handlers.core.tokens import jwks, verifier
from contract.routes import authorized
import json, sys
given = json.loads(sys.argv[1])
keys = jwks.load(given["jwks"])
policy = verifier.Policy(issuer=given["issuer"], audiences=frozenset({given["audience"]}), token_use="access")
authorized()
verifier.verify(given["token"], keys, policy, time.time())
"""
PYJWT = """
import jwt
import json, sys
given = json.loads(sys.argv[1])
keys = jwt.PyJWKSet.from_dict(given["jwks"])
key = keys[jwt.get_unverified_header(given["token"])["kid"]]
jwt.decode(given["token"], key, algorithms=["RS256"], issuer=given["issuer"], audience=given["audience"])
"""
AUTHORIZER = """
import os
os.environ.update(dict.fromkeys(("TABLE_NAME", "ISSUER", "AUDIENCE", "API_ID"), "x"))
os.environ.update(dict.fromkeys(("POOL_ISSUER", "POOL_JWKS_URL", "POOL_CLIENT_IDS"), "x"))
os.environ.update(TRUSTED_ISSUERS="[]", SCOPE_GRANTS="[]")
import handlers.functions.triggers.authorizer
"""
VERIFY_FACTOR = """
import os
names = ("TABLE_NAME", "KEY_ARN", "SIGNING_KEYS_SECRET_ID", "ISSUER", "AUDIENCE", "SECOND_FACTOR", "DISPLAY_NAME")
os.environ.update(dict.fromkeys(names, "x"), FACTOR_LIMITS="{}", FACTORS='{"totp": {}, "email": {}, "recovery": {}}')
import handlers.functions.signin.verify_factor
"""
BOTO3 = "\nimport boto3; boto3.client('dynamodb', region_name='us-east-1')"
CONTESTANTS = {
    "ours, first verification": OURS,
    "PyJWT, first verification": PYJWT,
    "the authorizer's import": AUTHORIZER,
    "boto3 and one client": BOTO3,
    "the import of verify_factor": VERIFY_FACTOR,
    "the same, and a TOTP's": f"{VERIFY_FACTOR}import pyotp",
    "the same, and a passkey's": f"{VERIFY_FACTOR}import webauthn",
    "the same, and Authy's": f"{VERIFY_FACTOR}from authy.api import AuthyApiClient",
    "the same, and Verify's": f"{VERIFY_FACTOR}from twilio.rest import Client",
}
"""Contestant → its code. The factors' layer includes the base layer; a factor type imports its library at first use."""


def milliseconds(program: str, paths: list[str], given: str) -> float:
    """Return the milliseconds of one fresh process."""
    text = f"import sys; sys.path[:0] = {paths}\n{CLOCK}{program}{REPORT}"
    command = [str(runtime_python()), "-I", "-B", "-c", text, given]  # Lambda's folders are read-only
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main(rounds: int) -> None:
    """Print a line for each contestant."""
    with tempfile.TemporaryDirectory() as folder:
        zipfile.ZipFile(packaging.handlers_zip("host")).extractall(Path(folder) / "code")
        zipfile.ZipFile(packaging.layer_zip("host", "factors")).extractall(Path(folder) / "layer")
        paths = [f"{folder}/code", f"{folder}/layer/python"]
        given = json.dumps(material.make())
        rows = [
            {name: milliseconds(program, paths, given) for name, program in CONTESTANTS.items()}
            for _ in range(rounds + 1)
        ][1:]
    print(f"{'':26} {'median ms':>10} {'/ PyJWT':>8}   ({rounds} fresh processes each)")
    for name in CONTESTANTS:
        ratio = median(row[name] / row["PyJWT, first verification"] for row in rows)
        print(f"{name:26} {median(row[name] for row in rows):10.1f} {ratio:8.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
