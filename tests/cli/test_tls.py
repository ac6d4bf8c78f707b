"""TLS: whoever cannot prove to be the registry gets no question and no key."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from registry.cli.exits import Exit
from tests.cli.conftest import Attorn


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for ``localhost`` and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_path, key_path = folder / "server.crt", folder / "server.key"
    certificate_path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key_path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    return certificate_path, key_path


class Empty(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        pass


class QuietServer(HTTPServer):
    def handle_error(self, *_: Any) -> None:
        """A client that turns away in the handshake is what these tests are about."""


@pytest.fixture
def secure_port(tmp_path: Path) -> Iterator[int]:
    certificate_path, key_path = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_path, key_path)
    server = QuietServer(("127.0.0.1", 0), Empty)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_it_asks_a_registry_whose_certificate_it_trusts(
    attorn: Attorn, secure_port: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.crt"))
    assert attorn("resolve", "a.acme", "--registry", f"https://localhost:{secure_port}").exit_code == 0


def test_it_refuses_a_certificate_nobody_vouches_for(attorn: Attorn, secure_port: int) -> None:
    ran = attorn("resolve", "a.acme", "--registry", f"https://localhost:{secure_port}")
    assert ran.exit_code == Exit.NETWORK
    assert "could not prove who it is" in ran.err


def test_it_refuses_a_trusted_certificate_of_another_host(
    attorn: Attorn, secure_port: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.crt"))
    ran = attorn("resolve", "a.acme", "--registry", f"https://127.0.0.1:{secure_port}")
    assert ran.exit_code == Exit.NETWORK
    assert "could not prove who it is" in ran.err
