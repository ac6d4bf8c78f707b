"""``attorn verify`` on what somebody was shown: against a running registry, and with no network at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from identity.credentials.checks import CredentialFormat
from identity.credentials.jose import envelop, sign_vc_jwt, sign_vp_jwt
from identity.credentials.proofs.data_integrity import add_proofs
from identity.credentials.sd_jwt_vc import issue_sd_jwt_vc, present_sd_jwt_vc
from identity.primitives.clock import now
from identity.primitives.did import did_key
from identity.primitives.multikey import PrivateKey
from identity.primitives.signing import LocalSigner
from registry.cli.exits import Exit
from tests.cli.conftest import Attorn, Ran
from tests.servers import says, web

ROOT = Path(__file__).parent.parent.parent
AT = datetime.now(UTC).replace(microsecond=0)
BANK = "did:web:bank.example"
V2 = ["https://www.w3.org/ns/credentials/v2"]


def signer_of(did: str = "") -> LocalSigner:
    key = PrivateKey.generate()
    return LocalSigner(key, f"{did}#key-1" if did else f"{did_key(key.public_key)}#{key.public_key.multikey}")


def credential(signer: LocalSigner, **changes: Any) -> dict[str, Any]:
    issuer = signer.verification_method.partition("#")[0]
    document = {"@context": V2, "type": ["VerifiableCredential"], "issuer": issuer}
    return {**document, "credentialSubject": {"id": "did:web:agent.example"}, **changes}


def did_document(signer: LocalSigner, **changes: Any) -> dict[str, Any]:
    did, method = signer.verification_method.partition("#")[0], signer.verification_method
    entry = {"id": method, "type": "Multikey", "controller": did}
    entry["publicKeyMultibase"] = signer.public_key.multikey
    return {
        "id": did,
        "verificationMethod": [entry],
        "assertionMethod": [method],
        "authentication": [method],
        **changes,
    }


@pytest.fixture
def bank() -> LocalSigner:
    return signer_of(BANK)


@pytest.fixture
def shown(attorn: Attorn) -> Callable[..., Ran]:
    """Verify ``content`` as a file."""

    def run(content: Any, *options: str) -> Ran:
        Path("shown").write_text(content if isinstance(content, str) else json.dumps(content))
        return attorn("verify", "shown", *options)

    return run


@pytest.fixture
def with_keys(bank: LocalSigner, attorn: Attorn) -> tuple[str, ...]:
    Path("did.json").write_text(json.dumps(did_document(bank)))
    return ("--did-document", "did.json")


# Without a network


@pytest.mark.parametrize("form", ["json", "jwt"])
def test_it_verifies_with_a_did_document_at_hand(
    shown: Callable[..., Ran], bank: LocalSigner, with_keys: tuple[str, ...], form: str
) -> None:
    document = credential(bank)
    suites = ("eddsa-jcs-2022", "eddsa-rdfc-2022")
    whole = (
        sign_vc_jwt(document, signer=bank)
        if form == "jwt"
        else add_proofs(document, signer=bank, created=AT, cryptosuites=suites)
    )
    ran = shown(whole, *with_keys, "--issuer", BANK)
    assert ran.exit_code == 0, ran.err
    assert f"good: signed by {BANK}, about did:web:agent.example; whether it was revoked was not asked" in ran.out
    assert "signature  passed" in ran.out
    assert "revocation unknown" in ran.out


def test_it_takes_a_key_that_the_reader_knows(shown: Callable[..., Ran], bank: LocalSigner) -> None:
    token = sign_vc_jwt(credential(bank), signer=bank)
    Path("bank.pem").write_text(bank.public_key.to_pem())
    for key in (bank.public_key.multikey, "bank.pem"):
        assert shown(token, "--key", key).exit_code == 0
    forged = sign_vc_jwt(credential(bank), signer=LocalSigner(PrivateKey.generate(), bank.verification_method))
    assert shown(forged, "--key", "bank.pem").exit_code == Exit.NOT_VERIFIED


def test_it_takes_no_stranger_s_word_when_a_key_is_pinned(shown: Callable[..., Ran], bank: LocalSigner) -> None:
    """Attack: a good credential of mine, from a did:key of mine, where the bank's was expected."""
    mallory = signer_of()
    ran = shown(sign_vc_jwt(credential(mallory), signer=mallory), "--key", bank.public_key.multikey)
    assert (ran.exit_code, "[invalid_signature]" in ran.err) == (Exit.NOT_VERIFIED, True)
    ran = shown(sign_vc_jwt(credential(mallory), signer=mallory), "--offline", "--issuer", BANK)
    assert (ran.exit_code, "[issuer_mismatch]" in ran.err) == (Exit.NOT_VERIFIED, True)


def test_it_says_what_it_lacks(shown: Callable[..., Ran], bank: LocalSigner) -> None:
    ran = shown(sign_vc_jwt(credential(bank), signer=bank), "--offline")
    assert ran.exit_code == Exit.NETWORK
    assert "give its did.json with --did-document" in ran.err


def bitstring(signer: LocalSigner, url: str, purpose: str, *revoked: int) -> str:
    from identity.primitives.bitstring import encode_bitstring

    bits = bytearray(131_072 // 8)
    for index in revoked:
        bits[index // 8] |= 0x80 >> index % 8
    subject = {"id": f"{url}#list", "type": "BitstringStatusList", "statusPurpose": purpose}
    subject["encodedList"] = encode_bitstring(bytes(bits))
    types = ["VerifiableCredential", "BitstringStatusListCredential"]
    document = credential(signer, id=url, type=types, credentialSubject=subject)
    return json.dumps(add_proofs(document, signer=signer, created=AT, cryptosuites=("eddsa-jcs-2022",)))


def test_it_follows_a_saved_status_list(
    shown: Callable[..., Ran], bank: LocalSigner, with_keys: tuple[str, ...]
) -> None:
    url = "https://bank.example/status/1"
    entry = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListCredential": url}
    token = sign_vc_jwt(credential(bank, credentialStatus={**entry, "statusListIndex": "5"}), signer=bank)
    for revoked, exit_code in (((), Exit.OK), ((4, 6), Exit.OK), ((5,), Exit.NOT_VERIFIED)):
        Path("list.json").write_text(bitstring(bank, url, "revocation", *revoked))
        ran = shown(token, *with_keys, "--status-list", "list.json")
        assert ran.exit_code == exit_code, ran.err
    assert "It was revoked. [revoked]" in ran.err
    Path("list.json").write_text(bitstring(bank, "https://bank.example/status/2", "revocation"))
    ran = shown(token, *with_keys, "--status-list", "list.json")
    assert (ran.exit_code, "is not at hand" in ran.err) == (Exit.NETWORK, True)


def test_it_checks_a_presentation_for_the_one_who_asked(shown: Callable[..., Ran], bank: LocalSigner) -> None:
    holder = signer_of()
    did = holder.verification_method.partition("#")[0]
    inner = envelop(sign_vc_jwt(credential(bank, credentialSubject={"id": did}), signer=bank))
    document = {"@context": V2, "type": ["VerifiablePresentation"], "holder": did, "verifiableCredential": [inner]}
    token = sign_vp_jwt(document, signer=holder, at=AT, challenge="c1", domain="shop.example")
    options = ("--key", bank.public_key.multikey, "--domain", "shop.example")
    good = shown(token, *options, "--challenge", "c1")
    assert good.exit_code == 0, good.err
    assert f"good: shown by {did}" in good.out
    assert "credential 1 of 1:" in good.out
    replayed = shown(token, *options, "--challenge", "c2")
    assert (replayed.exit_code, "[challenge_mismatch]" in replayed.err) == (Exit.NOT_VERIFIED, True)
    alone = shown(sign_vc_jwt(credential(bank), signer=bank), *options, "--challenge", "c1")
    assert (alone.exit_code, "nobody signed to show it" in alone.err) == (Exit.NOT_VERIFIED, True)


def test_it_checks_an_sd_jwt_with_its_key_binding(shown: Callable[..., Ran], bank: LocalSigner) -> None:
    holder = signer_of()
    held = issue_sd_jwt_vc(
        {"sub": "did:web:agent.example", "name": "Alice"},
        vct="https://bank.example/vct",
        signer=bank,
        valid_from=AT,
        valid_until=AT + timedelta(days=1),
        holder_key=holder.public_key,
        disclosable=["name"],
    )
    text = present_sd_jwt_vc(held, disclose=["name"], holder=holder, audience="shop.example", nonce="c1", at=now())
    options = ("--key", bank.public_key.multikey, "--domain", "shop.example", "--challenge", "c1")
    assert shown(text, *options).exit_code == 0
    assert shown(held, *options).exit_code == Exit.NOT_VERIFIED


def test_it_prints_the_checks_as_json(shown: Callable[..., Ran], bank: LocalSigner, with_keys: tuple[str, ...]) -> None:
    ran = shown(sign_vc_jwt(credential(bank, validUntil="2020-01-01T00:00:00Z"), signer=bank), *with_keys, "--json")
    verdict = json.loads(ran.out)
    assert (ran.exit_code, verdict["verified"], verdict["issuer"]) == (Exit.NOT_VERIFIED, False, BANK)
    assert [check["code"] for check in verdict["checks"] if check["outcome"] == "failed"] == ["expired"]


@pytest.mark.parametrize("content", ["", "nonsense", "{}", "[]", '{"a": 1, "a": 2}', "a.b.c", "{" * 900, "\x1b[2J"])
def test_it_answers_nonsense_with_a_sentence(shown: Callable[..., Ran], content: str) -> None:
    ran = shown(content, "--offline")
    assert ran.exit_code == Exit.NOT_VERIFIED
    assert ran.err.startswith("attorn: It does not hold: ")
    assert "\x1b" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--key", "absent.pem"], "cannot be read"),
        (["--key", "z6Mkbroken"], "--key:"),
        (["--did-document", "shown"], "is no DID document"),
        (["--status-list", "absent.json"], "cannot be read"),
        (["--query", "concierge.acme"], "--key and --registry-did"),
    ],
)
def test_it_says_what_is_wrong_with_the_options(shown: Callable[..., Ran], options: list[str], reason: str) -> None:
    ran = shown("{}", *options)
    assert (ran.exit_code, reason in ran.err) == (Exit.USAGE, True), ran.err


def test_it_refuses_files_that_cannot_be_credentials(attorn: Attorn) -> None:
    Path("large").write_bytes(b"x" * 262_145)
    Path("binary").write_bytes(b"\xff\xfe\x00")
    for name, reason in (("absent", "cannot be read"), ("large", "larger than any"), ("binary", "not a text file")):
        ran = attorn("verify", name)
        assert (ran.exit_code, reason in ran.err) == (Exit.USAGE, True)


def test_it_reads_standard_input_and_needs_no_settings(tmp_path: Path) -> None:
    signer = signer_of()
    token = sign_vc_jwt(credential(signer), signer=signer)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    program = "import sys; from registry.cli.main import main; code = main(['verify', '-', '--offline']); "
    program += "assert 'registry.settings' not in sys.modules; sys.exit(code)"
    ran = subprocess.run(
        [sys.executable, "-c", program], input=token, cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert "good: signed by did:key:z6Mk" in ran.stdout


def test_it_never_calls_into_its_own_network(shown: Callable[..., Ran]) -> None:
    """Attack: a stranger's credential names a host inside, as its issuer and as its list."""
    with web(says(b"{}")) as server:
        inside = signer_of(f"did:web:{server.address.replace(':', '%3A')}")
        ran = shown(sign_vc_jwt(credential(inside), signer=inside))
        assert ran.exit_code == Exit.NETWORK
        url = f"http://{server.address}/status/1"
        entry = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListCredential": url}
        signer = signer_of()
        token = sign_vc_jwt(credential(signer, credentialStatus={**entry, "statusListIndex": "5"}), signer=signer)
        ran = shown(token)
        assert (ran.exit_code, "cannot be read" in ran.err) == (Exit.NETWORK, True)
    assert server.requests == []


# Against a running registry


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", list(CredentialFormat))
def test_it_follows_a_registry_s_credential_from_issue_to_revocation(
    shown: Callable[..., Ran], concierge: Ran, registry: str, form: CredentialFormat
) -> None:
    from identity.agents.models import Agent
    from identity.credentials.issue import issue_credential
    from identity.credentials.lifecycle import CredentialReason, revoke_credential
    from identity.credentials.publish import publish_due
    from identity.journal.actor import system

    at = now()  # after the registration, which happened a moment ago
    issued = issue_credential(agent=Agent.objects.get(), format=form, actor=system("tests"), at=at)
    publish_due(at=at)
    ran = shown(issued.text)
    assert ran.exit_code == 0, ran.err
    if form in (CredentialFormat.DATA_INTEGRITY_V1, "ed25519_signature_2020", "vc_claim_jwt"):
        return  # these carry no status
    assert "revocation passed" in ran.out
    revoke_credential(credential=issued, reason=CredentialReason.ISSUED_BY_MISTAKE, actor=system("tests"), at=at)
    publish_due(at=at)
    ran = shown(issued.text)
    assert (ran.exit_code, "[revoked]" in ran.err) == (Exit.NOT_VERIFIED, True), ran.err
