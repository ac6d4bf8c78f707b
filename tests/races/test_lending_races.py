"""A rule that is lowered, and a role that is taken away, while somebody signs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from identity.accounts.models import Membership, Organization, Role, User
from identity.accounts.organizations import add_member, change_role
from identity.delegation.delegate import draft_root, strong_sign_in_evidence
from identity.delegation.lending_bounds import NOTHING, Bounds, Ceiling
from identity.delegation.lending_rules import set_lending_rule
from identity.delegation.models import Delegation, DelegationDraft
from identity.journal.actor import Actor, ActorKind
from identity.journal.models import Event
from identity.primitives.errors import NotPermitted
from identity.spending.links import issue_root
from tests.spending.conftest import TOTAL_500, Holder, make_holder, make_terms, planner

__all__ = ["make_holder", "planner"]
pytestmark = pytest.mark.django_db(transaction=True)
SIGNERS = 4


@pytest.fixture
def lena(acme: Organization, alice: User, make_person: Callable[..., User], at: datetime) -> User:
    person = make_person("Lena")
    add_member(organization=acme, user=person, role=Role.LENDER, actor=Actor(ActorKind.USER, alice.pk), at=at)
    return person


@pytest.fixture
def drafts(acme: Organization, alice: User, lena: User, planner: Holder, at: datetime) -> list[DelegationDraft]:
    """Of Lena's, all within the rule as it stands."""
    by_alice, by_lena = Actor(ActorKind.USER, alice.pk), Actor(ActorKind.USER, lena.pk)
    bounds = Bounds(may_lend=True, open_max=2, ceilings=(Ceiling(currency="EUR", total=50_000),))
    set_lending_rule(organization=acme, role=Role.LENDER, bounds=bounds, actor=by_alice, at=at)
    terms = make_terms(at, TOTAL_500)
    return [
        draft_root(principal=acme, agent=planner.agent, terms=terms, actor=by_lena, at=at) for _each in range(SIGNERS)
    ]


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    together = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            together.wait()
            return act()
        except NotPermitted as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as threads:
        return [each.result(timeout=60) for each in [threads.submit(run, act) for act in acts]]


def signing(draft: DelegationDraft, lena: User, at: datetime) -> Callable[[], str]:
    def sign() -> str:
        fresh = DelegationDraft.objects.select_related("organization", "agent__organization", "replaces").get(
            pk=draft.pk
        )
        evidence = strong_sign_in_evidence(method="webauthn", signed_in_at=at)
        return issue_root(draft=fresh, evidence=evidence, actor=Actor(ActorKind.USER, lena.pk), at=at).pk

    return sign


def test_nothing_is_lent_after_the_rule_was_lowered(
    acme: Organization, alice: User, lena: User, drafts: list[DelegationDraft], at: datetime
) -> None:
    def lower() -> None:
        set_lending_rule(
            organization=acme, role=Role.LENDER, bounds=NOTHING, actor=Actor(ActorKind.USER, alice.pk), at=at
        )

    results = at_once(lower, *(signing(draft, lena, at) for draft in drafts[:2]))
    lowered = Event.objects.filter(kind="lending_rule.changed").latest("id")
    issued = Event.objects.filter(kind="delegation.issued")
    assert issued.count() == Delegation.objects.count() == sum(str(each).startswith("dlg_") for each in results[1:])
    assert set(results[1:]) <= {"lending_not_allowed", *issued.values_list("subject", flat=True)}
    assert signing_refused(drafts[2], lena, at) == "lending_not_allowed"
    assert lowered.payload["may_lend"] is False


def test_two_consents_of_one_person_do_not_both_take_the_last_place(
    lena: User, drafts: list[DelegationDraft], at: datetime
) -> None:
    results = at_once(*(signing(draft, lena, at) for draft in drafts))
    assert results.count("lending_rule_exceeded") == SIGNERS - 2
    assert Delegation.objects.filter(lent_by=lena.pk).count() == 2


def test_a_role_taken_away_and_a_consent_never_wait_for_each_other_in_a_ring(
    acme: Organization, alice: User, lena: User, drafts: list[DelegationDraft], at: datetime
) -> None:
    membership = Membership.objects.get(organization=acme, user=lena)

    def demote() -> None:
        change_role(membership=membership, role=Role.AUDITOR, actor=Actor(ActorKind.USER, alice.pk), at=at)

    at_once(demote, *(signing(draft, lena, at) for draft in drafts[:2]))
    assert Membership.objects.get(pk=membership.pk).role == Role.AUDITOR
    assert signing_refused(drafts[2], lena, at) in ("lending_not_allowed", "consent_not_given")


def signing_refused(draft: DelegationDraft, lena: User, at: datetime) -> str:
    with pytest.raises(NotPermitted) as refused:
        signing(draft, lena, at)()
    return refused.value.code
