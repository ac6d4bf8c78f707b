"""Domains an organization brings: adding them, applying what a check found, giving them up.

*Unreachable* is not *changed*: only a reachable place without the token counts towards losing a domain, and only
three such answers in a row over at least a day end it.
"""

from __future__ import annotations

import random
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from identity.accounts.bars import refuse_barred_domain, refuse_barred_organization
from identity.accounts.models import Organization
from identity.accounts.noted_assurance import follow_domain_proofs
from identity.agents.vendors import withdraw_domain_proof
from identity.journal.actor import Actor
from identity.journal.kinds import DomainAdded, DomainRemoved, DomainStateChanged
from identity.journal.record import record
from identity.primitives.errors import Conflict, InvalidInput, NotFound
from registry.directory.domain_zone import give_up_zone, open_zone, withhold_zone
from registry.directory.limits import DOMAINS_PER_ORGANIZATION_MAX
from registry.directory.models import Domain, DomainState, Name, ZoneKind
from registry.directory.names import ascii_form, split_labels
from registry.directory.proofs import Look, Method, Sight
from registry.directory.zones import refuse_taken_zone

LOST_AFTER_ANSWERS = 3
LOST_AFTER = timedelta(hours=24)
CHECK_EVERY = timedelta(hours=24)
CHECK_EVERY_WHILE_IN_DOUBT = timedelta(hours=12)
CHECK_EVERY_WHILE_UNREACHABLE = timedelta(hours=6)
PENDING_CHECKED_FOR = timedelta(days=30)
PENDING_CHECK_MIN = timedelta(hours=1)
JITTER = 0.1  # so that domains added together are not checked together for ever
_TOKEN_BYTES = 24
_NOBODYS = frozenset({"localhost", "local", "internal", "test", "invalid", "onion", "alt", "arpa", "localdomain"})
HELD_STATES = (DomainState.PROVEN, DomainState.UNREACHABLE)


def add_domain(*, organization: Organization, domain: str, actor: Actor, at: datetime) -> Domain:
    """Note that the organization wants to prove ``domain``; the returned token goes into the proof. Adding it again
    returns what is there. Raises InvalidInput (``domain_invalid``, ``name_invalid``, ``name_mixed_scripts``),
    Conflict (``domain_limit_reached``, ``name_confusable``) or NotPermitted ``barred``."""
    canonical = checked_domain(domain)
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        refuse_barred_organization(organization, actor=actor, at=at)
        refuse_barred_domain(canonical, at=at)
        known = Domain.objects.filter(organization=organization, domain=canonical).first()
        if known is not None:
            return known
        if Domain.objects.filter(organization=organization).count() >= DOMAINS_PER_ORGANIZATION_MAX:
            raise Conflict(
                "domain_limit_reached", f"An organization has at most {DOMAINS_PER_ORGANIZATION_MAX} domains."
            )
        _refuse_look_alike(canonical)
        row = Domain.objects.create(
            organization=organization,
            domain=canonical,
            token=secrets.token_urlsafe(_TOKEN_BYTES),
            created_at=at,
            next_check_at=at + PENDING_CHECK_MIN,
        )
        record(DomainAdded(domain=canonical), subject=row.pk, actor=actor, at=at, organization=organization.pk)
    return row


def remove_domain(*, domain: Domain, actor: Actor, at: datetime) -> None:
    """Give the domain up. Raises Conflict ``domain_in_use`` while names live under it."""
    with transaction.atomic():
        _lock_organization(domain)
        locked = _lock(domain)
        held = Name.objects.filter(
            zone__label=locked.domain, zone__kind=ZoneKind.DOMAIN, zone__organization_id=locked.organization_id
        )
        if held.exists():
            raise Conflict("domain_in_use", f"Names live under {locked.domain}; release them first.")
        give_up_zone(locked)
        withdraw_domain_proof(domain=locked.domain, organization_id=locked.organization_id, actor=actor, at=at)
        record(
            DomainRemoved(domain=locked.domain),
            subject=locked.pk,
            actor=actor,
            at=at,
            organization=locked.organization_id,
        )
        locked.delete()
        _follow(locked.organization_id, actor=actor, at=at)


def apply_looks(*, domain: Domain, looks: dict[Method, Look], actor: Actor, at: datetime) -> Domain:
    """Let what a check found have its effect; ``at`` is when the looking began, and an older look than the one
    already applied is dropped."""
    with transaction.atomic():
        _lock_organization(domain)
        locked = _lock(domain)
        if locked.checked_at is not None and locked.checked_at > at:
            return locked
        before = locked.state
        _decide(locked, looks, actor=actor, at=at)
        locked.checked_at = at
        locked.last_result = "; ".join(look.detail for look in looks.values())[:200]
        locked.next_check_at = _next_check(locked, at)
        _save(locked)
        if locked.state != before:
            _record_state(locked, actor=actor, at=at)
    return locked


def checked_domain(text: str) -> str:
    """The canonical domain, unless nobody can prove it. Raises InvalidInput."""
    labels = split_labels(text)
    domain = ".".join(labels)
    if len(labels) < 2 or labels[-1] in _NOBODYS or labels[-1].isdigit() or len(ascii_form(domain)) > 240:
        raise InvalidInput("domain_invalid", "Name a registered domain of yours, such as example.com.", field="domain")
    if domain == settings.ROOT_ZONE or domain.endswith(f".{settings.ROOT_ZONE}"):
        raise InvalidInput(
            "domain_invalid", f"Names under {settings.ROOT_ZONE} are registered in zones.", field="domain"
        )
    return domain


def _decide(domain: Domain, looks: dict[Method, Look], *, actor: Actor, at: datetime) -> None:
    found = next((method for method, look in looks.items() if look.sight == Sight.FOUND), None)
    if found is not None:
        _prove(domain, found, actor=actor, at=at)
    elif domain.state in HELD_STATES:
        known = looks.get(Method(domain.method))
        if known is None or known.sight == Sight.UNREACHABLE:
            domain.state = DomainState.UNREACHABLE
        else:
            _doubt(domain, at=at)


def _prove(domain: Domain, method: Method, *, actor: Actor, at: datetime) -> None:
    if domain.state not in HELD_STATES:  # asked for before the bar was raised, proven after it
        refuse_barred_domain(domain.domain, at=at)
    other = Domain.objects.filter(domain=domain.domain, state__in=HELD_STATES).exclude(pk=domain.pk).only("pk").exists()
    if other:
        raise Conflict(
            "domain_taken",
            f"{domain.domain} is proven by another organization. It becomes free once that proof has been gone a day.",
        )
    if domain.state not in HELD_STATES:
        domain.proven_at = at
        open_zone(domain, actor=actor, at=at)
    domain.state, domain.method = DomainState.PROVEN, method
    domain.failures, domain.failing_since = 0, None


def _doubt(domain: Domain, *, at: datetime) -> None:
    """Count a reachable answer without the token."""
    domain.failures += 1
    domain.failing_since = domain.failing_since or at
    if domain.failures >= LOST_AFTER_ANSWERS and at - domain.failing_since >= LOST_AFTER:
        domain.state = DomainState.LOST
        withhold_zone(domain)
    else:
        domain.state = DomainState.PROVEN


def _next_check(domain: Domain, at: datetime) -> datetime | None:
    """When to look again; None once nobody waits for it."""
    if domain.state == DomainState.LOST:
        return None
    if domain.state == DomainState.PENDING:
        age = at - domain.created_at
        if age > PENDING_CHECKED_FOR:
            return None
        return at + _with_jitter(min(max(age, PENDING_CHECK_MIN), CHECK_EVERY))  # doubles as the wait goes on
    if domain.state == DomainState.UNREACHABLE:
        return at + _with_jitter(CHECK_EVERY_WHILE_UNREACHABLE)
    return at + _with_jitter(CHECK_EVERY_WHILE_IN_DOUBT if domain.failures else CHECK_EVERY)


def _with_jitter(pause: timedelta) -> timedelta:
    return pause * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311


def _refuse_look_alike(domain: str) -> None:
    """The same domain of another organization may be asked for (it may have changed hands); a look-alike may not."""
    try:
        refuse_taken_zone(domain)
    except Conflict as refusal:
        if refusal.code != "name_taken":
            raise


def _lock_organization(domain: Domain) -> None:
    """Before its domains, as everybody locks them: what a proof says of the organization may change."""
    Organization.objects.select_for_update(no_key=True).only("pk").get(pk=domain.organization_id)


def _lock(domain: Domain) -> Domain:
    """The row, with those of everybody else who asks for the same domain: two provers at once queue here."""
    rows = Domain.objects.select_for_update(of=["self"]).select_related("organization").filter(domain=domain.domain)
    locked = next((row for row in rows.order_by("pk") if row.pk == domain.pk), None)
    if locked is None:
        raise NotFound("not_found", "There is no such domain.")
    return locked


def _save(domain: Domain) -> None:
    """The partial unique index decides a race of two provers."""
    fields = ["state", "method", "proven_at", "checked_at", "next_check_at", "failures", "failing_since", "last_result"]
    try:
        with transaction.atomic():
            domain.save(update_fields=fields)
    except IntegrityError as error:
        raise Conflict("domain_taken", f"{domain.domain} is proven by another organization.") from error


def _record_state(domain: Domain, *, actor: Actor, at: datetime) -> None:
    if domain.state == DomainState.LOST:  # a vendor that stood on it is worth less from this moment on
        withdraw_domain_proof(domain=domain.domain, organization_id=domain.organization_id, actor=actor, at=at)
    record(
        DomainStateChanged(domain=domain.domain, state=domain.state, method=domain.method or None),
        subject=domain.pk,
        actor=actor,
        at=at,
        organization=domain.organization_id,
    )
    _follow(domain.organization_id, actor=actor, at=at)


def _follow(organization_id: str, *, actor: Actor, at: datetime) -> None:
    """The organization's assurance, by the proofs that it has now."""
    proven = Domain.objects.filter(organization_id=organization_id, state__in=HELD_STATES).exists()
    follow_domain_proofs(organization_id=organization_id, has_proven_domain=proven, actor=actor, at=at)
