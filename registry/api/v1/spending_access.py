"""Who is calling about a spend: the vendor, the spending agent's side, or the principal."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from identity.accounts.permissions import Permission
from identity.agents.models import Agent
from identity.primitives.errors import InvalidInput, NotFound
from identity.spending.disclosure import Tier
from identity.spending.models import Authorization
from registry.api.authentication import Caller
from registry.api.idempotency import HEADER, KeyedRequest, keyed_request
from registry.api.v1.agent_access import require_permission
from registry.api.views import Resource


def require_spending_scope(caller: Caller, permission: Permission) -> None:
    """A service key needs the scope; an agent by its own signature acts for itself without one."""
    if caller.agent is None:
        require_permission(caller, permission)


def require_idempotency_key(view: Resource) -> KeyedRequest:
    """InvalidInput ``idempotency_key_required``: a spend that cannot be repeated safely is not taken."""
    request = view.request
    header = request.headers.get(HEADER)
    if header is None:
        raise InvalidInput("idempotency_key_required", f"Send an {HEADER}, and the same one when you try again.")
    return keyed_request(
        header=header,
        caller=str(view.caller.actor),
        method=str(request.method),
        path=request.path,
        query=request.META.get("QUERY_STRING", ""),
        body=request._request.body,
    )


def agents_of(caller: Caller) -> QuerySet[Agent]:
    """The agents that the caller speaks for: itself, or those its organization runs."""
    if caller.agent is not None:
        return Agent.objects.filter(pk=caller.agent.pk)
    return Agent.objects.filter(organization=caller.organization)


def vendor_named(caller: Caller, did: str) -> tuple[str, str]:
    """Id and DID of the vendor ``did`` if the caller speaks for it, else empty: the spend is declined then. Stops one
    vendor from using an intent that was signed for another."""
    found = agents_of(caller).filter(did=did, vendor__isnull=False).values_list("pk", "did").first()
    return found or ("", "")


def my_authorizations(caller: Caller) -> QuerySet[Authorization]:
    """Those the caller is vendor, spending agent, its organization or principal of."""
    mine = list(agents_of(caller).values_list("pk", flat=True)) if caller.agent else None
    if mine is not None:
        return Authorization.objects.filter(Q(vendor__in=mine) | Q(agent__in=mine))
    agents = agents_of(caller).values("pk")
    party = caller.organization.pk if caller.organization else ""
    return Authorization.objects.filter(Q(vendor__in=agents) | Q(agent__in=agents) | Q(principal=party))


def authorization_of(caller: Caller, authorization_id: str) -> Authorization:
    authorization = my_authorizations(caller).filter(pk=authorization_id).first()
    if authorization is None:
        raise NotFound("hold_not_found", "There is no such authorization, or it is not yours.")
    return authorization


def sold_by(caller: Caller, authorization_id: str) -> tuple[str, str]:
    """The vendor that the caller sells as in an authorization, and its currency. NotFound ``hold_not_found`` else."""
    vendors = agents_of(caller).values("pk")
    found = Authorization.objects.filter(pk=authorization_id, vendor__in=vendors).values_list("vendor", "currency")
    sold = found.first()
    if sold is None:
        raise NotFound("hold_not_found", "There is no such authorization, or it is not yours.")
    return sold


def tier_of(caller: Caller, row: Any) -> Tier | None:
    """How much of a decision or an approval the caller may read; None for strangers. ``row`` has ``principal`` (an
    id), ``agent`` and ``vendor``. An agent never counts as its organization: a stolen key reads its own only."""
    if caller.agent is not None:
        if caller.agent.pk == row.agent:
            return Tier.AGENT
        return Tier.VENDOR if caller.agent.pk == row.vendor else None
    principal = getattr(row, "principal_id", None) or row.principal
    if caller.organization is not None and caller.organization.pk == principal:
        return Tier.PRINCIPAL
    mine = set(agents_of(caller).filter(pk__in=[row.agent, row.vendor]).values_list("pk", flat=True))
    if row.agent in mine:
        return Tier.AGENT
    return Tier.VENDOR if row.vendor in mine else None
