"""Checking domains: one on demand, and the due ones by any number of workers at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from identity.credentials.dns import lookup_txt
from identity.credentials.fetch import fetch
from identity.journal.actor import Actor, system
from identity.primitives.errors import AttornError, Conflict, NotPermitted
from registry.directory.domains import apply_looks
from registry.directory.models import Domain, DomainState
from registry.directory.proofs import Fetch, Look, LookupTxt, Method, Sight, look_in_dns, look_in_file

BATCH = 50
LEASE = timedelta(minutes=10)  # longer than any check of a batch; a worker that dies leaves its rows due again


def check_domain(
    *, domain: Domain, actor: Actor, at: datetime, lookup: LookupTxt = lookup_txt, get: Fetch = fetch
) -> Domain:
    """Look for the proof and apply what was found. The network is asked outside of any transaction.

    Raises Conflict (``domain_taken``, ``name_confusable``) or NotPermitted ``barred``.
    """
    return apply_looks(domain=domain, looks=look(domain, lookup=lookup, get=get), actor=actor, at=at)


def look(domain: Domain, *, lookup: LookupTxt = lookup_txt, get: Fetch = fetch) -> dict[Method, Look]:
    """The DNS first; the file is asked only when the DNS has no proof."""
    looks = {Method.DNS: look_in_dns(domain.domain, domain.token, lookup=lookup)}
    if looks[Method.DNS].sight != Sight.FOUND:
        looks[Method.HTTPS] = look_in_file(domain.domain, domain.token, get=get)
    return looks


def claim_due_domains(*, at: datetime, limit: int = BATCH) -> list[Domain]:
    """Take domains that are due so that no other worker takes them too; they are due again after the lease."""
    with transaction.atomic():
        due = list(
            Domain.objects.select_for_update(skip_locked=True, of=["self"])
            .select_related("organization")
            .filter(next_check_at__lte=at)
            .exclude(state=DomainState.LOST)
            .order_by("next_check_at")[:limit]
        )
        Domain.objects.filter(pk__in=[domain.pk for domain in due]).update(next_check_at=at + LEASE)
    return due


def check_due_domains(*, at: datetime, lookup: LookupTxt = lookup_txt, get: Fetch = fetch) -> int:
    """Check what is due, one batch; returns how many. Safe to run twice and beside itself."""
    due = claim_due_domains(at=at)
    for domain in due:
        try:
            check_domain(domain=domain, actor=system("check_due_domains"), at=at, lookup=lookup, get=get)
        except (Conflict, NotPermitted) as refusal:
            _note_refusal(domain, refusal, at=at)
    return len(due)


def _note_refusal(domain: Domain, refusal: AttornError, *, at: datetime) -> None:
    Domain.objects.filter(pk=domain.pk).update(
        last_result=refusal.detail[:200], checked_at=at, next_check_at=at + timedelta(days=1)
    )
