"""Which delegations a caller may see and change, and how one is shown."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from identity.accounts.models import ServiceKey
from identity.accounts.permissions import Permission, may
from identity.accounts.strong_sign_in import latest_strong_sign_in
from identity.agents.models import Agent
from identity.delegation.capacity import Capacity, capacities
from identity.delegation.delegate import strong_sign_in_evidence
from identity.delegation.holders import refuse_bare_key
from identity.delegation.models import Delegation, DelegationDraft, SetBy
from identity.delegation.receipt import registration_receipt
from identity.delegation.standing import standings
from identity.primitives.errors import NotFound, NotPermitted
from identity.spending.usage import usage_of
from registry.api.authentication import Caller
from registry.api.v1.agent_access import require_permission
from registry.api.v1.delegation_shapes import DelegationDetailOut, DelegationOut, DraftOut

TREE_SHOWN_MAX = 200
USAGE_SHOWN_MAX = 50  # each takes a query or two


def require_delegation_scope(caller: Caller, permission: Permission) -> None:
    """A service key needs the scope; an agent by its own signature reaches its own chains without one."""
    if caller.agent is None:
        require_permission(caller, permission)


def seen_by(caller: Caller) -> QuerySet[Delegation]:
    """Every link that the caller is principal of, issued or holds."""
    if caller.agent is not None:
        mine = Q(agent=caller.agent) | Q(issuer_agent=caller.agent)
    else:
        party = caller.organization
        mine = Q(principal=party) | Q(agent__organization=party) | Q(issuer_agent__organization=party)
    return Delegation.objects.filter(mine).select_related("agent")


def capacities_of(caller: Caller, delegation: Delegation) -> tuple[Capacity, ...]:
    if caller.agent is not None:
        return capacities(delegation, agent=caller.agent)
    return capacities(delegation, organization=caller.organization)


def delegation_of(caller: Caller, delegation_id: str) -> Delegation:
    """A link the caller has a part in. NotFound for those of others and for none alike: ids cannot be probed."""
    rows = Delegation.objects.select_related("agent", "principal", "root", "status_entry")
    delegation = rows.filter(pk=delegation_id).first()
    if delegation is None or not capacities_of(caller, delegation):
        raise not_found()
    return delegation


def passed_on_by(caller: Caller, parent: Delegation | None) -> Delegation:
    """The parent, if the caller is its holder or runs it. NotFound else."""
    held = parent is not None and any(who.kind == SetBy.HOLDER for who in capacities_of(caller, parent))
    if parent is None or not held:
        raise not_found()
    return parent


def holder_named(text: str) -> Agent:
    """A registered agent by its id or DID; agents are public. NotFound ``not_found``, InvalidInput
    ``holder_unregistered``."""
    agent = Agent.objects.filter(Q(pk=text) | Q(did=text)).select_related("organization").first()
    if agent is None:
        refuse_bare_key(text)
        raise NotFound("not_found", "There is no such agent.", field="agent")
    return agent


def consent_by_sign_in(key: Any, caller: Caller, *, at: datetime) -> dict[str, Any]:
    """Evidence that whoever made the service key has just signed in strongly and may still give authority away.

    NotPermitted ``insufficient_user_authentication``. Stops a stolen service key from lending itself money: it needs
    its maker's passkey or second factor, minutes ago.
    """
    maker = key.created_by if isinstance(key, ServiceKey) else None
    if maker is not None and caller.organization is not None:
        sign_in = latest_strong_sign_in(maker, at=at)
        if sign_in is not None and may(maker, caller.organization, Permission.DELEGATIONS_WRITE):
            return strong_sign_in_evidence(method=sign_in.method, signed_in_at=sign_in.at)
    raise NotPermitted(
        "insufficient_user_authentication",
        "Whoever made this service key must have signed in with a passkey or a second factor within 15 minutes. "
        "Or draft it (POST /v1/delegations/drafts) and approve the draft in the console.",
    )


def listed(delegations: list[Delegation], *, at: datetime) -> list[dict[str, Any]]:
    context = {"standings": standings(delegations, at=at)}
    return [dict(DelegationOut(delegation, context=context).data) for delegation in delegations]


def shown(delegation: Delegation, caller: Caller, *, at: datetime) -> dict[str, Any]:
    """The whole of a link: its chain, what lies below it and what was used, as far as the caller may see it.

    What is left of a budget goes to the principal, and to a holder for its own link only: an ancestor's figures would
    tell one sub-agent what the others spend.
    """
    path = list(Delegation.objects.path_of(delegation))
    tree = list(
        Delegation.objects.subtree_of(delegation).select_related("agent").order_by("path")[: TREE_SHOWN_MAX + 1]
    )
    kinds = {who.kind for who in capacities_of(caller, delegation)}
    counted = tree[:TREE_SHOWN_MAX] if SetBy.PRINCIPAL in kinds else [delegation] if SetBy.HOLDER in kinds else []
    delegation._receipt = registration_receipt(delegation, at=at)  # type: ignore[attr-defined]
    context = {
        "standings": standings([delegation, *tree], at=at),
        "path": path,
        "tree": tree[:TREE_SHOWN_MAX],
        "tree_is_whole": len(tree) <= TREE_SHOWN_MAX,
        "usage": usage_shown(counted, at=at),
    }
    return dict(DelegationDetailOut(delegation, context=context).data)


def draft_shown(draft: DelegationDraft) -> dict[str, Any]:
    url = f"{settings.PUBLIC_URL}/console/{draft.organization_id}/delegations/drafts/{draft.pk}/"
    return dict(DraftOut(draft, context={"approve_url": url}).data)


def usage_shown(delegations: list[Delegation], *, at: datetime) -> dict[str, Any]:
    """What was used of each link's own constraints, by the link's id; of the first USAGE_SHOWN_MAX links."""
    return {
        delegation.pk: [asdict(usage) | {"remaining": usage.remaining} for usage in usage_of(delegation.pk, at)]
        for delegation in delegations[:USAGE_SHOWN_MAX]
    }


def not_found() -> NotFound:
    return NotFound("not_found", "There is no such delegation.")
