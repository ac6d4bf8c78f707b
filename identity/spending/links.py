"""Delegations as their front doors issue and end them: the link and its place in the ledger, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.delegation import delegate, pass_on
from identity.delegation.capacity import Capacity
from identity.delegation.link import Terms
from identity.delegation.models import Delegation, DelegationDraft
from identity.delegation.revoke import RevocationReason, honors_open_authorizations, revoke_delegation
from identity.journal.actor import Actor
from identity.spending.expiry import void_open_holds
from identity.spending.issuing import book_new_link, give_back_reserved


def issue_root(
    *, draft: DelegationDraft, evidence: dict[str, Any], lender: str | None = None, actor: Actor, at: datetime
) -> Delegation:
    """``delegate.issue_root``, with what it reserves or takes over. Raises what both raise."""
    with transaction.atomic():
        delegation = delegate.issue_root(draft=draft, evidence=evidence, lender=lender, actor=actor, at=at)
        book_new_link(delegation=delegation, actor=actor, at=at)
    return delegation


def delegate_root(
    *,
    principal: Organization,
    agent: Agent,
    terms: Terms,
    evidence: dict[str, Any],
    holder_fragment: str | None = None,
    replaces: Delegation | None = None,
    actor: Actor,
    at: datetime,
) -> Delegation:
    """``delegate.delegate_root``, with what it reserves or takes over. Raises what both raise."""
    with transaction.atomic():
        delegation = delegate.delegate_root(
            principal=principal,
            agent=agent,
            terms=terms,
            evidence=evidence,
            holder_fragment=holder_fragment,
            replaces=replaces,
            actor=actor,
            at=at,
        )
        book_new_link(delegation=delegation, actor=actor, at=at)
    return delegation


def register_child(*, credential: dict[str, Any], actor: Actor, at: datetime) -> Delegation:
    """``pass_on.register_child``, with what it reserves or takes over. Raises what both raise."""
    with transaction.atomic():
        delegation = pass_on.register_child(credential=credential, actor=actor, at=at)
        book_new_link(delegation=delegation, actor=actor, at=at)
    return delegation


def revoke(
    *,
    delegation: Delegation,
    reason: RevocationReason,
    capacities: Sequence[Capacity],
    actor: Actor,
    at: datetime,
) -> Delegation:
    """``revoke_delegation``; open authorizations end with it unless the link honours them, and what was set aside for
    it goes back. No capture depends on this having run: each asks for the standing itself."""
    with transaction.atomic():
        revoked = revoke_delegation(delegation=delegation, reason=reason, capacities=capacities, actor=actor, at=at)
        if not honors_open_authorizations(revoked):
            void_open_holds(delegation=revoked.pk, actor=actor, at=at)
        give_back_reserved(delegation=revoked, actor=actor, at=at)
    return revoked
