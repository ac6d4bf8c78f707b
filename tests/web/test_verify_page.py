"""The public verify page: what it says of what somebody was shown, and what it will not do."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from identity.agents.models import Agent
from identity.credentials.checks import CredentialFormat
from identity.credentials.issue import issue_credential
from identity.credentials.jose import envelop, sign_vc_jwt, sign_vp_jwt
from identity.credentials.lifecycle import CredentialReason, revoke_credential
from identity.credentials.models import Credential
from identity.journal.actor import system
from identity.primitives.did import did_key
from identity.primitives.multikey import PrivateKey
from identity.primitives.signing import LocalSigner
from registry.web.pages.verify import VISITS_PER_MINUTE

pytestmark = pytest.mark.django_db
BY_TESTS = system("tests")


@pytest.fixture
def issued(concierge: Agent, at: datetime) -> Credential:
    return issue_credential(agent=concierge, actor=BY_TESTS, at=at)


@pytest.fixture
def verify(client: Client) -> Callable[..., Any]:
    return lambda text="", **more: client.post("/verify", {"text": text, **more})


def test_it_asks_with_a_form_that_works_without_script(client: Client) -> None:
    page = client.get("/verify")
    assert page.status_code == 200
    assert 'enctype="multipart/form-data"' in page.text
    assert "data-scan hidden" in page.text
    assert page.headers["Permissions-Policy"].startswith("camera=(self)")
    assert "no-store" in page.headers["Cache-Control"]
    assert client.get("/search").headers["Permissions-Policy"].startswith("camera=()")


def test_it_says_that_a_credential_holds_and_what_it_says(verify: Callable[..., Any], issued: Credential) -> None:
    page = verify(issued.text)
    assert page.status_code == 200
    assert "It holds" in page.text
    assert page.text.count("Passed") >= 5
    assert "Concierge" in page.text
    assert issued.agent is not None
    assert f'href="{reverse("agent", args=[issued.agent.did])}"' in page.text


def test_it_takes_a_file_and_the_link_of_the_qr_code(
    client: Client, verify: Callable[..., Any], issued: Credential, settings: Any
) -> None:
    file = SimpleUploadedFile("credential.json", b"\xef\xbb\xbf" + issued.text.encode())
    assert "It holds" in client.post("/verify", {"file": file}).text
    assert "It holds" in verify(f" {settings.PUBLIC_URL}/c/{issued.pk} ").text


def test_it_follows_a_revocation_at_once(verify: Callable[..., Any], issued: Credential, at: datetime) -> None:
    revoke_credential(credential=issued, reason=CredentialReason.CESSATION_OF_OPERATION, actor=BY_TESTS, at=at)
    page = verify(issued.text)
    assert "It does not hold" in page.text
    assert "It was revoked." in page.text
    assert "What it says is not repeated here" in page.text


@pytest.mark.parametrize(
    "text",
    ["not a credential", "a.b.c", "{}", "[]", '{"a": 1, "a": 2}', "<script>alert(1)</script>", "\u202eabc", "{" * 60],
)
def test_it_answers_nonsense_with_a_sentence(verify: Callable[..., Any], text: str) -> None:
    page = verify(text)
    assert page.status_code == 200
    assert "It does not hold" in page.text
    assert "<script>alert" not in page.text


def test_it_repeats_nothing_of_a_forged_one(verify: Callable[..., Any], issued: Credential) -> None:
    """Attack: my words on a page of the registry, under its name."""
    document = json.loads(issued.text)
    document["credentialSubject"]["displayName"] = "Call 555-0100 now"
    page = verify(json.dumps(document))
    assert "It does not hold" in page.text
    result = page.text.partition('id="result"')[2].partition("</section>\n<div")[0]
    assert "555-0100" not in result.replace(json.dumps(document), "").partition("<textarea")[0]


def presentation(challenge: str, at: datetime) -> str:
    key = PrivateKey.generate()
    did = did_key(key.public_key)
    signer = LocalSigner(key, f"{did}#{key.public_key.multikey}")
    v2 = ["https://www.w3.org/ns/credentials/v2"]
    inner = {"@context": v2, "type": ["VerifiableCredential"], "issuer": did, "credentialSubject": {"id": did}}
    document = {
        "@context": v2,
        "type": ["VerifiablePresentation"],
        "holder": did,
        "verifiableCredential": [envelop(sign_vc_jwt(inner, signer=signer))],
    }
    return sign_vp_jwt(document, signer=signer, at=at, challenge=challenge, domain="shop.example")


def test_it_checks_a_presentation_against_what_was_asked(verify: Callable[..., Any], at: datetime) -> None:
    shown = presentation("c1", at)
    good = verify(shown, challenge="c1", domain="shop.example")
    assert "every credential in it was checked" in good.text
    assert "Credential 1 of 1" in good.text
    assert "shown again" not in good.text.partition("<form")[0]
    assert "shown again" in verify(shown).text.partition('class="columns"')[0]
    replayed = verify(shown, challenge="c2", domain="shop.example")
    assert "It does not hold" in replayed.text
    assert "does not answer the challenge" in replayed.text


def test_it_shows_no_green_page_for_an_issuer_of_one_s_own_making(verify: Callable[..., Any]) -> None:
    """Attack: a key made a minute ago signs that it is a bank, and the registry's page says that all is well."""
    key = PrivateKey.generate()
    did = did_key(key.public_key)
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "issuer": did,
        "credentialSubject": {"id": did},
    }
    page = verify(sign_vc_jwt(document, signer=LocalSigner(key, f"{did}#{key.public_key.multikey}")))
    assert "Genuine, but take care" in page.text
    assert "Anybody can make such a name" in page.text
    assert "notice-good" not in page.text


def test_it_says_unknown_when_the_issuer_cannot_be_reached(verify: Callable[..., Any]) -> None:
    key = PrivateKey.generate()
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "issuer": "did:web:127.0.0.1%3A1",
        "credentialSubject": {"id": "did:web:x.example"},
    }
    page = verify(sign_vc_jwt(document, signer=LocalSigner(key, "did:web:127.0.0.1%3A1#key-1")))
    assert "Not everything could be checked" in page.text
    assert "Not known" in page.text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Paste something, or choose a file."),
        ("https://mallory.example/credential", "Only links to credentials of this registry are opened."),
        ("http://169.254.169.254/latest/meta-data", "Only links to credentials of this registry are opened."),
        ("{public}/c/crd_unknown", "This registry shows no credential at this address."),
        ("x" * 262_145, "at most 262144 characters"),
    ],
)
def test_it_refuses_what_it_cannot_take(verify: Callable[..., Any], settings: Any, text: str, sentence: str) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 262_144
    page = verify(text.replace("{public}", settings.PUBLIC_URL))
    assert page.status_code == 400
    assert sentence in page.text


def test_it_never_shows_a_credential_that_is_the_holder_s_to_show(
    verify: Callable[..., Any], concierge: Agent, at: datetime, settings: Any
) -> None:
    """Attack: an SD-JWT VC with everything disclosed, read by whoever guesses its id."""
    private = issue_credential(agent=concierge, format=CredentialFormat.SD_JWT_VC, actor=BY_TESTS, at=at)
    page = verify(f"{settings.PUBLIC_URL}/c/{private.pk}")
    assert page.status_code == 400
    assert "shows no credential" in page.text


def test_it_stops_reading_a_large_file(client: Client) -> None:
    """Attack: gigabytes through the form, onto the disk."""
    page = client.post("/verify", {"file": SimpleUploadedFile("big.json", b"x" * 262_145)})
    assert page.status_code == 400
    assert "larger than 256 KiB" in page.text
    assert "no text" in client.post("/verify", {"file": SimpleUploadedFile("p.png", b"\x89PNG\xff")}).text


def test_it_slows_down_one_visitor_and_not_the_next(verify: Callable[..., Any], client: Client) -> None:
    """Attack: a script that makes us call three hosts a request, all day."""
    answers = [verify("x").status_code for _ in range(VISITS_PER_MINUTE * 2 + 1)]
    assert answers[:VISITS_PER_MINUTE] == [200] * VISITS_PER_MINUTE
    assert answers[-1] == 429
    assert client.post("/verify", {"text": "x"}, REMOTE_ADDR="192.0.2.7").status_code == 200
    assert client.post("/verify", {"text": "x"}, REMOTE_ADDR="2001:db8::1").status_code == 200


def test_it_lets_everybody_in_when_visits_cannot_be_counted(
    verify: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import redis

    def fails(*args: Any) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(cache, "add", fails)
    assert verify("x").status_code == 200


def test_it_shows_the_expired_for_what_it_is(
    verify: Callable[..., Any], concierge: Agent, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = issue_credential(agent=concierge, valid_for=timedelta(days=1), actor=BY_TESTS, at=at)
    monkeypatch.setattr("registry.web.pages.verify.now", lambda: at + timedelta(days=2))
    page = verify(short.text)
    assert "It does not hold" in page.text
    assert "It expired on" in page.text
