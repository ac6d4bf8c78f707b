"""A chain as the tree draws it: the human, her agent, and whom that passed it on to, with limits and use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from identity.accounts.models import Organization
from identity.delegation.models import Delegation
from registry.web.cards import Card, Meter, cards_of
from registry.web.states import state_of
from registry.web.tree import TreeNode, tree

LINKS_SHOWN_MAX = 200
LINKS_DRAWN_MAX = 60  # a drawing of more is no help; the table goes on


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of the table beside the drawing."""

    card: Card
    issuer: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class ChainTree:
    """``shown`` is the card of the link that the page is about. ``more`` is how many links are left out of the table,
    ``not_drawn`` how many of it are not in the drawing."""

    shown: Card
    drawing: SafeString
    branches: list[Branch]
    more: int
    not_drawn: int

    @property
    def is_passed_on(self) -> bool:
        return len(self.branches) > 1


def chain_tree(shown: Delegation, *, organization: Organization, at: datetime) -> ChainTree:
    """The whole chain that ``shown`` belongs to, from its root down."""
    links = Delegation.objects.filter(root=shown.root_id).select_related("agent").order_by("path")
    found = list(links[:LINKS_SHOWN_MAX])
    more = links.count() - len(found) if len(found) == LINKS_SHOWN_MAX else 0
    if all(link.pk != shown.pk for link in found):
        found.append(shown)
    cards = cards_of(found, at=at)
    names = {link.pk: link.agent.display_name for link in found}
    branches = [
        Branch(card, names.get(card.delegation.parent_id or "", ""), card.delegation.pk == shown.pk) for card in cards
    ]
    return ChainTree(
        shown=next(branch.card for branch in branches if branch.is_current),
        drawing=_drawn(branches[:LINKS_DRAWN_MAX], organization),
        branches=branches,
        more=more,
        not_drawn=max(0, len(branches) - LINKS_DRAWN_MAX),
    )


def _drawn(branches: Sequence[Branch], organization: Organization) -> SafeString:
    human = TreeNode(key=organization.pk, parent=None, name=organization.name, state=_("lends the authority"))
    nodes = [_node(branch, organization) for branch in branches]
    return tree(title=_("Who passed authority on to whom"), nodes=[human, *nodes])


def _node(branch: Branch, organization: Organization) -> TreeNode:
    card, link = branch.card, branch.card.delegation
    return TreeNode(
        key=link.pk,
        parent=link.parent_id or organization.pk,
        name=link.agent.display_name,
        state=str(state_of(card.state).words),
        address=reverse("console_delegation", args=[organization.pk, link.pk]),
        edge=_edge(card.meters),
        is_active=card.standing.is_active,
        is_current=branch.is_current,
    )


def _edge(meters: tuple[Meter, ...]) -> tuple[str, ...]:
    """The limit that is nearest to its end."""
    if not meters:
        return ()
    nearest = max(meters, key=lambda meter: meter.share)
    return (_("up to %(cap)s") % {"cap": nearest.cap}, _("%(used)s used") % {"used": f"{nearest.share} %"})
