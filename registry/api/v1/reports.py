"""``/v1/reports``: what somebody says an agent did, with evidence, and what became of it."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from identity.agents.models import Agent
from identity.primitives.errors import InvalidInput, NotFound
from identity.primitives.ids import ID_LENGTH_MAX, is_id
from registry.api.authentication import Caller
from registry.api.schema import describe
from registry.api.serializers import StrictSerializer
from registry.api.v1.agent_access import not_found, require_permission
from registry.api.v1.spending_access import require_spending_scope
from registry.api.views import AUTHENTICATED, Resource, page_of
from registry.directory.models import Name
from registry.resolution.keys import canonical_key
from registry.resolution.state import Absence, find_agents
from reputation.moderation.attachments import attach
from reputation.moderation.limits import (
    ATTACHMENT_BYTES_MAX,
    ATTACHMENT_NAME_LENGTH_MAX,
    ATTACHMENTS_PER_REPORT_MAX,
    REPORT_TEXT_LENGTH_MAX,
)
from reputation.moderation.models import (
    NON_PAYMENT_ABUSE,
    AttachmentType,
    Capacity,
    Finding,
    Report,
    ReportKind,
)
from reputation.moderation.reports import file_report
from reputation.moderation.standing_to_report import Reporter

# Four signs for three bytes, and room for the name around them.
BASE64_LENGTH_MAX: Final = (ATTACHMENT_BYTES_MAX + 2) // 3 * 4
ATTACHMENT_BODY_BYTES_MAX: Final = BASE64_LENGTH_MAX + 4_096
AGENT_NAME_LENGTH_MAX: Final = 300
STATE_CHOICES: Final = [("received", "received"), ("in_case", "in a case"), *Finding.choices]


class ReportIn(StrictSerializer):
    agent = serializers.CharField(
        max_length=AGENT_NAME_LENGTH_MAX, help_text="Whom it is about: an agent's id, DID or name."
    )
    kind = serializers.ChoiceField(ReportKind.choices)
    text = serializers.CharField(max_length=REPORT_TEXT_LENGTH_MAX, help_text="What happened, for a person to read.")
    authorization = serializers.CharField(
        max_length=ID_LENGTH_MAX,
        required=False,
        help_text="The purchase it is about, yours as vendor or principal. Needed, but for "
        f"{', '.join(sorted(NON_PAYMENT_ABUSE))}, which are about none.",
    )


class AttachmentIn(StrictSerializer):
    name = serializers.CharField(max_length=ATTACHMENT_NAME_LENGTH_MAX, help_text="What you call it.")
    content = serializers.CharField(
        max_length=BASE64_LENGTH_MAX, help_text=f"The file's bytes in base64, at most {ATTACHMENT_BYTES_MAX} of them."
    )


class AttachmentOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    media_type = serializers.ChoiceField(AttachmentType.choices, help_text="As its own bytes say.")
    size = serializers.IntegerField()
    sha256 = serializers.CharField(help_text="Of its bytes, in hex.")
    created_at = serializers.DateTimeField()


class ReportOut(serializers.Serializer[Any]):
    """A report as its reporter reads it: who else reported the agent, and what case it is in, it does not say."""

    id = serializers.CharField()
    agent = serializers.CharField(source="about_id")
    agent_did = serializers.CharField(source="about.did")
    kind = serializers.ChoiceField(ReportKind.choices)
    text = serializers.CharField()
    authorization = serializers.SerializerMethodField()
    capacity = serializers.ChoiceField(Capacity.choices, help_text="As what you spoke.")
    weight = serializers.SerializerMethodField(help_text="How much it counts, 0 to 1: by how well you are known.")
    state = serializers.ChoiceField(
        STATE_CHOICES,
        help_text="received, in_case while it is judged, then the finding: upheld, dismissed (not proven), unfounded.",
    )
    decided_at = serializers.SerializerMethodField()
    filed_at = serializers.DateTimeField()
    attachments = AttachmentOut(many=True)

    def get_authorization(self, report: Report) -> str | None:
        return report.authorization or None

    def get_weight(self, report: Report) -> float:
        return report.quality_percent / 100

    def get_decided_at(self, report: Report) -> str | None:
        decided_at = (report.joined_to or report).decided_at
        return serializers.DateTimeField().to_representation(decided_at) if decided_at else None


class Reports(Resource):
    """Needs reports_read or reports_write, or a request signed by the agent that sold."""

    scopes = {"GET": AUTHENTICATED, "POST": AUTHENTICATED}
    limits = {"POST": "report"}

    @describe("List your reports", answers={200: page_of(ReportOut)}, problems=["scope_missing"], tag="reports")
    def get(self, request: Request) -> Response:
        require_spending_scope(self.caller, Permission.REPORTS_READ)
        return self.page(reports_of(self.caller), ReportOut)

    @describe(
        "Report an agent",
        request=ReportIn,
        answers={201: ReportOut},
        problems=[
            "scope_missing",
            "not_permitted",
            "not_found",
            "query_malformed",
            "hold_not_found",
            "report_text_invalid",
            "report_needs_authorization",
            "report_takes_no_authorization",
            "report_about_another",
            "purchase_too_old",
            "report_repeated",
            "too_many_reports",
        ],
        tag="reports",
    )
    def post(self, request: Request) -> Response:
        """What happened in a purchase is reported by its vendor or its principal; impersonation, spam and harmful
        cards by anyone. Several reports of one owner about the same thing count as one."""
        body = self.body(ReportIn)
        self._require_scope_to_report(body["kind"])
        report = file_report(
            about=agent_asked_for(body["agent"], self.at),
            kind=body["kind"],
            text=body["text"],
            authorization=body.get("authorization", ""),
            by=Reporter(organization=self.organization, agent=self.caller.agent),
            actor=self.caller.actor,
            at=self.at,
        )
        location = f"/v1/reports/{report.pk}"
        return Response(ReportOut(report).data, status=201, headers={"Location": location})

    def _require_scope_to_report(self, kind: str) -> None:
        """An agent by its own signature reports what it sold, and nothing else for its organization."""
        if self.caller.agent is None or kind in NON_PAYMENT_ABUSE:
            require_permission(self.caller, Permission.REPORTS_WRITE)


class OneReport(Resource):
    """Needs reports_read, or a request signed by the agent that sold."""

    scopes = {"GET": AUTHENTICATED}

    @describe("Look at a report", answers={200: ReportOut}, problems=["not_found", "scope_missing"], tag="reports")
    def get(self, request: Request, report: str) -> Response:
        """One that you made yourself."""
        require_spending_scope(self.caller, Permission.REPORTS_READ)
        return Response(ReportOut(report_of(self.caller, report)).data)


class Attachments(Resource):
    """Needs reports_write, or a request signed by the agent that sold."""

    scopes = {"POST": AUTHENTICATED}
    limits = {"POST": "report"}
    body_bytes_max = ATTACHMENT_BODY_BYTES_MAX

    @describe(
        "Attach evidence to a report",
        request=AttachmentIn,
        answers={201: AttachmentOut},
        problems=[
            "not_found",
            "scope_missing",
            "attachment_encoding",
            "attachment_empty",
            "attachment_type",
            "attachment_too_large",
            "too_many_attachments",
            "report_decided",
        ],
        tag="reports",
    )
    def post(self, request: Request, report: str) -> Response:
        require_spending_scope(self.caller, Permission.REPORTS_WRITE)
        body = self.body(AttachmentIn)
        attachment = attach(
            report=report_of(self.caller, report),
            name=body["name"],
            content=decoded(body["content"]),
            actor=self.caller.actor,
            at=self.at,
        )
        return Response(AttachmentOut(attachment).data, status=201)

    post.__doc__ = (
        f"At most {ATTACHMENTS_PER_REPORT_MAX} files of 1 MiB: PNG, JPEG, PDF, JSON, e-mail (.eml) or plain text, told "
        "by their bytes. Operators alone read them, as downloads. The same bytes again are the same attachment."
    )


def reports_of(caller: Caller) -> QuerySet[Report]:
    """Those that the caller's organization made; by its own signature, an agent reads what it reported as vendor."""
    rows = Report.objects.filter(organization=caller.organization).exclude(organization=None)
    if caller.agent is not None:
        rows = rows.filter(vendor=caller.agent.pk)
    return rows.select_related("about", "joined_to").prefetch_related("attachments")


def report_of(caller: Caller, report_id: str) -> Report:
    report = reports_of(caller).filter(pk=report_id).first()
    if report is None:
        raise NotFound("not_found", "There is no such report, or it is not yours.")
    return report


def agent_asked_for(text: str, at: datetime) -> Agent:
    """The agent by its id, DID or name, whatever its standing: one that is held, suspended or ended can be reported.
    NotFound ``not_found``; InvalidInput ``query_malformed``."""
    agent_id: str | None = text
    if not is_id(text, "agt"):
        key = canonical_key(text)
        found = find_agents([key], at)[key]
        agent_id = found
        if isinstance(found, Absence):
            agent_id = Name.objects.filter(fqn=key).values_list("agent_id", flat=True).first()
    agent = Agent.objects.filter(pk=agent_id or "").first()
    if agent is None:
        raise not_found()
    return agent


def decoded(text: str) -> bytes:
    """The bytes behind base64 without line breaks. InvalidInput ``attachment_encoding``."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput("attachment_encoding", "content is not base64.", field="content") from None


urlpatterns = [
    path("v1/reports", Reports.as_view(), name="api_reports"),
    path("v1/reports/<str:report>", OneReport.as_view(), name="api_report"),
    path("v1/reports/<str:report>/attachments", Attachments.as_view(), name="api_report_attachments"),
]
