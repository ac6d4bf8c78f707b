"""The directory in figures, for the home page: counted truthfully, and only as far as counting stays cheap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from identity.accounts.amounts import count_in_digits
from identity.agents.models import Agent, AgentStatus
from registry.directory.models import Name, Zone

COUNTED_MAX = 10_000
"""Counting one's way through more rows than this would make the home page slower than an answer."""


@dataclass(frozen=True, slots=True)
class Figure:
    words: str
    shown: str


def figures() -> list[Figure]:
    return [
        Figure(_("agents listed"), _counted(Agent.objects.all())),
        Figure(_("with an accountable party"), _counted(Agent.objects.filter(organization__isnull=False))),
        Figure(_("unclaimed, imported"), _counted(Agent.objects.filter(status=AgentStatus.UNCLAIMED))),
        Figure(_("names"), _counted(Name.objects.all())),
        Figure(_("zones"), _counted(Zone.objects.all())),
    ]


def _counted(rows: QuerySet[Any]) -> str:
    found = rows.order_by()[: COUNTED_MAX + 1].count()
    return count_in_digits(found) if found <= COUNTED_MAX else _("more than %s") % count_in_digits(COUNTED_MAX)
