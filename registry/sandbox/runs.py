"""Beginning, lending, skipping and removing: what a newcomer does herself, besides answering."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from identity.accounts.models import Organization
from identity.delegation.capacity import capacities
from identity.delegation.constraints import Constraint, parse_constraints
from identity.delegation.delegate import draft_root
from identity.delegation.link import Terms
from identity.delegation.models import Delegation, DelegationDraft
from identity.delegation.revoke import RevocationReason
from identity.journal.actor import Actor
from identity.journal.record import record
from identity.journal.sandbox_kinds import SandboxRemoved, SandboxSkipped, SandboxStarted
from identity.primitives.errors import InvalidInput, NotFound
from identity.primitives.money import SANDBOX_CURRENCY
from identity.spending.links import issue_root, revoke
from registry.sandbox.limits import ASKS_ABOVE, AT_ONCE_MAX, LENT, LENT_FOR
from registry.sandbox.models import SandboxRun
from registry.sandbox.parties import sandbox_parties

_XTS: dict[str, Any] = {"currency": SANDBOX_CURRENCY, "exponent": 2}


def start(*, organization: Organization, actor: Actor, at: datetime) -> SandboxRun:
    """A run with its draft, ready to be consented to; the one that is open when there is one. A draft that was left
    until it expired is made anew.

    Raises what ``draft_root`` raises, such as Conflict ``too_many_delegations``, or NotPermitted where the organization
    lets her lend nothing of the kind.
    """
    parties = sandbox_parties(at=at)
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        run = open_run(organization)
        if run is not None and (delegation_of(run) or draft_of(run, at=at)):
            return run
        terms = Terms(constraints=_limits(), valid_from=at, valid_until=at + LENT_FOR, audience=(parties.shop.did,))
        draft = draft_root(principal=organization, agent=parties.agent, terms=terms, actor=actor, at=at)
        if run is not None:
            run.delegation = draft.pk
            run.save(update_fields=["delegation"])
            return run
        run = SandboxRun.objects.create(organization=organization, delegation=draft.pk, started_at=at)
        record(SandboxStarted(), subject=run.pk, actor=actor, at=at, organization=organization.pk)
    return run


def lend(*, run: SandboxRun, evidence: dict[str, Any], actor: Actor, at: datetime) -> Delegation:
    """The consent was given: the registry signs. Done before, it is done. Raises what ``issue_root`` raises, such as
    InvalidInput ``draft_expired``."""
    with transaction.atomic():
        run = locked(run)
        standing = delegation_of(run)
        if standing is not None:
            return standing
        draft = draft_of(run, at=at)
        if draft is None:
            raise InvalidInput("draft_expired", "You waited for more than an hour. Begin again.")
        return issue_root(draft=draft, evidence=evidence, actor=actor, at=at)


def remove(*, organization: Organization, actor: Actor, at: datetime) -> bool:
    """End the open run and revoke what was lent in it, with everything that is still held; whether there was one."""
    with transaction.atomic():
        run = open_run(organization)
        if run is None:
            return False
        run = locked(run)
        delegation = delegation_of(run)
        if delegation is not None and not delegation.is_revoked:
            mine = capacities(delegation, organization=organization)
            reason = RevocationReason.NO_LONGER_NEEDED
            revoke(delegation=delegation, reason=reason, capacities=mine, actor=actor, at=at)
        run.ended_at = at
        run.save(update_fields=["ended_at"])
        record(SandboxRemoved(), subject=run.pk, actor=actor, at=at, organization=organization.pk)
    return True


def skip(*, organization: Organization, actor: Actor, at: datetime) -> None:
    """Ask no more. Nothing when it was ever begun or skipped before."""
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        if SandboxRun.objects.filter(organization=organization).exists():
            return
        run = SandboxRun.objects.create(organization=organization, started_at=at, ended_at=at)
        record(SandboxSkipped(), subject=run.pk, actor=actor, at=at, organization=organization.pk)


def open_run(organization: Organization) -> SandboxRun | None:
    return SandboxRun.objects.filter(organization=organization, ended_at=None).first()


def locked(run: SandboxRun) -> SandboxRun:
    """The run's row, locked: two clicks are taken one after the other. NotFound ``sandbox_ended``."""
    found = SandboxRun.objects.select_for_update(no_key=True).filter(pk=run.pk, ended_at=None).first()
    if found is None:
        raise NotFound("sandbox_ended", "This run of the sandbox was removed. Begin another one.")
    return found


def delegation_of(run: SandboxRun) -> Delegation | None:
    found = Delegation.objects.select_related("agent__organization").filter(pk=run.delegation)
    return found.first() if run.delegation else None


def draft_of(run: SandboxRun, *, at: datetime) -> DelegationDraft | None:
    """What waits for her consent; None when it was given, or when an hour has passed."""
    found = DelegationDraft.objects.select_related("agent__organization", "organization").filter(pk=run.delegation)
    draft = found.first() if run.delegation else None
    return draft if draft is not None and draft.is_open(at) else None


def _limits() -> tuple[Constraint, ...]:
    return parse_constraints(
        [
            {"id": "L1", "type": "total", "amount": LENT, **_XTS, "refundRestores": True},
            {"id": "L2", "type": "per_transaction", "max": AT_ONCE_MAX, **_XTS},
            {"id": "L3", "type": "step_up", "when": {"amountOver": ASKS_ABOVE, **_XTS}, "approvers": "principal"},
        ]
    )
