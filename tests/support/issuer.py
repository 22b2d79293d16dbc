"""An OIDC issuer on this machine, with a key of its own: what `trustedIssuers` may name."""

import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm


class Issuer:
    """An issuer that serves its metadata and its keys, among them one for encryption and one of another type."""

    def __init__(self) -> None:
        self.rotate()
        self.fetched = 0
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.fetched += 1
                body = json.dumps(issuer.documents().get(self.path)).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def rotate(self) -> None:
        """Replace the key by a new one."""
        self._kid = secrets.token_hex(8)
        self._key = rsa.generate_private_key(65537, 2048)

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._kid})

    def documents(self) -> dict[str, Any]:
        public = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        other = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True)
        keys = [
            {**public, "kid": self._kid, "use": "sig", "alg": "RS256"},
            {**public, "kid": "for-encryption", "use": "enc", "alg": "RSA-OAEP"},
            {**other, "kid": "elliptic", "use": "sig", "alg": "ES256"},
        ]
        metadata = {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        return {"/.well-known/openid-configuration": metadata, "/keys": {"keys": keys}}

    def __enter__(self) -> "Issuer":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
