"""Vendors: whom agents buy from. A vendor is an agent's record with a shop behind it, so that its DID, its keys, its
standing and its signed requests are those every identity here has."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from identity.agents.enroll import lock_living
from identity.agents.models import Agent, AgentStatus, Vendor
from identity.journal.actor import Actor
from identity.journal.record import record
from identity.journal.spending_kinds import VendorChanged, VendorRegistered
from identity.primitives.errors import Conflict, InvalidInput

DOMAINS_PER_VENDOR_MAX = 10  # a shop with more is several shops
CLUSTER_LENGTH_MAX = 64
ASSURANCE_SELF_ASSERTED = 0
ASSURANCE_DOMAIN_PROVEN = 1
ASSURANCE_MAX = 3
_MCC = re.compile(r"[0-9]{4}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
# Letters, digits, hyphens and dots of any script: whether it can be proven is for the proof to say.
_DOMAIN = re.compile(r"(?=.{4,253}\Z)(?:[\w-]{1,63}\.)+[\w-]{1,63}")


def register_vendor(
    *,
    agent: Agent,
    mcc: str,
    country: str,
    domains: Sequence[str] = (),
    proven_domains: Collection[str] = (),
    actor: Actor,
    at: datetime,
) -> Vendor:
    """Make an active agent a vendor: assurance 1 when every domain it names is in ``proven_domains``, else 0.

    ``mcc`` is an ISO 18245 merchant category, ``country`` ISO 3166-1 alpha-2. Registering again changes them; a level
    above 1 was given by an operator for what stood there before, so a change takes it back to what is proven.
    Raises InvalidInput ``vendor_mcc``, ``vendor_country``, ``vendor_domains``; Conflict ``vendor_agent_not_active``.
    """
    _check(mcc=mcc, country=country, domains=domains)
    level = proven_level(domains, proven_domains)
    with transaction.atomic():
        agent = lock_living(agent)
        if agent.status != AgentStatus.ACTIVE:
            raise Conflict("vendor_agent_not_active", "Only an active agent can be registered as a vendor.")
        values = {"mcc": mcc, "country": country, "domains": list(domains), "assurance_level": level}
        vendor, is_new = Vendor.objects.select_for_update().get_or_create(
            agent=agent, defaults={**values, "created_at": at}
        )
        changed = [] if is_new else [name for name, value in values.items() if getattr(vendor, name) != value]
        if is_new:
            event: VendorRegistered | VendorChanged = VendorRegistered(mcc, country, list(domains), level)
        elif changed:
            for name in changed:
                setattr(vendor, name, values[name])
            vendor.save(update_fields=changed)
            event = VendorChanged(changed, level)
        else:
            return vendor
        record(event, subject=agent.pk, actor=actor, at=at, organization=agent.organization_id)
    return vendor


def set_vendor_assurance(*, vendor: Vendor, level: int, actor: Actor, at: datetime) -> Vendor:
    """The registry's own finding: 2 the legal entity was verified, 3 on site or by payment. The word of an operator.

    Raises InvalidInput ``vendor_assurance``."""
    if not ASSURANCE_SELF_ASSERTED <= level <= ASSURANCE_MAX:
        raise InvalidInput("vendor_assurance", f"An assurance level is 0 to {ASSURANCE_MAX}.", field="assurance_level")
    with transaction.atomic():
        agent = lock_living(vendor.agent)
        vendor = Vendor.objects.select_for_update().get(pk=vendor.pk)
        if vendor.assurance_level != level:
            vendor.assurance_level = level
            vendor.save(update_fields=["assurance_level"])
            event = VendorChanged(["assurance_level"], level)
            record(event, subject=agent.pk, actor=actor, at=at, organization=agent.organization_id)
    return vendor


def withdraw_domain_proof(*, domain: str, organization_id: str, actor: Actor, at: datetime) -> int:
    """Nobody shows any more that this organization holds ``domain``: its vendors that stood on it fall to level 0.
    Returns how many. For the transaction in which the proof is lost."""
    fallen = Vendor.objects.select_for_update().filter(
        agent__organization_id=organization_id, domains__contains=[domain], assurance_level__gt=ASSURANCE_SELF_ASSERTED
    )
    with transaction.atomic():
        vendors = list(fallen.order_by("agent_id"))
        for vendor in vendors:
            vendor.assurance_level = ASSURANCE_SELF_ASSERTED
            vendor.save(update_fields=["assurance_level"])
            event = VendorChanged(["assurance_level"], ASSURANCE_SELF_ASSERTED)
            record(event, subject=vendor.agent_id, actor=actor, at=at, organization=organization_id)
    return len(vendors)


def proven_level(domains: Sequence[str], proven_domains: Collection[str]) -> int:
    """1 when there is a domain and each is proven. One proven domain must not lend its word to another."""
    is_proven = bool(domains) and set(domains) <= set(proven_domains)
    return ASSURANCE_DOMAIN_PROVEN if is_proven else ASSURANCE_SELF_ASSERTED


def _check(*, mcc: str, country: str, domains: Sequence[str]) -> None:
    """Stops, besides mistakes, a vendor whose "domain" is a sentence: domains stand in the text that a human signs."""
    if not _MCC.fullmatch(mcc):
        raise InvalidInput("vendor_mcc", "A merchant category is four digits (ISO 18245).", field="mcc")
    if not _COUNTRY.fullmatch(country):
        raise InvalidInput("vendor_country", "A country is two capital letters (ISO 3166-1).", field="country")
    if len(domains) > DOMAINS_PER_VENDOR_MAX or len(set(domains)) != len(domains):
        raise InvalidInput(
            "vendor_domains", f"A vendor names at most {DOMAINS_PER_VENDOR_MAX} domains, each once.", field="domains"
        )
    if not all(_DOMAIN.fullmatch(domain) and domain == domain.lower() for domain in domains):
        raise InvalidInput("vendor_domains", "A domain reads like shop.example, in small letters.", field="domains")
