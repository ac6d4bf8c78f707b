"""Consent to a root, whichever front door it came through: in force at once, or when its cooling period is over.

What replaces a delegation and is wider than it in any way waits; everything else begins now. Stops a program with a
service key from doing at once what its person, in the console, has a day to think over and to cancel.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.delegation.delegate import draft_root
from identity.delegation.drafts import signed_terms, terms_of_draft
from identity.delegation.link import Terms
from identity.delegation.models import Delegation, DelegationDraft, PendingRaise
from identity.delegation.widening import widenings
from identity.journal.actor import Actor
from identity.spending.links import issue_root
from identity.spending.raises import ask_raise, cooling_period


def begins_later(replaces: Delegation | None, terms: Terms) -> bool:
    """Whether these terms wait out a cooling period before they take the place of ``replaces``."""
    return replaces is not None and bool(widenings(signed_terms(replaces), terms))


def after_cooling(replaces: Delegation | None, terms: Terms, *, at: datetime) -> Terms:
    """The terms as they are to be signed: wider ones do not say that they hold before their cooling period is over."""
    if not begins_later(replaces, terms):
        return terms
    return replace(terms, valid_from=max(terms.valid_from, at + cooling_period()))


def consent_to(
    *, draft: DelegationDraft, evidence: dict[str, Any], actor: Actor, at: datetime
) -> Delegation | PendingRaise:
    """The delegation that the draft became or, where it widens what it replaces, the change that waits.

    Both ends are signed words that never change, so nothing can slip in between the question and the act. Raises what
    ``issue_root`` and ``ask_raise`` raise.
    """
    if begins_later(draft.replaces, terms_of_draft(draft)):
        return ask_raise(draft=draft, evidence=evidence, actor=actor, at=at)
    return issue_root(draft=draft, evidence=evidence, actor=actor, at=at)


def replace_root(
    *,
    principal: Organization,
    agent: Agent,
    terms: Terms,
    replaces: Delegation,
    evidence: dict[str, Any],
    holder_fragment: str | None = None,
    actor: Actor,
    at: datetime,
) -> Delegation | PendingRaise:
    """``draft_root`` and ``consent_to`` in one transaction, for a consent that is not over the draft's words."""
    with transaction.atomic():
        draft = draft_root(
            principal=principal,
            agent=agent,
            terms=after_cooling(replaces, terms, at=at),
            holder_fragment=holder_fragment,
            replaces=replaces,
            actor=actor,
            at=at,
        )
        return consent_to(draft=draft, evidence=evidence, actor=actor, at=at)
