"""A chain as the tree draws it: the human, her agent, and whom that passed it on to, with limits and use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from identity.accounts.models import Organization
from identity.delegation.models import Delegation
from identity.spending.usage import usages_of
from registry.web.cards import Meter, meters_of
from registry.web.delegation_view import Row, rows_of
from registry.web.states import state_of
from registry.web.tree import TreeNode, tree

LINKS_SHOWN_MAX = 200
LINKS_DRAWN_MAX = 60  # a drawing of more is no help; the table goes on


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of the table beside the drawing."""

    row: Row
    meters: tuple[Meter, ...]
    issuer: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class ChainTree:
    """``more`` is how many links are left out of the table; ``not_drawn`` how many of it are not in the drawing."""

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
    if all(link.pk != shown.pk for link in found):
        found.append(shown)
    rows, usage = rows_of(found, at=at), usages_of(found, at)
    meters = {link.pk: meters_of(link, usage[link.pk]) for link in found}
    names = {link.pk: link.agent.display_name for link in found}
    return ChainTree(
        drawing=_drawn(rows[:LINKS_DRAWN_MAX], meters, shown, organization),
        branches=[
            Branch(row, meters[row.delegation.pk], _issuer(row.delegation, names), row.delegation.pk == shown.pk)
            for row in rows
        ],
        more=max(0, links.count() - len(found)) if len(found) >= LINKS_SHOWN_MAX else 0,
        not_drawn=max(0, len(rows) - LINKS_DRAWN_MAX),
    )


def _drawn(
    rows: Sequence[Row], meters: Mapping[str, tuple[Meter, ...]], shown: Delegation, organization: Organization
) -> SafeString:
    human = TreeNode(key=organization.pk, parent=None, name=organization.name, state=_("lends the authority"))
    nodes = [_node(row, meters[row.delegation.pk], shown, organization) for row in rows]
    return tree(title=_("Who passed authority on to whom"), nodes=[human, *nodes])


def _node(row: Row, meters: tuple[Meter, ...], shown: Delegation, organization: Organization) -> TreeNode:
    link = row.delegation
    return TreeNode(
        key=link.pk,
        parent=link.parent_id or organization.pk,
        name=link.agent.display_name,
        state=str(state_of(row.state).words),
        address=reverse("console_delegation", args=[organization.pk, link.pk]),
        edge=_edge(meters),
        is_active=row.standing.is_active,
        is_current=link.pk == shown.pk,
    )


def _edge(meters: tuple[Meter, ...]) -> tuple[str, ...]:
    """The limit that is nearest to its end."""
    if not meters:
        return ()
    nearest = max(meters, key=lambda meter: meter.share)
    return (_("up to %(cap)s") % {"cap": nearest.cap}, _("%(used)s used") % {"used": f"{nearest.share} %"})


def _issuer(link: Delegation, names: Mapping[str, str]) -> str:
    return names.get(link.parent_id or "", "")
