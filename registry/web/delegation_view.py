"""What the delegation pages show: the tree below a link, its standing and its limits in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from identity.delegation.constraints import parse_constraints
from identity.delegation.models import Delegation
from identity.delegation.standing import EffectiveStatus, Standing, standings
from registry.web.limit_words import plain_limits, plain_sentence

TREE_SHOWN_MAX = 200

# The words of registry.web.states.
WORDS: dict[EffectiveStatus, str] = {
    EffectiveStatus.ACTIVE: "active",
    EffectiveStatus.NOT_YET_VALID: "pending",
    EffectiveStatus.SUSPENDED: "suspended",
    EffectiveStatus.EXPIRED: "expired",
    EffectiveStatus.REVOKED: "revoked",
}

# Of each thing that stands in the way: what is said when it is the link's own, and when it is one above it.
STOPS: dict[str, tuple[Any, Any]] = {
    "frozen_by_principal": (
        _("You paused everything: nothing is authorized until you go on."),
        _("You paused everything: nothing is authorized until you go on."),
    ),
    "agent_suspended": (
        _("The agent itself is suspended: it may buy nothing meanwhile."),
        _("An agent above it is suspended: nothing is authorized meanwhile."),
    ),
    "agent_revoked": (
        _("The agent itself has ended: it may buy nothing any more."),
        _("An agent above it has ended: nothing is authorized any more."),
    ),
    "chain_link_revoked": (
        _("It was revoked: nothing is authorized under it any more."),
        _("What it was passed on from was revoked: nothing is authorized any more."),
    ),
    "chain_link_suspended": (
        _("It is paused: nothing is authorized under it meanwhile."),
        _("What it was passed on from is paused: nothing is authorized meanwhile."),
    ),
    "credential_expired": (
        _("It has ended by its own date: nothing is authorized under it any more."),
        _("What it was passed on from has ended: nothing is authorized any more."),
    ),
    "credential_not_yet_valid": (
        _("It has not begun yet: nothing is authorized under it before its first day."),
        _("What it was passed on from has not begun yet: nothing is authorized before."),
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One link as a page shows it; ``standing`` counts everything above it, too."""

    delegation: Delegation
    standing: Standing
    indent: int

    @property
    def state(self) -> str:
        return WORDS[self.standing.status]

    @property
    def limits(self) -> str:
        """The limits in one line; the whole signed sentence stands on the link's own page."""
        return plain_sentence(parse_constraints(self.delegation.constraints))


def rows_of(delegations: Sequence[Delegation], *, at: datetime) -> list[Row]:
    found = standings(delegations, at=at)
    return [Row(each, found[each.pk], each.depth) for each in delegations]


def tree_of(root: Delegation, *, at: datetime) -> tuple[list[Row], int]:
    """The link and what lies below it, parents before their children, and how many more there are than are shown."""
    links = Delegation.objects.subtree_of(root).select_related("agent", "agent__organization").order_by("path")
    shown = list(links[:TREE_SHOWN_MAX])
    return rows_of(shown, at=at), links.count() - len(shown)


def limits_of(delegation: Delegation) -> list[str]:
    """Each limit as a line of its own."""
    return plain_limits(parse_constraints(delegation.constraints))


def stops_of(delegation: Delegation, standing: Standing) -> list[str]:
    """What stands in the way of a purchase now, each thing once."""
    words = [STOPS[reason.code][reason.link_depth != delegation.depth] for reason in standing.reasons]
    return list(dict.fromkeys(map(str, words)))
