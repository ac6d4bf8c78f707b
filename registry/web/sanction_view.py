"""A sanction as everybody may read it: its statement of reasons in words, without personal data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from identity.accounts.models import OrganizationKind
from registry.directory.models import Name
from registry.web.sanction_words import EFFECT_WORDS, MEASURE_WORDS, REASON_WORDS
from reputation.moderation.ladder import GROUNDS, Level, Reason
from reputation.moderation.models import Appeal, AppealOutcome, AppealState, Detection, Sanction, SanctionState
from reputation.moderation.statement import appeal_deadline

SHOWN_MAX = 50
_NOTICED_BY = {
    Detection.REPORT: gettext_lazy("A report"),
    Detection.AUTOMATED_SIGNAL: gettext_lazy("A program that counts reports and disputes; people decided"),
    Detection.OPERATOR: gettext_lazy("An operator's own finding"),
}
_ENDED_WORDS: dict[str, Any] = {
    SanctionState.WITHDRAWN: gettext_lazy("This was proposed and withdrawn; it never had an effect."),
    SanctionState.LAPSED: gettext_lazy("This lapsed: nobody confirmed it in time."),
    SanctionState.EXPIRED: gettext_lazy("This is over: its time ran out."),
    SanctionState.LIFTED: gettext_lazy("An operator lifted this before its time."),
    SanctionState.OVERTURNED: gettext_lazy(
        "This was overturned on appeal. Standing and reputation are what they would have been without it."
    ),
    SanctionState.REPLACED: gettext_lazy("This was replaced on appeal by a lesser measure."),
}


class SanctionView:
    """What the templates read of one sanction at the instant ``at``. Names an agent or an organization, never a
    person: neither one who runs an agent herself, nor who reported, nor who decided."""

    def __init__(self, sanction: Sanction, at: datetime) -> None:
        self.sanction = sanction
        self.at = at
        self.id = sanction.pk
        self.level = sanction.level
        self.facts = sanction.facts
        self.evidence = sanction.evidence
        self.measure = str(MEASURE_WORDS[sanction.measure])
        self.effect = str(EFFECT_WORDS[Level(sanction.level)])
        self.reason = str(REASON_WORDS[sanction.reason])
        self.since = sanction.starts_at
        self.until = sanction.ended_at or sanction.ends_at
        self.noticed_by = str(_NOTICED_BY[Detection(sanction.detection)])

    @property
    def address(self) -> str:
        return reverse("sanction", args=[self.id])

    @property
    def answer_url(self) -> str:
        return f"{settings.PUBLIC_URL}/v1/sanctions/{self.id}"

    @cached_property
    def about(self) -> str:
        agent = self.sanction.agent
        if agent is not None:
            return self._first_name or agent.display_name
        organization = self.sanction.organization
        if organization is None or organization.kind == OrganizationKind.PERSON:
            return _("A person")
        return organization.name

    @cached_property
    def about_address(self) -> str:
        agent = self.sanction.agent
        return "" if agent is None else reverse("agent", args=[self._first_name or agent.did])

    @property
    def scope(self) -> str:
        return (
            _("All agents of the organization, everything they do under this register")
            if self.sanction.agent_id is None
            else _("Everything this agent does under this register")
        )

    @property
    def ground(self) -> str:
        ground = GROUNDS[Reason(self.sanction.reason)]
        return _("Law: %s") % ground.clause if ground.kind == "law" else _("Terms, clause %s") % ground.clause

    @cached_property
    def decided_by(self) -> str:
        """How many and in which role; who they are is known to the register and told to nobody."""
        roles = [signature.role for signature in self.sanction.signatures.all()]
        if not roles:
            return _("The register's program, as a note only")
        managers = roles.count("manager")
        words = ngettext("%s operator", "%s operators", len(roles)) % len(roles)
        return _("%(who)s, one of them a manager") % {"who": words} if managers else words

    @property
    def is_in_force(self) -> bool:
        return self.sanction.is_in_force(self.at)

    @property
    def state(self) -> str:
        """In force, proposed, or how it ended, also when nobody has written the end down yet."""
        if self.sanction.state != SanctionState.EFFECTIVE:
            return self.sanction.state
        if self.is_in_force:
            return "in_force"
        confirm_by = self.sanction.confirm_by
        return SanctionState.LAPSED if confirm_by and confirm_by <= self.at else SanctionState.EXPIRED

    @property
    def badge(self) -> str:
        return f"sanction.{self.state}"

    @property
    def ended_words(self) -> str:
        return str(_ENDED_WORDS.get(self.state, ""))

    @property
    def ended_tone(self) -> str:
        return "good" if self.state in {SanctionState.OVERTURNED, SanctionState.LIFTED} else "info"

    @property
    def confirm_by(self) -> datetime | None:
        return self.sanction.confirm_by if self.is_in_force and self.sanction.is_emergency else None

    @cached_property
    def appeal(self) -> Appeal | None:
        return self.sanction.appeal

    @property
    def appeal_words(self) -> str:
        if self.appeal is None:
            return ""
        if self.appeal.state == AppealState.WITHDRAWN:
            return _("Appealed, and the appeal was withdrawn")
        if self.appeal.state == AppealState.OPEN:
            return _("Appealed; somebody uninvolved decides")
        outcomes: dict[str, Any] = {
            AppealOutcome.UPHELD: _("Appealed; the measure stands"),
            AppealOutcome.OVERTURNED: _("Appealed; the measure was overturned"),
            AppealOutcome.CHANGED: _("Appealed; replaced by a lesser measure"),
        }
        return str(outcomes[self.appeal.outcome])

    @cached_property
    def appeal_by(self) -> datetime | None:
        """The end of the time for an appeal."""
        return appeal_deadline(self.sanction)

    @property
    def may_be_appealed(self) -> bool:
        """In time, and never against what was decided on appeal itself; by each party once."""
        is_first = self.sanction.replaces_id is None
        is_over = self.sanction.state == SanctionState.OVERTURNED
        return is_first and not is_over and self.appeal_by is not None and self.at < self.appeal_by

    @property
    def appeal_url(self) -> str:
        return reverse("appeal", args=[self.id])

    @cached_property
    def _first_name(self) -> str:
        agent = Name.objects.filter(agent=self.sanction.agent_id).order_by("pk")
        return agent.values_list("fqn", flat=True).first() or ""


def appeal_badge_of(appeal: Appeal | None) -> str:
    """Where an appeal stands, as a state of ``registry.web.states``."""
    return f"appeal.{appeal.outcome or appeal.state}" if appeal else ""


def published() -> QuerySet[Sanction]:
    """What has a public statement, newest first, with what a view reads of it."""
    return (
        Sanction.objects.published()
        .select_related("agent", "organization")
        .prefetch_related("signatures", "appeals")
        .order_by("-starts_at", "-id")
    )


def public_sanctions_of(agent_id: str, organization_id: str | None, at: datetime) -> list[SanctionView]:
    """The measures that reach the agent or did once, newest first: its own, and those of the organization that answers
    for it. One that was overturned stays readable as such, as prominently as it was imposed."""
    reaching = Q(agent=agent_id)
    if organization_id is not None:
        reaching |= Q(agent=None, organization=organization_id)
    return [SanctionView(sanction, at) for sanction in published().filter(reaching)[:SHOWN_MAX]]
