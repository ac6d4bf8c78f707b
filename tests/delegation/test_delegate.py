"""A principal's root: drafted, consented to, signed by the registry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.credentials.key_resolution import resolve_key
from identity.delegation.chain import verify_chain
from identity.delegation.delegate import draft_root, issue_root
from identity.delegation.link import read_link
from identity.delegation.models import DelegationDraft
from identity.journal.actor import system
from identity.journal.models import Event
from identity.primitives.canonical import canonicalize, parse_json
from identity.primitives.errors import Conflict, InvalidInput
from tests.delegation.conftest import Party

pytestmark = pytest.mark.django_db


def test_it_is_a_signed_credential_that_anybody_can_check(
    anna: Any, planner: Party, give: Callable[..., Any], at: datetime
) -> None:
    root = give(anna, planner.agent)
    document = parse_json(bytes(root.credential))
    verdict = verify_chain([document], key_for=lambda m: resolve_key(m, at=at), ledger=root.issuer_did, at=at)
    assert verdict.failure is None
    assert bytes(root.credential) == canonicalize(document)
    assert document["evidence"][0]["type"] == "StrongSignIn"
    assert document["credentialStatus"] == root.status_entry.credential_status()


def test_it_names_the_principal_by_an_id_of_this_root_alone(
    anna: Any, planner: Party, give: Callable[..., Any]
) -> None:
    first, second = give(anna, planner.agent), give(anna, planner.agent)
    assert first.principal_did != second.principal_did
    assert anna.pk not in bytes(first.credential).decode()
    assert anna.name not in bytes(first.credential).decode()


def test_it_shows_the_words_that_are_signed(anna: Any, planner: Party, terms: Callable[..., Any], at: datetime) -> None:
    draft = draft_root(principal=anna, agent=planner.agent, terms=terms(), at=at)
    assert "at most 500.00 EUR in total" in draft.displayed_text
    assert "at most 100.00 EUR in one purchase" in draft.displayed_text
    assert draft.displayed_text == draft.document["description"]


def test_it_issues_a_draft_once_and_as_it_was_shown(
    anna: Any, planner: Party, terms: Callable[..., Any], consent: dict[str, Any], at: datetime
) -> None:
    draft = draft_root(principal=anna, agent=planner.agent, terms=terms(), at=at)
    root = issue_root(draft=draft, evidence=consent, actor=system("tests"), at=at)
    link = read_link(parse_json(bytes(root.credential)))
    assert link.unsigned() == draft.document
    assert root.pk == draft.pk
    with pytest.raises(Conflict) as refused:
        issue_root(draft=DelegationDraft.objects.get(pk=draft.pk), evidence=consent, actor=system("tests"), at=at)
    assert refused.value.code == "draft_already_used"


def test_it_forgets_a_draft_after_an_hour(
    anna: Any, planner: Party, terms: Callable[..., Any], consent: dict[str, Any], at: datetime
) -> None:
    draft = draft_root(principal=anna, agent=planner.agent, terms=terms(), at=at)
    with pytest.raises(InvalidInput) as refused:
        issue_root(draft=draft, evidence=consent, actor=system("tests"), at=at + timedelta(hours=1))
    assert refused.value.code == "draft_expired"


@pytest.mark.parametrize("evidence", [{}, {"type": "Trust me"}, {"type": "StrongSignIn"}])
def test_it_takes_no_other_consent(
    anna: Any, planner: Party, terms: Callable[..., Any], evidence: dict[str, Any], at: datetime
) -> None:
    draft = draft_root(principal=anna, agent=planner.agent, terms=terms(), at=at)
    with pytest.raises(InvalidInput) as refused:
        issue_root(draft=draft, evidence=evidence, actor=system("tests"), at=at)
    assert refused.value.code == "consent_invalid"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"valid_until": timedelta(seconds=-1)}, "validity_invalid"),
        ({"valid_until": timedelta(days=3_000)}, "validity_invalid"),
        ({"max_further_depth": 8}, "depth_invalid"),
        ({"max_further_depth": -1}, "depth_invalid"),
    ],
)
def test_it_refuses_terms_that_make_no_sense(
    anna: Any, planner: Party, terms: Callable[..., Any], changes: dict[str, Any], code: str, at: datetime
) -> None:
    changes = {name: at + value if isinstance(value, timedelta) else value for name, value in changes.items()}
    with pytest.raises(InvalidInput) as refused:
        draft_root(principal=anna, agent=planner.agent, terms=terms(**changes), at=at)
    assert refused.value.code == code


def test_it_gives_nothing_to_an_agent_that_is_not_active(
    anna: Any, planner: Party, terms: Callable[..., Any], consent: dict[str, Any], at: datetime
) -> None:
    from identity.agents.lifecycle import SuspensionReason, suspend
    from identity.agents.models import SuspendedBy

    draft = draft_root(principal=anna, agent=planner.agent, terms=terms(), at=at)
    suspend(
        agent=planner.agent,
        reason=SuspensionReason.MAINTENANCE,
        by=SuspendedBy.CONTROLLER,
        actor=system("tests"),
        at=at,
    )
    with pytest.raises(Conflict) as refused:
        issue_root(draft=draft, evidence=consent, actor=system("tests"), at=at)
    assert refused.value.code == "agent_not_active"


def test_it_replaces_once_and_ends_the_old_link_in_the_same_moment(
    anna: Any, planner: Party, give: Callable[..., Any]
) -> None:
    old = give(anna, planner.agent)
    new = give(anna, planner.agent, replaces=old)
    old.refresh_from_db()
    assert (old.status, old.status_reason) == ("revoked", "replaced")
    assert new.replaces == old
    with pytest.raises(Conflict) as refused:
        give(anna, planner.agent, replaces=old)
    assert refused.value.code == "already_replaced"


def test_it_replaces_only_in_the_same_place(
    anna: Any, acme: Any, planner: Party, buyer: Party, give: Callable[..., Any]
) -> None:
    old = give(anna, planner.agent)
    for principal, agent in ((anna, buyer.agent), (acme, planner.agent)):
        with pytest.raises(InvalidInput) as refused:
            give(principal, agent, replaces=old)
        assert refused.value.code == "replacement_differs"


def test_it_writes_one_event(anna: Any, planner: Party, give: Callable[..., Any]) -> None:
    root = give(anna, planner.agent)
    event = Event.objects.get(kind="delegation.issued")
    assert (event.subject, event.organization) == (root.pk, anna.pk)
    assert event.payload == {"agent": planner.agent.pk, "parent": None, "replaces": None, "consent": "StrongSignIn"}
