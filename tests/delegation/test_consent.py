"""A root with its principal's passkey in it: anybody can check that she, and not only the register, agreed."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.accounts.consent import relying_party_origin, take_consent
from identity.credentials.issuers import current_signer
from identity.credentials.key_resolution import resolve_key
from identity.delegation.chain import Step, verify_chain
from identity.delegation.delegate import draft_root, issue_root
from identity.delegation.drafts import delete_expired_drafts
from identity.delegation.models import DelegationDraft
from identity.delegation.proof import sign_link
from identity.journal.actor import system
from identity.primitives.canonical import parse_json
from identity.primitives.errors import InvalidInput
from identity.primitives.webauthn import consent_challenge, encoded
from tests.delegation.conftest import Party
from tests.passkeys import SoftPasskey

pytestmark = pytest.mark.django_db


def agreed(draft: DelegationDraft, user: Any) -> dict[str, Any]:
    """The evidence of a passkey's assertion over the draft."""
    challenge = consent_challenge(binding_digest=draft.binding_digest, displayed_text=draft.displayed_text)
    passkey = SoftPasskey(origin=relying_party_origin()).add_to(user)
    response = passkey.answer(encoded(challenge))
    return take_consent(user, challenge=challenge, displayed_text=draft.displayed_text, response=response)


@pytest.fixture
def drafted(anna: Any, planner: Party, terms: Callable[..., Any], at: datetime) -> Callable[[], DelegationDraft]:
    return lambda: draft_root(principal=anna, agent=planner.agent, terms=terms(), at=at)


def failed(document: dict[str, Any], at: datetime) -> tuple[Step, str] | None:
    verdict = verify_chain([document], key_for=lambda m: resolve_key(m, at=at), ledger=document["issuer"], at=at)
    return None if verdict.failure is None else (verdict.failure.step, verdict.failure.detail)


def test_it_carries_the_passkeys_own_signature(drafted: Callable[[], Any], alice: Any, at: datetime) -> None:
    draft = drafted()
    root = issue_root(draft=draft, evidence=agreed(draft, alice), actor=system("tests"), at=at)
    document = parse_json(bytes(root.credential))
    assert document["evidence"][0]["type"] == "WebAuthnApproval"
    assert failed(document, at) is None


def test_it_takes_no_consent_to_another_draft(drafted: Callable[[], Any], alice: Any, at: datetime) -> None:
    one, other = drafted(), drafted()
    with pytest.raises(InvalidInput) as refused:
        issue_root(draft=other, evidence=agreed(one, alice), actor=system("tests"), at=at)
    assert refused.value.code == "consent_invalid"


def test_it_shows_when_the_register_signs_what_nobody_agreed_to(
    drafted: Callable[[], Any], alice: Any, at: datetime
) -> None:
    """Even the register's own key cannot widen what the passkey signed."""
    draft = drafted()
    wider = deepcopy(draft.document)
    wider["credentialSubject"]["limits"][0]["amount"] = 90000
    wider["description"] = wider["description"].replace("500.00", "900.00")
    forged = sign_link({**wider, "evidence": [agreed(draft, alice)]}, signer=current_signer(), created=at)
    step, detail = failed(forged, at) or (None, "")
    assert step is Step.SIGNATURES
    assert "challenge mismatch" in detail


def test_it_deletes_drafts_a_day_after_their_hour(drafted: Callable[[], Any], consent: Any, at: datetime) -> None:
    used, unused = drafted(), drafted()
    issue_root(draft=used, evidence=consent, actor=system("tests"), at=at)
    assert delete_expired_drafts(at=at + timedelta(hours=24)) == 0
    assert delete_expired_drafts(at=at + timedelta(hours=26)) == 1
    assert list(DelegationDraft.objects.values_list("pk", flat=True)) == [used.pk]
    assert not DelegationDraft.objects.filter(pk=unused.pk).exists()
