"""A team around Acme, for tests that open every page: Dora, who may lend and answer, has left traces to clear up."""

from __future__ import annotations

from datetime import datetime, timedelta

from identity.accounts.models import Organization, Role, User
from identity.accounts.organizations import add_member
from identity.accounts.permissions import Permission
from identity.accounts.service_keys import create_service_key
from identity.delegation.absences import set_absence
from identity.delegation.approver_groups import make_group
from identity.delegation.delegate import strong_sign_in_evidence
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind
from identity.spending.links import delegate_root
from tests.spending.conftest import TOTAL_500, make_terms


def team_places(acme: Organization, alice: User, lent: Delegation, *, at: datetime) -> dict[str, str]:
    """What stands in the addresses of the team's pages. ``lent`` is a delegation of Acme's: its agent gets another."""
    dora = User.objects.create_user("dora@example.org", display_name="Dora")
    by_alice, by_dora = Actor(ActorKind.USER, alice.pk), Actor(ActorKind.USER, dora.pk)
    hers = add_member(organization=acme, user=dora, role=Role.ADMINISTRATOR, actor=by_alice, at=at)
    owners = acme.memberships.get(user=alice)
    group = make_group(organization=acme, name="Finance", needed=2, people=[owners.pk, hers.pk], actor=by_alice, at=at)
    absence = set_absence(
        membership=owners,
        stand_in=hers,
        begins_at=at + timedelta(days=3),
        ends_at=at + timedelta(days=9),
        actor=by_alice,
        at=at,
    )
    delegate_root(
        principal=acme,
        agent=lent.agent,
        terms=make_terms(at, TOTAL_500),
        evidence=strong_sign_in_evidence(method="passkey", signed_in_at=at),
        actor=by_dora,
        at=at,
    )
    create_service_key(
        organization=acme,
        name="Nightly export",
        scopes=[Permission.AGENTS_READ],
        expires_at=None,
        actor=by_dora,
        at=at,
        created_by=dora,
    )
    return {"membership_id": hers.pk, "group_id": group.pk, "absence_id": absence.pk}
