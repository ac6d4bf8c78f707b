"""Filing a report: who may, how often, and what it is joined to."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from identity.agents.models import Agent
from identity.journal.actor import Actor
from identity.journal.moderation_kinds import ReportFiled
from identity.journal.record import record
from identity.primitives.errors import Conflict, InvalidInput, TooMany
from reputation.moderation.clusters import VISITORS, Cluster, are_competitors, cluster_of
from reputation.moderation.limits import REPEATS_MAX, REPORT_TEXT_LENGTH_MAX
from reputation.moderation.models import Report, ReportKind
from reputation.moderation.standing_to_report import Reporter, voice_of
from reputation.moderation.triage import triage
from reputation.moderation.weight import quality_percent
from reputation.scoring.disputes import open_dispute

DAY = timedelta(days=1)


def file_report(
    *, about: Agent, kind: str, text: str, by: Reporter, authorization: str = "", actor: Actor, at: datetime
) -> Report:
    """Take a report about ``about``; it may open a case by itself (``triage``), and repeats join the first.

    The answer is the same whatever the agent's standing and whoever reported it before. Raises InvalidInput
    ``report_kind_unknown`` or ``report_text_invalid``, TooMany ``too_many_reports``, Conflict ``report_repeated`` and
    what ``voice_of`` raises.
    """
    checked, words = _checked(kind, text)
    voice = voice_of(by=by, about=about, kind=checked, authorization=authorization, at=at)
    cluster = cluster_of(by.organization) if by.organization else Cluster(VISITORS, frozenset())
    with transaction.atomic():
        about = (
            Agent.objects.select_for_update(no_key=True, of=("self",)).select_related("organization").get(pk=about.pk)
        )
        _require_allowance(by, cluster, at)
        first = _first_of(about, kind=checked, authorization=authorization, cluster=cluster)
        owner = about.organization
        report = Report.objects.create(
            about=about,
            kind=checked,
            text=words,
            authorization=authorization,
            capacity=voice.capacity,
            organization=by.organization,
            vendor=voice.vendor,
            visitor=by.visitor,
            contact=by.contact,
            cluster=first.cluster if first else cluster.key,
            quality_percent=quality_percent(
                organization=by.organization, vendor=voice.vendor, cluster=cluster.organizations, at=at
            ),
            is_own=owner is not None and owner.pk in cluster.organizations,
            is_competitor=by.organization is not None and are_competitors(by.organization, owner),
            joined_to=first,
            case=first.case if first else None,
            filed_at=at,
        )
        _record(report, actor, at)
        if first is None:
            if authorization:
                open_dispute(authorization=authorization, report=report.pk, at=at)
            triage(report, cluster, at=at)
    return report


def _checked(kind: str, text: str) -> tuple[ReportKind, str]:
    if kind not in ReportKind.values:
        raise InvalidInput("report_kind_unknown", f"A report is one of {', '.join(ReportKind.values)}.", field="kind")
    words = text.replace("\r\n", "\n").strip()
    is_text = all(sign.isprintable() or sign in "\n\t" for sign in words)
    if not words or len(words) > REPORT_TEXT_LENGTH_MAX or not is_text:
        most = REPORT_TEXT_LENGTH_MAX
        raise InvalidInput("report_text_invalid", f"Say in 1 to {most:,} characters what happened.", field="text")
    return ReportKind(kind), words


def _require_allowance(by: Reporter, cluster: Cluster, at: datetime) -> None:
    """Stops one owner, or one visitor, from burying the desk. Owners are counted together, however many organizations
    they have."""
    recent = Report.objects.filter(filed_at__gt=at - DAY)
    if by.organization is not None:
        is_full = recent.filter(organization__in=cluster.organizations).count() >= settings.REPORTS_PER_DAY
    else:
        visitors = recent.filter(capacity="visitor")
        is_full = visitors.filter(visitor=by.visitor).count() >= settings.VISITOR_REPORTS_PER_DAY
        is_full = is_full or visitors.count() >= settings.VISITOR_REPORTS_ALL_PER_DAY
    if is_full:
        raise TooMany(
            "too_many_reports",
            "You have reported as much as one may in a day. Come back tomorrow.",
            retry_after_seconds=int(DAY.total_seconds()),
        )


def _first_of(about: Agent, *, kind: ReportKind, authorization: str, cluster: Cluster) -> Report | None:
    """The report that this one repeats: by the same owners about the same purchase, or, while nobody has decided it,
    about the same kind of abuse. Stops one complaint from counting as many."""
    same = Report.objects.firsts().filter(about=about)
    if authorization:
        same = same.filter(authorization=authorization)
    else:
        same = same.filter(authorization="", kind=kind, finding="")
    by_same = Q(cluster=cluster.key) | Q(organization__in=cluster.organizations)
    first = same.filter(by_same).order_by("id").first()
    if first is not None and first.repeats.count() >= REPEATS_MAX:
        raise Conflict("report_repeated", "You have said this often enough; it is being looked at.")
    return first


def _record(report: Report, actor: Actor, at: datetime) -> None:
    event = ReportFiled(
        about=report.about_id,
        report_kind=report.kind,
        authorization=report.authorization,
        capacity=report.capacity,
        repeats=report.joined_to_id or "",
    )
    record(event, subject=report.pk, actor=actor, at=at, organization=report.organization_id)
