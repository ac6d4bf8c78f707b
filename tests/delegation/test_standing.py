"""Suspended, resumed, revoked, frozen: by whom, how far, and that nothing comes back that must not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from identity.agents.lifecycle import DeactivationReason, deactivate, reinstate, suspend
from identity.agents.lifecycle import SuspensionReason as AgentReason
from identity.agents.models import SuspendedBy
from identity.delegation.capacity import BY_REGISTRY, Capacity, capacities
from identity.delegation.freeze import freeze_principal, unfreeze_principal
from identity.delegation.models import Delegation, SetBy
from identity.delegation.readers import publish_what_follows
from identity.delegation.revoke import (
    RevocationReason,
    SuspensionReason,
    honors_open_authorizations,
    resume_delegation,
    revoke_delegation,
    suspend_delegation,
)
from identity.delegation.standing import standing_of
from identity.journal.actor import system
from identity.journal.models import Event
from identity.primitives.errors import AttornError, Conflict, NotPermitted
from tests.delegation.conftest import Party

pytestmark = pytest.mark.django_db

Make = Callable[..., Any]
BY = system("tests")


@pytest.fixture
def chain(anna: Any, planner: Party, buyer: Party, give: Make, pass_on: Make) -> tuple[Delegation, Delegation]:
    root = give(anna, planner.agent)
    return root, pass_on(root, planner, buyer)


def codes(delegation: Delegation, at: datetime) -> list[tuple[str, int]]:
    return [(reason.code, reason.link_depth) for reason in standing_of(delegation, at=at).reasons]


def revoke(delegation: Delegation, who: Any, at: datetime, reason: RevocationReason = RevocationReason.MISUSE) -> Any:
    return revoke_delegation(delegation=delegation, reason=reason, capacities=who, actor=BY, at=at)


def pause(delegation: Delegation, who: Any, at: datetime) -> Any:
    return suspend_delegation(delegation=delegation, reason=SuspensionReason.PAUSED, capacities=who, actor=BY, at=at)


def resume(delegation: Delegation, who: Any, at: datetime) -> Any:
    return resume_delegation(delegation=delegation, capacities=who, actor=BY, at=at)


def test_it_ends_everything_below_with_one_row(chain: tuple[Delegation, Delegation], anna: Any, at: datetime) -> None:
    root, child = chain
    revoke(root, capacities(root, organization=anna), at)
    assert codes(child, at) == [("chain_link_revoked", 0)]
    assert standing_of(child, at=at).status == "revoked"
    child.refresh_from_db()
    assert child.status == "active"


def test_it_never_comes_back(chain: tuple[Delegation, Delegation], anna: Any, at: datetime) -> None:
    root, _ = chain
    who = capacities(root, organization=anna)
    revoke(root, who, at)
    for attempt in (revoke, pause, resume):
        with pytest.raises(Conflict) as refused:
            attempt(root, who, at)
        assert refused.value.code == "delegation_revoked"
    with pytest.raises(IntegrityError), transaction.atomic():
        Delegation.objects.filter(pk=root.pk).update(status="active", status_set_by="")


def test_it_lets_nothing_else_of_a_link_change(chain: tuple[Delegation, Delegation]) -> None:
    for change in ({"valid_until": chain[0].valid_until + timedelta(days=1)}, {"constraints": []}, {"depth": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Delegation.objects.filter(pk=chain[1].pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Delegation.objects.filter(pk=chain[1].pk).delete()


def test_it_knows_in_which_capacity_each_party_comes(
    chain: tuple[Delegation, Delegation], anna: Any, acme: Any, planner: Party, buyer: Party
) -> None:
    root, child = chain

    def kinds(delegation: Delegation, **who: Any) -> list[str]:
        return [str(capacity.kind) for capacity in capacities(delegation, **who)]

    assert kinds(root, organization=anna) == kinds(child, organization=anna) == ["principal"]
    assert kinds(child, agent=planner.agent) == ["issuer"]
    assert kinds(child, agent=buyer.agent) == ["holder"]
    assert kinds(root, agent=buyer.agent) == []
    assert kinds(child, organization=acme) == ["issuer", "holder"]
    assert kinds(child) == []


def test_it_is_revoked_by_those_above_and_not_by_its_holder(
    chain: tuple[Delegation, Delegation], planner: Party, buyer: Party, at: datetime
) -> None:
    root, child = chain
    with pytest.raises(NotPermitted) as refused:
        revoke(child, capacities(child, agent=buyer.agent), at)
    assert refused.value.code == "delegation_not_yours"
    with pytest.raises(NotPermitted):
        revoke(root, capacities(root, agent=planner.agent), at)
    revoke(child, capacities(child, agent=planner.agent), at)


def test_it_is_suspended_by_its_holder_too_and_lifted_by_the_setter_only(
    chain: tuple[Delegation, Delegation], anna: Any, planner: Party, buyer: Party, at: datetime
) -> None:
    _, child = chain
    holder, issuer = capacities(child, agent=buyer.agent), capacities(child, agent=planner.agent)
    principal = capacities(child, organization=anna)
    pause(child, holder, at)
    with pytest.raises(NotPermitted) as refused:
        resume(child, principal, at)
    assert refused.value.code == "suspended_by_another"
    pause(child, issuer, at)  # takes it over
    with pytest.raises(NotPermitted):
        resume(child, holder, at)
    with pytest.raises(Conflict):
        pause(child, holder, at)
    resume(child, issuer, at)
    assert standing_of(child, at=at).is_active


def test_it_leaves_to_the_registry_what_the_registry_set(
    chain: tuple[Delegation, Delegation], anna: Any, at: datetime
) -> None:
    root, _ = chain
    pause(root, [BY_REGISTRY], at)
    with pytest.raises(NotPermitted):
        resume(root, capacities(root, organization=anna), at)
    resume(root, [BY_REGISTRY], at)


def test_it_is_nothing_to_strangers(chain: tuple[Delegation, Delegation], at: datetime) -> None:
    for act in (revoke, pause, resume):
        with pytest.raises(AttornError) as refused:
            act(chain[0], (), at)
        assert refused.value.code == "delegation_not_yours"


def test_it_does_not_lift_for_another_agent_of_the_same_kind(
    chain: tuple[Delegation, Delegation], planner: Party, at: datetime
) -> None:
    _, child = chain
    pause(child, capacities(child, agent=planner.agent), at)
    another = Capacity(SetBy.ISSUER, "agt_other", frozenset({"agt_other"}))
    with pytest.raises(NotPermitted):
        resume(child, [another], at)


def test_it_follows_the_agents_of_the_path(
    chain: tuple[Delegation, Delegation], planner: Party, buyer: Party, at: datetime
) -> None:
    root, child = chain
    suspend(agent=planner.agent, reason=AgentReason.MAINTENANCE, by=SuspendedBy.CONTROLLER, actor=BY, at=at)
    assert codes(root, at) == codes(child, at) == [("agent_suspended", 0)]
    reinstate(agent=planner.agent, by=SuspendedBy.CONTROLLER, actor=BY, at=at)
    assert standing_of(child, at=at).is_active
    deactivate(agent=buyer.agent, reason=DeactivationReason.UNSPECIFIED, actor=BY, at=at)
    assert codes(child, at) == [("agent_revoked", 1)]
    assert standing_of(root, at=at).is_active


def test_it_begins_and_ends_by_itself(chain: tuple[Delegation, Delegation], at: datetime) -> None:
    root, child = chain
    assert standing_of(child, at=at - timedelta(seconds=1)).status == "not_yet_valid"
    assert standing_of(child, at=child.valid_until - timedelta(seconds=1)).is_active
    assert standing_of(child, at=root.valid_until).status == "expired"


def test_it_pauses_everything_of_a_principal_and_goes_on(
    chain: tuple[Delegation, Delegation], anna: Any, acme: Any, buyer: Party, give: Make, consent: Any, at: datetime
) -> None:
    of_acme = give(acme, buyer.agent)
    freeze_principal(principal=anna, actor=BY, at=at)
    freeze_principal(principal=anna, actor=BY, at=at)
    assert all(codes(link, at) == [("frozen_by_principal", 0)] for link in chain)
    assert standing_of(of_acme, at=at).is_active
    assert Event.objects.filter(kind="principal.frozen").count() == 1
    with pytest.raises(Conflict) as refused:
        give(anna, buyer.agent)
    assert refused.value.code == "principal_frozen"
    unfreeze_principal(principal=anna, evidence=consent, actor=BY, at=at)
    assert all(standing_of(link, at=at).is_active for link in chain)
    with pytest.raises(Conflict):
        unfreeze_principal(principal=anna, evidence=consent, actor=BY, at=at)


def test_it_honours_open_authorizations_only_when_nothing_went_wrong(
    anna: Any, planner: Party, give: Make, at: datetime
) -> None:
    wanted = {
        ("honor_open_holds", RevocationReason.NO_LONGER_NEEDED): True,
        ("honor_open_holds", RevocationReason.MISUSE): False,
        ("void_open_holds", RevocationReason.NO_LONGER_NEEDED): False,
    }
    for (choice, reason), honoured in wanted.items():
        root = give(anna, planner.agent, on_revocation=choice)
        ended = revoke(root, capacities(root, organization=anna), at, reason)
        assert honors_open_authorizations(ended) is honoured


def bits(delegation: Delegation, at: datetime) -> str:
    entry = delegation.status_entry
    assert entry is not None
    entry.refresh_from_db()
    return str(entry.status(at))


def test_it_sets_its_own_bit_at_once_and_those_below_by_the_reader(
    chain: tuple[Delegation, Delegation], anna: Any, at: datetime
) -> None:
    root, child = chain
    who = capacities(root, organization=anna)
    pause(root, who, at)
    assert (bits(root, at), bits(child, at)) == ("suspended", "active")
    publish_what_follows(list(Event.objects.all()))
    assert bits(child, at + timedelta(days=1)) == "suspended"
    resume(root, who, at)
    publish_what_follows(list(Event.objects.all()))
    assert (bits(root, at), bits(child, at)) == ("active", "active")
    revoke(root, who, at)
    publish_what_follows(list(Event.objects.all()))
    assert bits(child, at + timedelta(days=1)) == "revoked"


def test_it_publishes_frozen_principals_and_suspended_agents(
    chain: tuple[Delegation, Delegation], anna: Any, planner: Party, consent: Any, at: datetime
) -> None:
    later = at + timedelta(days=1)
    freeze_principal(principal=anna, actor=BY, at=at)
    publish_what_follows(list(Event.objects.all()))
    assert [bits(link, later) for link in chain] == ["suspended", "suspended"]
    suspend(agent=planner.agent, reason=AgentReason.MAINTENANCE, by=SuspendedBy.CONTROLLER, actor=BY, at=at)
    unfreeze_principal(principal=anna, evidence=consent, actor=BY, at=at)
    publish_what_follows(list(Event.objects.all()))
    assert [bits(link, later) for link in chain] == ["suspended", "suspended"]
    reinstate(agent=planner.agent, by=SuspendedBy.CONTROLLER, actor=BY, at=at)
    publish_what_follows(list(Event.objects.all()))
    assert [bits(link, later) for link in chain] == ["active", "active"]
