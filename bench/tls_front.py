"""TLS in front of the embedded AWS, in a process of its own, so that functions pay for handshakes as on AWS."""

import asyncio
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from handlers.store.aws.connections import AMAZON_ROOTS

HOST = "127.0.0.1"
METHODS = (b"GET ", b"POST ")


@dataclass(frozen=True)
class Front:
    """The address, and files with its certificate: among as many others as systems trust, and among Amazon's alone."""

    url: str
    system_roots: Path
    amazon_roots: Path
    requests: Path

    def calls(self) -> int:
        """Return how many requests have come."""
        return self.requests.stat().st_size


@contextmanager
def tls_front(behind_port: int) -> Iterator[Front]:
    """Forward TLS connections to this port of the machine."""
    with tempfile.TemporaryDirectory(prefix="sallyport-bench-") as folder:
        certificate = _write_certificate(Path(folder))
        roots = {"system": Path(certifi.where()), "amazon": AMAZON_ROOTS}
        for name, others in roots.items():
            (Path(folder) / name).write_text(others.read_text() + certificate.read_text())
        requests = Path(folder) / "requests"
        requests.touch()
        command = [sys.executable, "-m", __name__, str(certificate), str(behind_port), str(requests)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout
                port = int(process.stdout.readline())
                yield Front(f"https://{HOST}:{port}", Path(folder) / "system", Path(folder) / "amazon", requests)
            finally:
                process.terminate()


def _write_certificate(folder: Path) -> Path:
    """Write certificate and key for this machine, of the kind that AWS's servers have: P-256 is as fast as theirs."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sallyport bench")]), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .sign(key, SHA256())
    )
    path = folder / "front.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return path


async def _serve(certificate: str, behind_port: int, requests: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def count(data: bytes) -> None:
        if data.startswith(METHODS):  # a client's next request comes after its answer, so at the start of a read
            with requests.open("ab") as counted:
                counted.write(b".")

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind = await asyncio.open_connection(HOST, behind_port)
        await asyncio.gather(_copy(reader, behind[1], count), _copy(behind[0], writer, lambda _: None))

    server = await asyncio.start_server(forward, HOST, 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Callable[[bytes], None]) -> None:
    try:
        while data := await reader.read(65536):
            seen(data)
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
