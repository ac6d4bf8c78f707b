"""``attorn resolve``: reads like dig, and believes nothing it has not checked."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from registry.cli.exits import Exit
from tests.cli.conftest import Attorn, Ran

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_reads_like_dig(concierge: Ran, attorn: Attorn) -> None:
    ran = attorn("resolve", "concierge.acme")
    assert ran.exit_code == 0, ran.err
    assert re.search(r"^;; ->>ANSWER<<- status: NOERROR, epoch: \d+$", ran.out, re.MULTILINE)
    assert re.search(r"^;; flags: signed active verified; KEYS: 1, RECORDS: 0$", ran.out, re.MULTILINE)
    assert re.search(r"^concierge\.acme +\d+ DID +did:web:localhost%3A", ran.out, re.MULTILINE)
    assert re.search(r"^concierge\.acme +\d+ KEY +z6Mk\w+ #\S+ ", ran.out, re.MULTILINE)
    assert re.search(r"^;; Acme \(organization, DE, assurance \d\)", ran.out, re.MULTILINE)
    assert re.search(r"^;; Query time: \d+ msec$", ran.out, re.MULTILINE)
    assert "not checked" in ran.out
    assert "\x1b" not in ran.out


def test_it_verifies_with_the_key_it_fetched(concierge: Ran, attorn: Attorn) -> None:
    ran = attorn("resolve", "Concierge.ACME.", "--verify")
    assert ran.exit_code == 0, ran.err
    assert re.search(r"^;; Signature: good, by did:web:localhost%3A\d+#", ran.out, re.MULTILINE)


def test_it_verifies_a_did_in_either_spelling(concierge: Ran, attorn: Attorn) -> None:
    did = re.search(r"did:web:\S+", concierge.out)
    assert did
    for spelling in (did[0], did[0].replace("%3A", ":")):
        ran = attorn("resolve", spelling, "--verify")
        assert ran.exit_code == 0, ran.err


def test_it_verifies_with_a_pinned_key_in_any_form(concierge: Ran, attorn: Attorn, registry: str) -> None:
    from identity.credentials.issuers import current_signer, registry_did_document
    from identity.primitives.clock import now

    key = current_signer().public_key
    Path("key.txt").write_text(key.multikey)
    Path("key.pem").write_text(key.to_pem())
    Path("did.json").write_text(json.dumps(registry_did_document(now())))
    for pin in (key.multikey, "key.txt", "key.pem", "did.json"):
        ran = attorn("resolve", "concierge.acme", "--verify", "--key", pin)
        assert ran.exit_code == 0, (pin, ran.err)
        assert "(pinned key)" in ran.out


def test_it_refuses_an_answer_by_another_key_than_the_pinned_one(concierge: Ran, attorn: Attorn) -> None:
    attorn("keygen", "--out", "mallory.pem")
    other = attorn("keygen", "--out", "other.pem").out.split("public key")[1].split()[0]
    ran = attorn("resolve", "concierge.acme", "--verify", "--key", other)
    assert ran.exit_code == Exit.NOT_VERIFIED
    assert "DOES NOT HOLD" in ran.out
    assert "signature is not that of" in ran.err


def test_it_refuses_another_registry_than_the_expected_one(concierge: Ran, attorn: Attorn) -> None:
    ran = attorn("resolve", "concierge.acme", "--verify", "--registry-did", "did:web:bank.example")
    assert ran.exit_code == Exit.NOT_VERIFIED
    assert "not from did:web:bank.example" in ran.err


def test_it_prints_the_very_bytes_served(concierge: Ran, attorn: Attorn) -> None:
    ran = attorn("resolve", "concierge.acme", "--json", "--verify")
    assert ran.exit_code == 0
    assert json.loads(ran.out)["query"] == "concierge.acme"
    assert "Signature: good" in ran.err


def test_it_answers_no_with_a_signed_no(registry: str, attorn: Attorn) -> None:
    ran = attorn("resolve", "nobody.acme", "--verify")
    assert ran.exit_code == Exit.NO, ran.err
    assert "status: NXDOMAIN" in ran.out
    assert "Signature: good" in ran.out


def test_it_shows_a_suspension_at_once(concierge: Ran, attorn: Attorn, alice: object, at: object) -> None:
    from identity.agents.lifecycle import suspend
    from identity.agents.models import Agent, SuspendedBy
    from identity.journal.actor import Actor, ActorKind
    from identity.primitives.clock import now

    attorn("resolve", "concierge.acme")
    actor = Actor(ActorKind.USER, alice.pk)  # type: ignore[attr-defined]
    suspend(agent=Agent.objects.get(), reason="maintenance", by=SuspendedBy.CONTROLLER, actor=actor, at=now())
    ran = attorn("resolve", "concierge.acme", "--verify")
    assert ran.exit_code == 0, ran.err
    assert "STANDING: suspended by the controller, maintenance" in ran.out


@pytest.mark.parametrize("query", ["", "concierge", "a b.acme", "did:web:", "a-.acme", "did:web:a#key"])
def test_it_says_what_is_wrong_with_a_question(attorn: Attorn, query: str) -> None:
    ran = attorn("resolve", query)
    assert ran.exit_code == Exit.USAGE
    assert "neither a name nor a DID" in ran.err


def test_it_says_that_nothing_answers(attorn: Attorn) -> None:
    ran = attorn("resolve", "concierge.acme", "--registry", "http://127.0.0.1:1")
    assert ran.exit_code == Exit.NETWORK
    assert "Nothing answers at 127.0.0.1:1" in ran.err


def test_it_says_that_a_key_without_verify_does_nothing(attorn: Attorn) -> None:
    ran = attorn("resolve", "concierge.acme", "--key", "z6Mk")
    assert ran.exit_code == Exit.USAGE
