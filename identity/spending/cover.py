"""Insurance and bonds by credential: what counts of those attached to an agent, as it stands now.

An insurer's credential is attached like any other (``credentials.watch``), which verifies it, asks its lists and its
issuer's keys from then on, and says at each instant what it is worth. Here it is only read. What was read counts for an
hour and is read again each minute, so that nobody is insured on the word of workers that stand still.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q

from identity.agents.models import Agent
from identity.credentials.jws import parse_jws
from identity.credentials.models import WatchedCredential
from identity.credentials.watch.report import watched_of
from identity.credentials.watch.states import WatchState
from identity.delegation.constraints.lists import is_action
from identity.journal.actor import system
from identity.primitives.canonical import parse_json
from identity.primitives.errors import AttornError
from identity.primitives.money import Money
from identity.spending.models import AgentTerms
from identity.spending.reference_rates import CEILING_CURRENCY
from identity.spending.terms import Cover, set_bond, set_insurance

INSURANCE_TYPE = "InsuranceCredential"
BOND_TYPE = "BondCredential"
COUNTS_FOR = timedelta(hours=1)
READ_AGAIN_WITHIN = timedelta(minutes=30)  # of the end of what was read
ACTIONS_MAX = 100
ACTOR = system("cover")


def follow_covers(*, at: datetime) -> int:
    """Bring the terms of every agent that somebody answers for, or did, to what its credentials say; how many
    changed. Safe to run twice and beside itself."""
    kinds = Q(type__in=(INSURANCE_TYPE, BOND_TYPE), issuer__in=settings.INSURERS, seen="attached")
    attached = set(WatchedCredential.objects.filter(kinds).values_list("agent_id", flat=True))
    counted = set(AgentTerms.objects.filter(Q(insured_up_to__gt=0) | Q(bond__gt=0)).values_list("pk", flat=True))
    return sum(follow_cover(agent=agent, at=at) for agent in Agent.objects.filter(pk__in=attached | counted))


def follow_cover(*, agent: Agent, at: datetime) -> bool:
    """Let the agent's insurance and bond be the largest that its attached credentials support now; whether that
    changed anything. What operators or tests set without a credential is theirs to end: it is replaced here too."""
    terms = AgentTerms.objects.filter(pk=agent.pk).first() or AgentTerms(agent=agent)
    covers = _valid_covers(agent, at=at)
    insurance = max(covers[INSURANCE_TYPE], key=_worth, default=None)
    bond = max(covers[BOND_TYPE], key=_worth, default=None)
    is_changed = False
    if _differs(insurance, _insurance_of(terms), at=at):
        set_insurance(agent=agent, cover=insurance, actor=ACTOR, at=at)
        is_changed = True
    if _differs(bond, _bond_of(terms), at=at):
        set_bond(agent=agent, cover=bond, actor=ACTOR, at=at)
        is_changed = True
    return is_changed


def read_cover(document: dict[str, Any], *, until: datetime) -> Cover | None:
    """What a verified credential promises: ``insuredUpTo`` for ``coveredActions``, or ``bond``, in euros. None when it
    does not say so in a form that can be counted on."""
    subject = document.get("credentialSubject")
    kinds = document.get("type")
    if not isinstance(subject, dict) or not isinstance(kinds, list):
        return None
    is_bond = BOND_TYPE in kinds
    try:
        money = Money.from_claim(subject.get("bond" if is_bond else "insuredUpTo"))
    except AttornError:
        return None
    actions = () if is_bond else _actions(subject.get("coveredActions"))
    issuer, certificate = document.get("issuer"), document.get("id")
    by = issuer.get("id") if isinstance(issuer, dict) else issuer
    named = isinstance(by, str) and isinstance(certificate, str) and 0 < len(certificate) <= 300
    if money.currency != CEILING_CURRENCY or not money.amount or actions is None or not named:
        return None
    return Cover(amount=money.amount, by=str(by), certificate=str(certificate), until=until, actions=actions)


def _valid_covers(agent: Agent, *, at: datetime) -> dict[str, list[Cover]]:
    """By type. Stops an insurer that nobody admitted, and a credential that was only shown once, from counting."""
    found: dict[str, list[Cover]] = {INSURANCE_TYPE: [], BOND_TYPE: []}
    known = [one for one in watched_of([agent.pk]).get(agent.pk, ()) if one.is_attached and one.type in found]
    valid = [one.id for one in known if one.issuer in settings.INSURERS and one.standing(at).state == WatchState.VALID]
    for row in WatchedCredential.objects.filter(pk__in=valid).order_by("pk"):
        until = min(row.valid_until, at + COUNTS_FOR) if row.valid_until else None
        document = _document(bytes(row.document))
        cover = read_cover(document, until=until) if until and document else None
        if cover is not None and cover.by == row.issuer:
            found[row.type].append(cover)
    return found


def _document(raw: bytes) -> dict[str, Any] | None:
    """The credential as it was kept: a JSON object, or a token whose payload it is."""
    try:
        document = parse_json(raw) if raw.lstrip()[:1] == b"{" else parse_jws(raw.decode()).payload
    except (AttornError, UnicodeDecodeError):
        return None
    return document if isinstance(document, dict) else None


def _actions(value: Any) -> tuple[str, ...] | None:
    """None for anything that is not a list of actions: what cannot be read covers nothing."""
    if not isinstance(value, list) or len(value) > ACTIONS_MAX:
        return None
    return tuple(value) if all(isinstance(one, str) and is_action(one) for one in value) else None


def _worth(cover: Cover) -> tuple[int, str]:
    return cover.amount, cover.certificate


def _insurance_of(terms: AgentTerms) -> Cover | None:
    if not terms.insured_up_to or terms.insured_until is None:
        return None
    return Cover(
        amount=terms.insured_up_to,
        by=terms.insurer,
        certificate=terms.certificate,
        until=terms.insured_until,
        actions=tuple(terms.insured_actions),
    )


def _bond_of(terms: AgentTerms) -> Cover | None:
    if not terms.bond or terms.bond_until is None:
        return None
    return Cover(amount=terms.bond, by=terms.surety, certificate=terms.bond_certificate, until=terms.bond_until)


def _differs(wanted: Cover | None, counted: Cover | None, *, at: datetime) -> bool:
    """Whether it says something else, or its end comes near and may be moved on."""
    if wanted is None or counted is None:
        return wanted is not counted
    is_same = replace(wanted, until=counted.until) == counted
    ends_soon = counted.until < wanted.until and counted.until - at < READ_AGAIN_WITHIN
    return not is_same or ends_soon or wanted.until < counted.until
