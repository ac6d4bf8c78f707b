"""What the page of a leaving shows, read with the very queries that the leaving runs."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from identity.accounts.amounts import amount_in_digits
from identity.accounts.models import Membership, ServiceKey
from identity.delegation.models import ApproverGroup, Delegation, DelegationStatus, GroupSeat
from identity.journal.actor import Actor
from identity.primitives.money import Money
from identity.spending.leaver import Leaver, open_holds_of
from identity.spending.off_board import OffBoarded
from registry.web.delegation_view import limits_of

SHOWN_MAX = 25


@dataclass(frozen=True, slots=True)
class Lent:
    """One delegation that ends: its limits, the agents below that stop with it, and what is held on it."""

    delegation: Delegation
    limits: list[str]
    below: list[str]
    held: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Everything that ends with a membership. ``lent`` are the first of ``lent_count``."""

    lent: list[Lent]
    lent_count: int
    below_count: int
    hold_count: int
    held: str
    keys: list[ServiceKey]
    raises: int = 0
    invitations: int = 0
    votes: int = 0
    approvals: int = 0
    sessions: int = 0
    others: list[str] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.lent_count - len(self.lent)

    @property
    def is_nothing(self) -> bool:
        return not (self.lent_count or self.keys or self.others)


def what_is_cut(membership: Membership, *, actor: Actor, at: datetime) -> Cut:
    """Seven queries, however much there is."""
    leaver = Leaver.of(membership, at=at)
    roots = list(leaver.delegations().select_related("agent"))
    below = _below(roots)
    holds = _holds(roots)
    counts = _counts(membership, leaver, actor)
    shown = roots[:SHOWN_MAX]
    return Cut(
        lent=[Lent(root, limits_of(root), below[root.pk], _sums(holds[root.pk])) for root in shown],
        lent_count=len(roots),
        below_count=sum(map(len, below.values())),
        hold_count=sum(count for found in holds.values() for _currency, _amount, count in found),
        held=_sums([row for found in holds.values() for row in found]),
        keys=list(leaver.service_keys()),
        others=[*_groups(membership), *_others(counts)],
        **counts,
    )


def ended_words(person: str, ended: OffBoarded) -> str:
    """One sentence about what was done, to whoever did it."""
    done = [
        ngettext("%d delegation", "%d delegations", ended.delegations) % ended.delegations if ended.delegations else "",
        ngettext("%d open hold", "%d open holds", ended.holds) % ended.holds if ended.holds else "",
        ngettext("%d service key", "%d service keys", ended.service_keys) % ended.service_keys
        if ended.service_keys
        else "",
    ]
    words = _("%s has left.") % person
    told = ", ".join(filter(None, done))
    return words + " " + _("Ended with it: %s.") % told if told else words


def _below(roots: list[Delegation]) -> dict[str, list[str]]:
    """The agents that hold a part of these roots, each link once, by root."""
    found: dict[str, list[str]] = defaultdict(list)
    ids = [root.pk for root in roots]
    passed_on = Delegation.objects.filter(root__in=ids, depth__gt=0).exclude(status=DelegationStatus.REVOKED)
    for root, name in passed_on.order_by("path").values_list("root_id", "agent__display_name"):
        found[root].append(name)
    return found


def _holds(roots: list[Delegation]) -> dict[str, list[tuple[str, int, int]]]:
    """Currency, sum and number of the open holds, by root; those of a link that was replaced count by themselves."""
    found: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    sums = open_holds_of([root.pk for root in roots]).order_by("root", "currency").values_list("root", "currency")
    for root, currency, amount, count in sums.annotate(Sum("open"), Count("pk")):
        found[root].append((currency, amount, count))
    return found


def _sums(rows: list[tuple[str, int, int]]) -> str:
    totals: Counter[str] = Counter()
    for currency, amount, _count in rows:
        totals[currency] += amount
    return ", ".join(amount_in_digits(Money(amount, currency)) for currency, amount in sorted(totals.items()))


def _groups(membership: Membership) -> list[str]:
    """A line for each group of approvers with her in it: what it has left, and whether that is enough."""
    hers = GroupSeat.objects.filter(membership=membership).values("group")
    groups = ApproverGroup.objects.filter(pk__in=hers).annotate(seated=Count("seats")).order_by("name")
    lines = []
    for group in groups:
        said = {"group": group.name, "left": group.seated - 1, "needed": group.needed}
        if group.seated - 1 < group.needed:
            words = _(
                "The group %(group)s keeps %(left)d of the %(needed)d people who have to agree: nothing goes through."
            )
        else:
            words = _("The group %(group)s keeps %(left)d people, of whom %(needed)d have to agree.")
        lines.append(words % said)
    return lines


def _counts(membership: Membership, leaver: Leaver, actor: Actor) -> dict[str, int]:
    found: dict[str, QuerySet[Any]] = {
        "raises": leaver.raises(),
        "invitations": leaver.invitations(),
        "votes": leaver.votes(),
        "approvals": leaver.unused_approvals(),
        "sessions": leaver.sessions(actor),
    }
    row = Membership.objects.filter(pk=membership.pk).values_list(*map(_count, found.values())).get()
    return dict(zip(found, row, strict=True))


def _count(found: QuerySet[Any]) -> Coalesce:
    alike = found.order_by().annotate(alike=Value(1)).values("alike")
    return Coalesce(Subquery(alike.annotate(number=Count("pk")).values("number")), 0)


def _others(counts: dict[str, int]) -> list[str]:
    """A line for each of the smaller things that end."""
    lines = {
        "raises": ngettext(
            "%d change to wider limits that waits is cancelled.",
            "%d changes to wider limits that wait are cancelled.",
            counts["raises"],
        ),
        "approvals": ngettext(
            "%d approved purchase that was not made yet is not let through any more.",
            "%d approved purchases that were not made yet are not let through any more.",
            counts["approvals"],
        ),
        "votes": ngettext(
            "%d yes to a question that still waits does not count any more.",
            "%d yeses to questions that still wait do not count any more.",
            counts["votes"],
        ),
        "invitations": ngettext(
            "%d invitation that nobody has accepted is withdrawn.",
            "%d invitations that nobody has accepted are withdrawn.",
            counts["invitations"],
        ),
        "sessions": ngettext(
            "%d browser is signed out: there is no other organization to be signed in for.",
            "%d browsers are signed out: there is no other organization to be signed in for.",
            counts["sessions"],
        ),
    }
    return [words % counts[name] for name, words in lines.items() if counts[name]]
