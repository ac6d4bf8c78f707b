"""The guarded fetcher: one test for each attack it stops."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import ssl
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from identity.credentials.addresses import is_public
from identity.credentials.dns import Unreachable
from identity.credentials.fetch import BYTES_MAX, fetch
from tests.servers import says, web

INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "100::1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_it_refuses_every_inner_address_literal_or_behind_a_name(address: str) -> None:
    """Attack: SSRF into loopback, private networks and the cloud's metadata, in every spelling of an address."""
    literal = f"[{address}]" if ":" in address else address
    for url in (f"https://{literal}/", "https://innocent.example/"):
        with pytest.raises(Unreachable, match="not on the public internet"):
            fetch(url, resolve=lambda host, seconds: [address], allow=[])


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "2002:101:101::1", "::ffff:8.8.8.8"]
)
def test_it_takes_public_addresses_for_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_it_refuses_a_host_of_which_one_address_leads_inside() -> None:
    """Attack: two A records, one of them public, in the hope that only the first is checked."""
    with pytest.raises(Unreachable, match=r"10\.0\.0\.5"):
        fetch("https://innocent.example/", resolve=lambda host, seconds: ["93.184.216.34", "10.0.0.5"], allow=[])


def test_it_looks_the_host_up_once_and_connects_to_what_it_checked() -> None:
    """Attack: DNS rebinding. The name leads to an allowed address at the first look and inside at the second."""
    with web(says(b"hello")) as server:
        looks: list[str] = []

        def resolve(host: str, seconds: float) -> list[str]:
            looks.append(host)
            return ["127.0.0.1"] if len(looks) == 1 else ["10.0.0.1"]

        got = fetch(f"http://rebinding.example:{server.port}/", resolve=resolve, allow=[server.address])
    assert (got.status, got.body) == (200, b"hello")
    assert looks == ["rebinding.example"]
    assert f"Host: rebinding.example:{server.port}\r\n".encode() in server.requests[0]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://example.com:8443/",
        "https://example.com:0/",
        "https://user:secret@example.com/",
        "https://example.com@10.0.0.1/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "https:///path",
        "https://exa mple.com/",
        "https://example.com\\@10.0.0.1/",
        "https://example.com/\r\nX-Injected: yes",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://127.1/",
        "https://127.0.0.0x1/",
        "https://[::1/",
        "https://example.com:99999/",
        "https://" + "a" * 2_000,
        "https://bücher.example/",
    ],
)
def test_it_refuses_other_schemes_ports_and_tricks_of_spelling(url: str) -> None:
    """Attack: URLs that two parsers read differently, so that one host is checked and another asked."""
    with pytest.raises(Unreachable):
        fetch(url, resolve=lambda host, seconds: ["93.184.216.34"] if host == "example.com" else [], allow=[])


def test_it_follows_no_redirect() -> None:
    """Attack: a public host that sends the reader on to an inner one."""
    with (
        web(says(b"secret")) as inner,
        web(says(b"", "302 Found", f"Location: http://{inner.address}/\r\n".encode())) as outer,
    ):
        got = fetch(f"http://a.example:{outer.port}/", resolve=lambda *_: ["127.0.0.1"], allow=[outer.address])
        assert (got.status, got.body) == (302, b"")
        assert inner.requests == []


@pytest.mark.parametrize("drip", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n"])
def test_it_ends_a_slow_drip_after_three_seconds(drip: bytes) -> None:
    """Attack: one byte every so often, in the head or the body, to hold a worker for ever."""

    def answer(request: bytes, connection: socket.socket) -> None:
        connection.sendall(drip)
        for _ in range(600):
            connection.sendall(b"x")
            time.sleep(0.1)

    with web(answer) as server:
        began = time.monotonic()
        with pytest.raises(Unreachable):
            fetch(f"http://{server.address}/", allow=[server.address])
        assert 2.5 < time.monotonic() - began < 30  # three on a machine of its own; a minute without the limit


def test_it_ends_a_silent_server_too() -> None:
    with web(lambda request, connection: time.sleep(60)) as server:
        began = time.monotonic()
        with pytest.raises(Unreachable, match="3 seconds"):
            fetch(f"http://{server.address}/", allow=[server.address])
        assert time.monotonic() - began < 30


def test_it_reads_64_kib_and_no_more() -> None:
    """Attack: an endless body."""
    with web(says(b"x" * BYTES_MAX)) as server:
        assert len(fetch(f"http://{server.address}/", allow=[server.address]).body) == BYTES_MAX
    with web(says(b"x" * (BYTES_MAX + 1))) as server, pytest.raises(Unreachable, match="64 KiB"):
        fetch(f"http://{server.address}/", allow=[server.address])


def test_it_unfolds_nothing() -> None:
    """Attack: a decompression bomb."""
    bomb = gzip.compress(b"0" * 10_000_000)
    with (
        web(says(bomb, headers=b"Content-Encoding: gzip\r\n")) as server,
        pytest.raises(Unreachable, match="compressed"),
    ):
        fetch(f"http://{server.address}/", allow=[server.address])
    assert b"Accept-Encoding: identity\r\n" in server.requests[0]


def test_it_ignores_proxies_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attack: a proxy setting that quietly sends every request, and its answer, through somebody else."""
    with web(says(b"proxied")) as proxy, web(says(b"direct")) as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{proxy.address}")
        assert fetch(f"http://{server.address}/", allow=[server.address]).body == b"direct"
        assert proxy.requests == []


def test_it_takes_garbage_for_unreachable() -> None:
    with (
        web(lambda request, connection: connection.sendall(b"\x00\xffnot http\r\n\r\n")) as server,
        pytest.raises(Unreachable, match="connection failed"),
    ):
        fetch(f"http://{server.address}/", allow=[server.address])
    with pytest.raises(Unreachable, match="connection failed"):
        fetch("http://127.0.0.1:9/", allow=["127.0.0.1:9"])


def test_it_checks_the_certificate_against_the_name_asked_for(tmp_path: Path) -> None:
    """Attack: an address that is right but a server that is somebody else's. SNI and Host carry the name."""
    certificate, context = server_tls(tmp_path, "good.example")
    trust = ssl.create_default_context(cafile=str(certificate))
    named: list[str | None] = []
    context.sni_callback = lambda connection, name, _: named.append(name)
    with web(says(b"proof"), wrap=context.wrap_socket) as server:
        options = {"resolve": lambda *_: ["127.0.0.1"], "allow": [server.address], "tls": trust}
        assert fetch(f"https://good.example:{server.port}/", **options).body == b"proof"
        assert named == ["good.example"]
        with pytest.raises(Unreachable, match="TLS failed"):
            fetch(f"https://bad.example:{server.port}/", **options)
        with pytest.raises(Unreachable, match="TLS failed"):  # nor a certificate nobody vouches for
            fetch(f"https://good.example:{server.port}/", **{**options, "tls": None})


def server_tls(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """A self-signed certificate for ``name`` and a server's context with it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.now().astimezone()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, folder / "key.pem")
    return file, context
