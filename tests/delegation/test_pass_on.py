"""A child link: signed by the parent's agent, narrower, registered under a living parent only."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from identity.delegation.models import Delegation
from identity.delegation.pass_on import draft_child, register_child
from identity.journal.actor import system
from identity.primitives.errors import AttornError, Conflict, InvalidInput
from tests.delegation.conftest import Party

pytestmark = pytest.mark.django_db

Give = Callable[..., Any]


@pytest.fixture
def root(anna: Any, planner: Party, give: Give) -> Delegation:
    return give(anna, planner.agent)


@pytest.fixture
def unsigned(root: Delegation, buyer: Party, terms: Give, at: datetime) -> dict[str, Any]:
    """A good child, ready to be signed by the planner."""
    return draft_child(parent=root, agent=buyer.agent, terms=terms(max_further_depth=0), at=at).document


def register(document: dict[str, Any], at: datetime) -> Delegation:
    return register_child(credential=document, actor=system("tests"), at=at)


def test_it_follows_from_its_parent(root: Delegation, planner: Party, buyer: Party, pass_on: Give) -> None:
    child = pass_on(root, planner, buyer)
    assert child.path == [root.pk, child.pk]
    assert (child.depth, child.root_id, child.principal_did) == (1, root.pk, root.principal_did)
    assert child.issuer_agent == planner.agent
    assert child.status_entry is not None


def test_it_takes_bytes_and_a_link_written_without_a_draft(
    root: Delegation, planner: Party, unsigned: dict[str, Any], sign: Give, at: datetime
) -> None:
    from identity.primitives.canonical import canonicalize

    document = {name: value for name, value in unsigned.items() if name not in ("credentialStatus", "description")}
    document["id"] = "urn:uuid:5c1e0a34-6d8e-4f7c-9a43-2b0f4c0b6f11"
    child = register_child(credential=canonicalize(sign(document, planner, at)), actor=system("tests"), at=at)
    assert child.status_entry is None
    assert child.sentence


Change = Callable[[dict[str, Any]], None]


def subject(**members: Any) -> Change:
    return lambda document: document["credentialSubject"].update(members)


CHANGES: list[tuple[Change, str]] = [
    (subject(maxFurtherDepth=1), "redelegation_not_allowed"),
    (subject(depth=2), "chain_broken"),
    (subject(root="urn:uuid:5c1e0a34-6d8e-4f7c-9a43-2b0f4c0b6f11"), "principal_mismatch"),
    (subject(principal="did:web:localhost%3A8000:p:00"), "principal_mismatch"),
    (subject(ledger="did:web:elsewhere.example"), "ledger_mismatch"),
    (subject(operator="did:web:elsewhere.example"), "credential_invalid"),
    (subject(id="did:web:elsewhere.example"), "agent_unknown"),
    (subject(id="did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"), "holder_unregistered"),
    (subject(cnf={"jkt": "A" * 43}), "holder_key_not_valid"),
    (subject(version=2), "credential_invalid"),
    (subject(version=True), "credential_invalid"),
    (subject(surprise=1), "credential_invalid"),
    (subject(limits=[{"id": "L1", "type": "moon_phase"}]), "unknown_limit_type"),
    (subject(limits=[{"id": "L1", "type": "count", "max": 5, "unless": "rich"}]), "unknown_limit_type"),
    (
        subject(limits=[{"id": "L1", "type": "total", "amount": 50001, "currency": "EUR", "exponent": 2}]),
        "constraint_wider",
    ),
    (
        subject(limits=[{"id": "L1", "type": "total", "amount": 5000, "currency": "EUR", "exponent": 3}]),
        "amount_scale_mismatch",
    ),
    (
        subject(limits=[{"id": "L1", "type": "total", "amount": 50.0, "currency": "EUR", "exponent": 2}]),
        "amount_invalid",
    ),
    (lambda document: document.update(validUntil="2099-01-01T00:00:00Z"), "chain_broken"),
    (lambda document: document.update(description="Up to 1 EUR."), "credential_invalid"),
    (lambda document: document["relatedResource"][0].update(digestMultibase="zQm"), "chain_broken"),
    (lambda document: document["credentialStatus"].pop(), "credential_invalid"),
    (lambda document: document["credentialStatus"][0].update(statusListIndex="1"), "credential_invalid"),
    (lambda document: document.pop("credentialStatus"), "credential_invalid"),
    (lambda document: document.update(evidence=[{"type": "StrongSignIn"}]), "credential_invalid"),
    (lambda document: document.update(id="urn:uuid:5c1e0a34-6d8e-4f7c-9a43-2b0f4c0b6f11"), "credential_invalid"),
]


@pytest.mark.parametrize(("change", "code"), CHANGES, ids=range(len(CHANGES)))
def test_it_refuses_what_does_not_follow(
    unsigned: dict[str, Any], planner: Party, sign: Give, change: Change, code: str, at: datetime
) -> None:
    document = deepcopy(unsigned)
    change(document)
    if code != "credential_invalid" or document.get("description") == unsigned["description"]:
        document.pop("description", None)
    with pytest.raises(InvalidInput) as refused:
        register(sign(document, planner, at), at)
    assert refused.value.code == code
    assert Delegation.objects.count() == 1


def test_it_refuses_another_signer_purpose_or_time(
    unsigned: dict[str, Any], planner: Party, buyer: Party, sign: Give, at: datetime
) -> None:
    forged = Party(planner.agent, buyer.key)
    in_an_hour = at + timedelta(hours=1)
    before_its_key = at - timedelta(days=1)
    attempts = [
        sign(unsigned, forged, at),
        sign(unsigned, buyer, at),
        sign(unsigned, planner, at, purpose="assertionMethod"),
        sign(unsigned, planner, in_an_hour),
        sign(unsigned, planner, before_its_key),
        {**sign(unsigned, planner, at), "validUntil": unsigned["validFrom"]},
    ]
    for attempt in attempts:
        with pytest.raises(InvalidInput) as refused:
            register(attempt, at)
        assert refused.value.code == "credential_invalid"


def test_it_does_not_pass_on_to_itself_or_back(
    anna: Any, planner: Party, buyer: Party, give: Give, pass_on: Give
) -> None:
    root = give(anna, planner.agent, max_further_depth=3)
    child = pass_on(root, planner, buyer, max_further_depth=2)
    for parent, issuer, holder in ((root, planner, planner), (child, buyer, planner)):
        with pytest.raises(InvalidInput) as refused:
            pass_on(parent, issuer, holder, max_further_depth=0)
        assert refused.value.code == "chain_cycle"


def test_it_registers_once(unsigned: dict[str, Any], planner: Party, sign: Give, at: datetime) -> None:
    signed = sign(unsigned, planner, at)
    register(signed, at)
    with pytest.raises(AttornError) as refused:
        register(signed, at)
    assert refused.value.code in {"draft_already_used", "delegation_exists"}


def test_it_is_not_born_under_a_parent_that_is_not_active(
    root: Delegation, unsigned: dict[str, Any], planner: Party, sign: Give, at: datetime
) -> None:
    from identity.delegation.capacity import BY_REGISTRY
    from identity.delegation.revoke import SuspensionReason, suspend_delegation

    suspend_delegation(
        delegation=root,
        reason=SuspensionReason.INVESTIGATION,
        capacities=[BY_REGISTRY],
        actor=system("tests"),
        at=at,
    )
    with pytest.raises(Conflict) as refused:
        register(sign(unsigned, planner, at), at)
    assert refused.value.code == "parent_not_active"
    assert refused.value.extra["reasons"] == ["chain_link_suspended"]


def test_it_replaces_a_child_in_its_place(root: Delegation, planner: Party, buyer: Party, pass_on: Give) -> None:
    old = pass_on(root, planner, buyer)
    new = pass_on(root, planner, buyer, replaces=old)
    old.refresh_from_db()
    assert (old.status, new.replaces_id) == ("revoked", old.pk)


def test_it_has_eight_links_at_most(
    anna: Any, acme: Any, make_party: Callable[..., Party], give: Give, pass_on: Give
) -> None:
    parties = [make_party(acme, f"Agent {number}") for number in range(9)]
    link = give(anna, parties[0].agent, max_further_depth=7)
    for depth in range(1, 8):
        link = pass_on(link, parties[depth - 1], parties[depth], max_further_depth=7 - depth)
    assert link.depth == 7
    with pytest.raises(InvalidInput) as refused:
        pass_on(link, parties[7], parties[8], max_further_depth=0)
    assert refused.value.code == "redelegation_not_allowed"


@pytest.mark.parametrize(
    "change",
    [
        {"depth": 2},
        {"max_depth_left": 1},
        {"valid_until": timedelta(days=400)},
        {"principal_did": "did:web:elsewhere.example"},
        {"issuer_agent": "buyer"},
        {"path": ["dlg_x", "dlg_y"]},
        {"status": "suspended", "status_set_by": "registry"},
    ],
)
def test_it_is_held_to_its_parent_by_the_database_too(
    root: Delegation, buyer: Party, change: dict[str, Any], planner: Party, at: datetime
) -> None:
    members = {
        "id": "dlg_y",
        "credential_id": "urn:uuid:y",
        "credential": b"{}",
        "digest": "y",
        "root": root,
        "parent": root,
        "path": [root.pk, "dlg_y"],
        "depth": 1,
        "max_depth_left": 0,
        "principal": root.principal,
        "principal_did": root.principal_did,
        "issuer_agent": planner.agent,
        "issuer_did": planner.agent.did,
        "agent": buyer.agent,
        "holder_thumbprint": "A" * 43,
        "valid_from": root.valid_from,
        "valid_until": root.valid_until,
        "constraints": [],
        "sentence": "",
    }
    if "valid_until" in change:
        change = {"valid_until": at + change["valid_until"]}
    if "issuer_agent" in change:
        change = {"issuer_agent": buyer.agent}
    with pytest.raises(IntegrityError), transaction.atomic():
        Delegation.objects.create(**(members | change))
    Delegation.objects.create(**members)
