"""``attorn chain verify``: a chain from the register, checked by somebody who trusts only its key."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from identity.delegation.constraints import complete_draft, parse_constraints
from identity.delegation.delegate import delegate_root, strong_sign_in_evidence
from identity.delegation.intent import Intent, sign_intent
from identity.delegation.link import Terms
from identity.delegation.pass_on import draft_child, register_child
from identity.delegation.proof import sign_link
from identity.journal.actor import system
from identity.primitives.clock import now
from identity.primitives.money import Money
from identity.primitives.multikey import PrivateKey
from identity.primitives.signing import LocalSigner
from registry.cli.exits import Exit
from tests.cli.conftest import Attorn, Ran

VENDOR = "did:web:shop.example"

pytestmark = pytest.mark.django_db(transaction=True)


class Held:
    """A chain of two links and the key of its holder."""

    def __init__(self, root: Any, child: Any, key: PrivateKey) -> None:
        self.root, self.child, self.key = root, child, key
        self.ledger = root.issuer_did

    def save(self) -> list[Any]:
        chain = [json.loads(bytes(link.credential)) for link in (self.root, self.child)]
        Path("chain.json").write_text(json.dumps(chain))
        return chain

    def intent(self, **changes: Any) -> str:
        at = now().replace(microsecond=0)
        wanted = Intent(
            agent=self.child.agent.did,
            vendor=VENDOR,
            ledger=self.ledger,
            delegation=self.child.credential_id,
            action="/commerce/pay/once",
            amount=Money(4000, "EUR"),
            max_amount=Money(4000, "EUR"),
            order_hash="sha-256:abc",
            nonce="n" * 22,
            issued_at=at,
            expires_at=at + timedelta(seconds=300),
        )
        signer = LocalSigner(changes.pop("key", self.key), f"{self.child.agent.did}#key-1")
        return sign_intent(replace(wanted, **changes), signer=signer)


@pytest.fixture
def held(registry: str, acme: Any, make_agent: Callable[..., Any], at: datetime) -> Held:
    keys = [PrivateKey.generate(), PrivateKey.generate()]
    planner, buyer = (make_agent(acme, name, private_key=key) for name, key in zip(("P", "B"), keys, strict=True))
    limits = [{"type": "per_transaction", "max": 5000, "currency": "EUR"}]
    terms = Terms(
        constraints=parse_constraints(complete_draft(limits)),
        valid_from=at,
        valid_until=at + timedelta(days=1),
        max_further_depth=1,
    )
    evidence = strong_sign_in_evidence(method="totp", signed_in_at=at)
    by = system("tests")
    root = delegate_root(principal=acme, agent=planner, terms=terms, evidence=evidence, actor=by, at=at)
    draft = draft_child(parent=root, agent=buyer, terms=replace(terms, max_further_depth=0), at=at)
    signed = sign_link(draft.document, signer=LocalSigner(keys[0], f"{planner.did}#key-1"), created=at)
    return Held(root, register_child(credential=signed, actor=by, at=at), keys[1])


@pytest.fixture
def verify(attorn: Attorn, held: Held) -> Callable[..., Ran]:
    def run(*more: str) -> Ran:
        if not Path("chain.json").exists():
            held.save()
        return attorn("chain", "verify", "chain.json", "--ledger", held.ledger, *more)

    return run


def publish(status_entries: Any) -> None:
    from identity.credentials.publish import publish_list

    for number in {entry.status_list_id for entry in status_entries}:
        publish_list(number, at=now())


def test_it_fetches_keys_and_statuses_from_the_ledger_alone(verify: Callable[..., Ran], held: Held) -> None:
    publish([held.root.status_entry])
    ran = verify("--fetch")
    assert ran.exit_code == Exit.OK, ran.out + ran.err
    assert "structurally valid" in ran.out
    assert " 9. Is no link revoked or suspended? yes" in ran.out
    assert "at most 50.00 EUR in one purchase" in ran.out


def test_it_shows_a_revocation_once_it_is_published(verify: Callable[..., Ran], held: Held, at: datetime) -> None:
    from identity.delegation.capacity import BY_REGISTRY
    from identity.delegation.revoke import RevocationReason, revoke_delegation

    revoke_delegation(
        delegation=held.child,
        reason=RevocationReason.MISUSE,
        capacities=[BY_REGISTRY],
        actor=system("tests"),
        at=at,
    )
    publish([held.child.status_entry])
    ran = verify("--fetch")
    assert ran.exit_code == Exit.NOT_VERIFIED
    assert "chain_link_revoked" in ran.out


def test_it_works_without_any_network(verify: Callable[..., Ran], held: Held) -> None:
    from identity.agents.did_document import did_document
    from identity.credentials.issuers import registry_did_document

    Path("registry.json").write_text(json.dumps(registry_did_document(now())))
    Path("planner.json").write_text(json.dumps(did_document(held.root.agent, now())))
    ran = verify("--did-document", "registry.json", "--did-document", "planner.json", "--json")
    answer = json.loads(ran.out)
    assert (ran.exit_code, answer["structurally_valid"], answer["failed_step"]) == (Exit.OK, True, None)
    assert [step["outcome"] for step in answer["steps"]][8:] == ["unknown", "not_applicable"]


def test_it_has_no_keys_but_those_it_is_given(verify: Callable[..., Ran]) -> None:
    ran = verify("--json")
    assert ran.exit_code == Exit.NOT_VERIFIED
    assert (json.loads(ran.out)["failed_step"], json.loads(ran.out)["code"]) == (2, "credential_invalid")


def test_it_judges_a_purchase(verify: Callable[..., Ran]) -> None:
    common = ("--fetch", "--vendor", VENDOR, "--currency", "EUR", "--json")
    assert verify(*common, "--amount", "5000").exit_code == Exit.OK
    ran = verify(*common, "--amount", "5001")
    assert json.loads(ran.out)["code"] == "per_transaction_exceeded"
    assert verify("--amount", "5000").exit_code == Exit.USAGE


def test_it_checks_the_intent_of_the_holder(verify: Callable[..., Ran], held: Held) -> None:
    def tried(token: str, vendor: str = VENDOR) -> str | None:
        Path("intent.jwt").write_text(token)
        ran = verify("--fetch", "--did-document", "buyer.json", "--intent", "intent.jwt", "--vendor", vendor, "--json")
        code = json.loads(ran.out)["code"]
        return str(code) if code else None

    from identity.agents.did_document import did_document

    Path("buyer.json").write_text(json.dumps(did_document(held.child.agent, now())))
    assert tried(held.intent()) is None
    assert tried(held.intent(), "did:web:other.example") == "audience_mismatch"
    assert tried(held.intent(ledger="did:web:other.example")) == "ledger_mismatch"
    assert tried(held.intent(key=PrivateKey.generate())) == "agent_proof_invalid"
    old = now().replace(microsecond=0) - timedelta(seconds=301)
    assert tried(held.intent(issued_at=old, expires_at=old + timedelta(seconds=300))) == "agent_proof_expired"
    assert tried("nonsense") == "agent_proof_invalid"


@pytest.mark.parametrize("content", ["", "[]", "nonsense", "[{}]", "[1, 2]"])
def test_it_says_what_is_no_chain(verify: Callable[..., Ran], content: str) -> None:
    Path("chain.json").write_text(content)
    ran = verify()
    assert ran.exit_code in (Exit.NOT_VERIFIED, Exit.USAGE)
    assert "Traceback" not in ran.err
