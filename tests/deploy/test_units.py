"""The files that run Attorn on a server say what they should, as far as that can be known without one."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from registry.ops.services import Address, services
from tests.architecture.sources import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
FOR_MANY = {"authorizer"}  # only where vendors are many: web answers the same


def supervised() -> set[str]:
    address = Address("127.0.0.1", 8000, 8053)
    return {service.name for service in services(address=address, var=Path("var"), environment={})}


def test_it_has_a_unit_for_every_process() -> None:
    assert {unit.stem.removeprefix("attorn-") for unit in UNITS} == supervised() | FOR_MANY


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_it_runs_units_as_an_ordinary_user_and_starts_them_again(unit: Path) -> None:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(unit, encoding="utf-8")
    service = parser["Service"]
    assert (service["User"], service["Restart"], service["NoNewPrivileges"]) == ("attorn", "always", "yes")
    assert service["EnvironmentFile"] == "/etc/attorn/env"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_it_has_units_that_systemd_understands(tmp_path: Path) -> None:
    for unit in UNITS:
        text = re.sub(r"/srv/attorn/\.venv/bin/\w+", "/bin/true", unit.read_text(encoding="utf-8"))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in checked.stderr.splitlines() if "attorn" in line] == []


def test_it_composes_every_process_and_its_engines() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert set(compose["services"]) == supervised() | FOR_MANY | {"postgres", "valkey", "prepare"}
    for name in supervised() | FOR_MANY:
        assert compose["services"][name]["depends_on"]["prepare"] == {"condition": "service_completed_successfully"}


def test_it_publishes_container_ports_to_this_machine_only() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_it_builds_the_image_from_the_pinned_list_as_an_ordinary_user() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert "pip install --require-hashes -r deploy/requirements.txt" in dockerfile
    assert re.search(r"^USER attorn$", dockerfile, re.MULTILINE)


def test_it_sends_authorizations_to_the_authorizer() -> None:
    text = (DEPLOY / "nginx" / "attorn.conf").read_text(encoding="utf-8")
    assert re.search(r"location = /v1/authorizations \{\s+proxy_pass http://attorn_authorizer;", text)


def test_it_sends_questions_to_the_resolver() -> None:
    text = (DEPLOY / "nginx" / "attorn.conf").read_text(encoding="utf-8")
    assert re.search(r"location /v1/resolve \{\s+proxy_pass http://attorn_resolver;", text)


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_it_has_a_proxy_configuration_that_nginx_understands(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    text = (DEPLOY / "nginx" / "attorn.conf").read_text(encoding="utf-8")
    text = re.sub(r"/etc/letsencrypt/\S+/fullchain\.pem", str(certificate), text)
    text = re.sub(r"/etc/letsencrypt/\S+/privkey\.pem", str(key), text)
    text = re.sub(r"listen \[::\]:\d+.*;", "", text)
    text = re.sub(r"listen (80|443)", lambda match: f"listen unix:{tmp_path}/{match[1]}.sock", text)
    (tmp_path / "attorn.conf").write_text(text, encoding="utf-8")
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/nginx.pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{ access_log off; client_body_temp_path {tmp_path}/body; include {tmp_path}/attorn.conf; }}\n",
        encoding="utf-8",
    )
    checked = subprocess.run(
        ["nginx", "-t", "-q", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "attorn.example.org")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    certificate_path, key_path = folder / "certificate.pem", folder / "key.pem"
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_path, key_path
