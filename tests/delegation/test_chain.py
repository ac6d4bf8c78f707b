"""The ten steps over a chain in hand: each lie is named by its step and its code."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from identity.credentials.checks import Outcome
from identity.credentials.keys import NOT_FOUND, ResolvedKey, Unresolved
from identity.delegation.chain import ChainVerdict, Step, read_chain, verify_chain
from identity.delegation.constraints import complete_draft, parse_constraints
from identity.delegation.delegate import strong_sign_in_evidence
from identity.delegation.facts import SpendFacts
from identity.delegation.link import Place, Terms, multibase_digest, unsigned_link
from identity.delegation.proof import sign_link
from identity.primitives.canonical import canonicalize
from identity.primitives.errors import AttornError
from identity.primitives.multikey import KeyAlgorithm, PrivateKey
from identity.primitives.signing import LocalSigner

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
LEDGER = "did:web:attorn.example"
CONTEXT = "https://attorn.example/contexts/delegation/v1"
PURPOSES = frozenset({"assertionMethod", "capabilityDelegation"})

Document = dict[str, Any]


class World:
    """A register and agents with keys; makes chains as they would."""

    def __init__(self, algorithm: KeyAlgorithm = KeyAlgorithm.ED25519) -> None:
        self.keys = {LEDGER: PrivateKey.generate()}
        self.keys |= {f"did:web:ops.example:agents:{n}": PrivateKey.generate(algorithm) for n in range(10)}
        self.revoked: set[str] = set()

    def agent(self, number: int) -> str:
        return f"did:web:ops.example:agents:{number}"

    def key_for(self, method: str) -> ResolvedKey | Unresolved:
        did, _, fragment = method.partition("#")
        if did not in self.keys or fragment != "key-1":
            return Unresolved(NOT_FOUND, "There is no such key.")
        return ResolvedKey(
            self.keys[did].public_key,
            did,
            PURPOSES,
            valid_from=AT - timedelta(days=30),
            valid_until=AT + timedelta(days=300),
            revoked_at=AT if did in self.revoked else None,
        )

    def sign(self, document: Document, *, by: str | None = None, created: datetime = AT) -> Document:
        did = by or document["issuer"]
        return sign_link(document, signer=LocalSigner(self.keys[did], f"{did}#key-1"), created=created)

    def unsigned(self, depth: int, parent: Document | None, **terms: Any) -> Document:
        identifier = f"urn:uuid:{uuid4()}"
        above = parent["credentialSubject"] if parent else None
        place = Place(
            id=identifier,
            issuer=self.agent(depth - 1) if depth else LEDGER,
            subject=self.agent(depth),
            holder_thumbprint=self.keys[self.agent(depth)].public_key.thumbprint(),
            root=above["root"] if above else identifier,
            principal=above["principal"] if above else "did:web:attorn.example:p:9w3kq0v7",
            operator="did:web:ops.example",
            ledger=LEDGER,
            depth=depth,
            parent_id=parent["id"] if parent else None,
            parent_digest=multibase_digest(parent) if parent else None,
        )
        wanted: dict[str, Any] = {
            "constraints": parse_constraints(complete_draft([{"type": "total", "amount": 50000, "currency": "EUR"}])),
            "valid_from": AT - timedelta(days=1),
            "valid_until": AT + timedelta(days=30),
            "max_further_depth": 7 - depth,
        }
        document = unsigned_link(place=place, terms=Terms(**(wanted | terms)), status=(), context=CONTEXT)
        if depth == 0:
            document["evidence"] = [strong_sign_in_evidence(method="webauthn", signed_in_at=AT)]
        return document

    def chain(self, length: int, **terms: Any) -> list[Document]:
        links: list[Document] = []
        for depth in range(length):
            links.append(self.sign(self.unsigned(depth, links[-1] if links else None, **terms)))
        return links


@pytest.fixture
def world() -> World:
    return World()


def verify(world: World, chain: list[Any], **more: Any) -> ChainVerdict:
    return verify_chain(chain, **({"key_for": world.key_for, "ledger": LEDGER, "at": AT} | more))


def failed(verdict: ChainVerdict) -> tuple[Step, str, int | None] | None:
    failure = verdict.failure
    return None if failure is None else (failure.step, failure.code, failure.link_depth)


@pytest.mark.parametrize("length", [1, 2, 3, 8])
@pytest.mark.parametrize("algorithm", list(KeyAlgorithm))
def test_it_holds(length: int, algorithm: KeyAlgorithm) -> None:
    world = World(algorithm)
    verdict = verify(world, world.chain(length))
    assert verdict.is_structurally_valid
    assert [result.step for result in verdict.results] == list(Step)
    outcomes = {result.step: result.outcome for result in verdict.results}
    assert outcomes[Step.STATUS] is Outcome.UNKNOWN
    assert outcomes[Step.INTENT] is Outcome.NOT_APPLICABLE


def test_it_reads_a_presentation_strictly(world: World) -> None:
    chain = world.chain(2)
    assert read_chain(canonicalize(chain)) == chain
    assert read_chain(canonicalize(chain[0])) == [chain[0]]
    for data in (b"[]", canonicalize(world.chain(8) + world.chain(1)), b'{"id":1,"id":2}', b"[" * 50 + b"]" * 50):
        with pytest.raises(AttornError):
            read_chain(data)


def test_it_has_one_to_eight_links(world: World) -> None:
    assert failed(verify(world, [])) == (Step.SIZE, "chain_too_long", None)
    assert failed(verify(world, world.chain(8) + world.chain(1))) == (Step.SIZE, "chain_too_long", None)


@pytest.mark.parametrize("junk", [None, 1, "link", [], {}, {"id": 1}])
def test_it_names_the_link_that_cannot_be_read(world: World, junk: Any) -> None:
    assert failed(verify(world, [world.chain(1)[0], junk])) == (Step.SIZE, "credential_invalid", 1)


def test_it_refuses_a_kind_it_does_not_know(world: World) -> None:
    document = world.unsigned(0, None)
    document["credentialSubject"]["limits"] = [{"id": "L1", "type": "mood"}]
    del document["description"]
    assert failed(verify(world, [world.sign(document)])) == (Step.SIZE, "unknown_limit_type", 0)


def test_it_notices_every_changed_word(world: World) -> None:
    chain = world.chain(2)
    changed = deepcopy(chain)
    changed[1]["credentialSubject"]["limits"][0]["amount"] = 60000
    del changed[1]["description"]
    assert failed(verify(world, changed)) == (Step.SIGNATURES, "credential_invalid", 1)
    changed = deepcopy(chain)
    changed[0]["evidence"][0]["method"] = "totp"
    assert failed(verify(world, changed)) == (Step.SIGNATURES, "credential_invalid", 0)


def test_it_takes_the_issuers_own_key_for_passing_on_only(world: World) -> None:
    chain = world.chain(1)
    child = world.unsigned(1, chain[0])
    forged = world.sign(child, by=world.agent(5))
    assert failed(verify(world, [*chain, forged])) == (Step.SIGNATURES, "credential_invalid", 1)
    wrong_purpose = world.sign(child)
    wrong_purpose["proof"]["proofPurpose"] = "assertionMethod"
    assert failed(verify(world, [*chain, wrong_purpose])) == (Step.SIGNATURES, "credential_invalid", 1)


@pytest.mark.parametrize("days", [-31, 1, 301])
def test_it_asks_whether_the_key_was_good_when_it_signed(world: World, days: int) -> None:
    chain = world.chain(1)
    child = world.sign(world.unsigned(1, chain[0]), created=AT + timedelta(days=days))
    assert failed(verify(world, [*chain, child])) == (Step.SIGNATURES, "credential_invalid", 1)


def test_it_believes_no_date_of_a_revoked_key(world: World) -> None:
    chain = world.chain(2)
    world.revoked.add(world.agent(0))
    assert failed(verify(world, chain)) == (Step.SIGNATURES, "credential_invalid", 1)


def test_it_notices_a_spliced_link(world: World) -> None:
    one, other = world.chain(3), world.chain(3)
    assert failed(verify(world, [one[0], other[1], one[2]])) == (Step.PARENT_DIGESTS, "chain_broken", 1)
    assert failed(verify(world, [one[0], one[2]])) == (Step.SUCCESSION, "chain_broken", 1)


def test_it_notices_another_order_and_a_missing_root(world: World) -> None:
    chain = world.chain(3)
    assert failed(verify(world, [chain[0], chain[2], chain[1]])) == (Step.SUCCESSION, "chain_broken", 1)
    assert failed(verify(world, chain[1:])) == (Step.SUCCESSION, "chain_broken", 0)


def test_it_notices_a_parent_exchanged_for_a_wider_one(world: World) -> None:
    root = world.unsigned(0, None)
    narrow = world.sign(root)
    wide = deepcopy(root)
    wide["credentialSubject"]["limits"] = []
    del wide["description"]
    child = world.sign(world.unsigned(1, narrow))
    assert failed(verify(world, [world.sign(wide), child])) == (Step.PARENT_DIGESTS, "chain_broken", 1)


def test_it_notices_a_ring(world: World) -> None:
    chain = world.chain(2)
    back = world.unsigned(2, chain[1])
    back["credentialSubject"]["id"] = world.agent(0)
    del back["description"]
    assert failed(verify(world, [*chain, world.sign(back)])) == (Step.SUCCESSION, "chain_cycle", None)
    same = world.unsigned(1, chain[0])
    same["id"] = chain[0]["id"]
    assert failed(verify(world, [chain[0], world.sign(same)])) == (Step.SUCCESSION, "chain_cycle", None)


def test_it_counts_in_the_ledger_that_was_meant(world: World) -> None:
    chain = world.chain(2)
    assert failed(verify(world, chain, ledger="did:web:other.example")) == (Step.ROOT_AND_LEDGER, "ledger_mismatch", 0)
    child = world.unsigned(1, chain[0])
    child["credentialSubject"]["ledger"] = "did:web:other.example"
    elsewhere = world.sign(child)
    assert failed(verify(world, [chain[0], elsewhere])) == (Step.ROOT_AND_LEDGER, "ledger_mismatch", 1)


@pytest.mark.parametrize("member", ["root", "principal"])
def test_it_has_one_root_and_one_principal(world: World, member: str) -> None:
    chain = world.chain(1)
    child = world.unsigned(1, chain[0])
    child["credentialSubject"][member] = f"urn:uuid:{uuid4()}" if member == "root" else "did:web:attorn.example:p:x"
    assert failed(verify(world, [*chain, world.sign(child)])) == (Step.ROOT_AND_LEDGER, "principal_mismatch", 1)


def test_it_stands_one_deeper_and_leaves_less(world: World) -> None:
    chain = world.chain(1)
    child = world.unsigned(1, chain[0])
    child["credentialSubject"]["depth"] = 2
    assert failed(verify(world, [*chain, world.sign(child)]))[1] == "credential_invalid"  # 6 more do not fit
    child["credentialSubject"]["maxFurtherDepth"] = 0
    del child["description"]
    assert failed(verify(world, [*chain, world.sign(child)])) == (Step.DEPTH, "chain_broken", 1)
    same = world.sign(world.unsigned(0, None, max_further_depth=3))
    as_deep = world.sign(world.unsigned(1, same, max_further_depth=3))
    assert failed(verify(world, [same, as_deep])) == (Step.DEPTH, "redelegation_not_allowed", 1)


def test_it_counts_within_its_time_and_not_beyond_its_parent(world: World) -> None:
    chain = world.chain(2)
    assert failed(verify(world, chain, at=AT + timedelta(days=30)))[1:] == ("credential_expired", 0)
    early = AT - timedelta(days=1, seconds=1)
    signed_then = [world.sign(world.unsigned(0, None), created=early)]
    assert failed(verify(world, signed_then, at=early)) == (Step.VALIDITY, "credential_not_yet_valid", 0)
    longer = world.sign(world.unsigned(1, chain[0], valid_until=AT + timedelta(days=31)))
    assert failed(verify(world, [chain[0], longer])) == (Step.VALIDITY, "chain_broken", 1)


def facts(**changes: Any) -> SpendFacts:
    wanted: dict[str, Any] = {
        "amount": 4000,
        "max_amount": 4000,
        "currency": "EUR",
        "action": "/commerce/pay/once",
        "vendor_did": "did:web:shop.example",
        "vendor_assurance": 2,
        "mcc": "5734",
        "country": "DE",
        "at": AT,
    }
    return SpendFacts(**(wanted | changes))


def test_it_judges_the_limits_of_every_link(world: World) -> None:
    def limited(*limits: dict[str, Any]) -> Any:
        return parse_constraints(complete_draft(list(limits)))

    root = world.sign(world.unsigned(0, None, constraints=limited({"type": "countries", "allow": ["DE"]})))
    ask = {"type": "step_up", "when": {"always": True}}
    most = {"type": "per_transaction", "max": 5000, "currency": "EUR"}
    chain = [root, world.sign(world.unsigned(1, root, constraints=limited(most, ask)))]
    assert failed(verify(world, chain, facts=facts())) is None
    assert failed(verify(world, chain, facts=facts(country="FR"))) == (Step.CONSTRAINTS, "country_not_allowed", 0)
    too_much = facts(amount=5001, max_amount=5001)
    assert failed(verify(world, chain, facts=too_much)) == (Step.CONSTRAINTS, "per_transaction_exceeded", 1)
    assert failed(verify(world, chain, facts=facts(currency="USD"))) == (Step.CONSTRAINTS, "currency_not_allowed", 1)


def test_it_is_meant_for_whom_it_says(world: World) -> None:
    chain = [world.sign(world.unsigned(0, None, audience=("did:web:shop.example",)))]
    assert failed(verify(world, chain, facts=facts())) is None
    other = facts(vendor_did="did:web:other.example")
    assert failed(verify(world, chain, facts=other)) == (Step.CONSTRAINTS, "audience_mismatch", 0)


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("active", None),
        ("revoked", (Step.STATUS, "chain_link_revoked", 0)),
        ("suspended", (Step.STATUS, "chain_link_suspended", 0)),
    ],
)
def test_it_asks_the_status_lists_it_is_given(world: World, answer: str, wanted: Any) -> None:
    document = world.unsigned(0, None)
    entry = {"type": "BitstringStatusListEntry", "statusListIndex": "5", "statusListCredential": "https://a.example/1"}
    document["credentialStatus"] = [entry | {"statusPurpose": "revocation"}]
    assert failed(verify(world, [world.sign(document)], status_for=lambda entry: answer)) == wanted
    unknown = verify(world, [world.sign(document)], status_for=lambda entry: None)
    assert {r.step: r.outcome for r in unknown.results}[Step.STATUS] is Outcome.UNKNOWN


def test_it_takes_no_signature_over_another_spelling(world: World) -> None:
    """What is signed is the canonical form: a document is the same however its members are ordered, and a
    re-serialised number or a doubled name never reaches the signature."""
    chain = world.chain(1)
    shuffled = dict(reversed(list(chain[0].items())))
    assert failed(verify(world, [shuffled])) is None
    spelled = canonicalize(chain).replace(b'"amount":50000', b'"amount":5e4')
    assert failed(verify(world, read_chain(spelled))) == (Step.SIZE, "credential_invalid", 0)
