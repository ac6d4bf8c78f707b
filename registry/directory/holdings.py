"""What an organization holds: its names, zones, domains and transfers, looked up within it and nowhere else.

What is another's and what does not exist are the same NotFound, so that nobody can find out who holds what by asking.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.primitives.errors import InvalidInput, NotFound
from registry.directory.models import Domain, DomainState, Name, NameTransfer, TransferState, Zone
from registry.directory.names import parse_name, split_labels


def names_of(organization: Organization) -> QuerySet[Name]:
    """Names it holds, those of claimed agents from other directories included."""
    return Name.objects.filter(
        Q(organization=organization) | Q(organization__isnull=True, agent__organization=organization)
    ).select_related("zone", "agent")


def name_of(organization: Organization, text: str) -> Name:
    """One of its names, in any form a name may be written in. Raises NotFound."""
    try:
        fqn = parse_name(text).fqn
    except InvalidInput:
        fqn = ""
    name = names_of(organization).filter(fqn=fqn).first()
    if name is None:
        raise NotFound("not_found", "There is no such name of your organization.")
    return name


def zone_of(organization: Organization, text: str) -> Zone:
    """One of its zones. Raises NotFound."""
    zone = Zone.objects.filter(organization=organization, label=_canonical(text)).first()
    if zone is None:
        raise NotFound("not_found", "There is no such zone of your organization.")
    return zone


def domain_of(organization: Organization, text: str) -> Domain:
    """One of its domains, proven or not. Raises NotFound."""
    domain = Domain.objects.filter(organization=organization, domain=_canonical(text)).first()
    if domain is None:
        raise NotFound("not_found", "There is no such domain of your organization.")
    return domain


def proven_domains(organization: Organization) -> frozenset[str]:
    """The domains that it holds by proof, those unreachable at the last checks included."""
    rows = Domain.objects.filter(organization=organization, state__in=[DomainState.PROVEN, DomainState.UNREACHABLE])
    return frozenset(rows.values_list("domain", flat=True))


def agent_of(organization: Organization, agent_id: str | None) -> Agent | None:
    """One of its agents, or None when none is asked for. Raises NotFound."""
    if agent_id is None:
        return None
    agent = Agent.objects.filter(organization=organization, pk=agent_id).first()
    if agent is None:
        raise NotFound("not_found", "There is no such agent of your organization.", field="agent")
    return agent


def transfers_of(organization: Organization) -> QuerySet[NameTransfer]:
    """Transfers from or to it."""
    return NameTransfer.objects.filter(Q(origin=organization) | Q(to=organization)).select_related(
        "name", "origin", "to"
    )


def transferring_ids(names: Iterable[Name], *, at: datetime) -> set[str]:
    """Ids of those names that are on their way to another organization; one query for all."""
    pending = NameTransfer.objects.filter(name__in=list(names), state=TransferState.PENDING, expires_at__gt=at)
    return set(pending.values_list("name_id", flat=True))


def _canonical(text: str) -> str:
    try:
        return ".".join(split_labels(text))
    except InvalidInput:
        return ""
