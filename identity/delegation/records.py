"""Putting a signed link into the register: one row, its event, and the end of the link it replaces."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.credentials.models import StatusEntry
from identity.delegation.limits import CHILDREN_PER_DELEGATION_MAX, DELEGATIONS_PER_PRINCIPAL_MAX
from identity.delegation.link import Link, digest_of
from identity.delegation.models import Delegation, DelegationDraft, DelegationStatus, SetBy
from identity.delegation.status_bits import publish_standing
from identity.journal.actor import Actor
from identity.journal.delegation_kinds import DelegationIssued, DelegationRevoked
from identity.journal.record import record
from identity.primitives.canonical import canonicalize
from identity.primitives.errors import Conflict, InvalidInput

REPLACED = "replaced"


def store_link(
    *,
    delegation_id: str,
    link: Link,
    principal: Organization,
    agent: Agent,
    parent: Delegation | None,
    replaces: Delegation | None,
    status_entry: StatusEntry | None,
    consent: str,
    lent_by: str = "",
    actor: Actor,
    at: datetime,
) -> Delegation:
    """The row of ``link``, in the caller's transaction and under its fences. Conflict ``delegation_exists``."""
    place, terms = link.place, link.terms
    delegation = Delegation(
        id=delegation_id,
        credential_id=place.id,
        credential=canonicalize(link.document),
        digest=digest_of(link.document).hex(),
        root_id=parent.root_id if parent else delegation_id,
        parent=parent,
        path=[*(parent.path if parent else []), delegation_id],
        depth=place.depth,
        max_depth_left=terms.max_further_depth,
        principal=principal,
        principal_did=place.principal,
        issuer_agent=parent.agent if parent else None,
        issuer_did=place.issuer,
        agent=agent,
        holder_thumbprint=place.holder_thumbprint,
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        allocation=terms.allocation,
        on_revocation=terms.on_revocation,
        constraints=[constraint.claim() for constraint in terms.constraints],
        sentence=link.sentence,
        replaces=replaces,
        status_changed_at=at,
        status_entry=status_entry,
        lent_by=lent_by,
        created_at=at,
    )
    if Delegation.objects.filter(credential_id=place.id).exists():
        raise _exists()
    try:
        with transaction.atomic():
            delegation.save(force_insert=True)
    except IntegrityError as error:
        if Delegation.objects.filter(credential_id=place.id).exists():  # registered twice at the same instant
            raise _exists() from error
        raise
    if replaces is not None:
        _end_replaced(replaces, actor=actor, at=at)
    event = DelegationIssued(
        agent=agent.pk,
        parent=parent.pk if parent else None,
        replaces=replaces.pk if replaces else None,
        consent=consent,
    )
    record(event, subject=delegation.pk, actor=actor, at=at, organization=principal.pk)
    return delegation


def require_replaceable(
    replaces: Delegation, *, principal: Organization, agent: Agent, parent: Delegation | None
) -> None:
    """InvalidInput ``replacement_differs``, Conflict ``already_replaced``. A replacement stands in the same place for
    the same agent and carries the usage over, once: two of one link would be two caps."""
    parent_id = parent.pk if parent else None
    if (replaces.principal_id, replaces.agent_id, replaces.parent_id) != (principal.pk, agent.pk, parent_id):
        raise InvalidInput(
            "replacement_differs",
            "A replacement has the principal, the parent and the agent of what it replaces.",
            field="replaces",
        )
    if Delegation.objects.filter(replaces=replaces).exists():
        raise Conflict("already_replaced", "This delegation was replaced before; replace the newer one.")


def refuse_too_many(*, principal: Organization, parent: Delegation | None) -> None:
    """Conflict ``too_many_delegations``."""
    if parent is not None and parent.children.count() >= CHILDREN_PER_DELEGATION_MAX:
        raise Conflict("too_many_delegations", f"A delegation has at most {CHILDREN_PER_DELEGATION_MAX} below it.")
    living = Delegation.objects.filter(principal=principal).exclude(status=DelegationStatus.REVOKED)
    if living.count() >= DELEGATIONS_PER_PRINCIPAL_MAX:
        raise Conflict("too_many_delegations", f"A principal has at most {DELEGATIONS_PER_PRINCIPAL_MAX} delegations.")


def consume_draft(draft: DelegationDraft, *, at: datetime) -> DelegationDraft:
    """The locked draft, used up. Conflict ``draft_already_used``, InvalidInput ``draft_expired``."""
    locked = DelegationDraft.objects.select_for_update().select_related("status_entry").get(pk=draft.pk)
    if locked.consumed_at is not None:
        raise Conflict("draft_already_used", "This draft became a delegation before.")
    if not locked.is_open(at):
        raise InvalidInput("draft_expired", "This draft has expired; make it again.", field="draft")
    locked.consumed_at = at
    locked.save(update_fields=["consumed_at"])
    return locked


def _end_replaced(replaces: Delegation, *, actor: Actor, at: datetime) -> None:
    locked = Delegation.objects.select_for_update(no_key=True, of=["self"]).get(pk=replaces.pk)
    if locked.is_revoked:
        return
    locked.status, locked.status_reason, locked.status_changed_at = DelegationStatus.REVOKED, REPLACED, at
    locked.status_set_by, locked.status_setter = SetBy.REGISTRY, ""
    locked.save(update_fields=["status", "status_reason", "status_changed_at", "status_set_by", "status_setter"])
    publish_standing([locked], at=at)
    event = DelegationRevoked(reason=REPLACED, by=SetBy.REGISTRY.value)
    record(event, subject=locked.pk, actor=actor, at=at, organization=locked.principal_id)


def _exists() -> Conflict:
    return Conflict("delegation_exists", "A delegation with this credential id is registered already.")
