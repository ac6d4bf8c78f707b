"""``/v1/approvals``: what became of a question. A human's answer is given on a page, with a passkey; an agent's, about
a link that it issued, here."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import StreamingHttpResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from identity.agents.models import Agent
from identity.primitives.clock import now
from identity.primitives.errors import NotFound, NotPermitted
from identity.spending.approvals import cancel
from identity.spending.approvers import counted_yes
from identity.spending.disclosure import Tier
from identity.spending.issuer_answers import answer_as_issuer
from identity.spending.limits import DECLINED_FOR
from identity.spending.models import Approval, ApprovalState, Elevation
from registry.api.authentication import Caller
from registry.api.schema import describe
from registry.api.v1.agent_shapes import NothingIn
from registry.api.v1.spending_access import agents_of, require_spending_scope, tier_of
from registry.api.v1.spending_shapes import ApprovalOut, IssuerAnswerIn
from registry.api.views import AUTHENTICATED, Resource, page_of

WAIT_SECONDS_MAX: Final = 30
LOOK_EVERY_SECONDS: Final = 0.5
STREAM_SECONDS_MAX: Final = 60  # a client comes back with Last-Event-ID; a thread is not held for a quarter of an hour
POLL_AFTER_SECONDS: Final = 5
_WAIT = re.compile(r"(?:^|[,;\s])wait=([0-9]{1,3})(?:$|[,;\s])")


class Approvals(Resource):
    scopes = {"GET": AUTHENTICATED}

    @describe("List approvals", answers={200: page_of(ApprovalOut)}, tag="approvals")
    def get(self, request: Request) -> Response:
        """Questions to you as principal, and those that your agents wait for."""
        require_spending_scope(self.caller, Permission.AUTHORIZATIONS_READ)
        page = self.page(seen_by(self.caller), _Ids)
        rows = Approval.objects.in_bulk([item["id"] for item in page.data["items"]])
        page.data["items"] = [shown(rows[item["id"]], self.caller) for item in page.data["items"]]
        return page


class OneApproval(Resource):
    scopes = {"GET": AUTHENTICATED}

    @describe("Look at an approval", answers={200: ApprovalOut}, problems=["not_found"], tag="approvals")
    def get(self, request: Request, approval_id: str) -> Response:
        """With `Prefer: wait=30` the answer is held back until the human has answered, at most 30 seconds."""
        require_spending_scope(self.caller, Permission.AUTHORIZATIONS_READ)
        approval = approval_of(self.caller, approval_id)
        asked = _WAIT.search(request.headers.get("Prefer", ""))
        seconds = min(int(asked[1]), WAIT_SECONDS_MAX) if asked else 0
        deadline = time.monotonic() + seconds
        while approval.state_at(now()) == ApprovalState.PENDING and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_SECONDS)
            approval = approval_of(self.caller, approval_id)
        headers = {"Preference-Applied": f"wait={seconds}"} if asked else {}
        if approval.state_at(now()) == ApprovalState.PENDING:
            headers["Retry-After"] = str(POLL_AFTER_SECONDS)
        return Response(shown(approval, self.caller), headers=headers)


class ApprovalEvents(Resource):
    """Server-sent events (WHATWG HTML section 9.2): one event a state, resumed with ``Last-Event-ID``."""

    scopes = {"GET": AUTHENTICATED}
    schema = None

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)

    def get(self, request: Request, approval_id: str) -> StreamingHttpResponse:
        require_spending_scope(self.caller, Permission.AUTHORIZATIONS_READ)
        approval = approval_of(self.caller, approval_id)
        last = request.headers.get("Last-Event-ID", "")
        stream = _events(approval, self.caller, last)
        response = StreamingHttpResponse(stream, content_type="text/event-stream")
        response["X-Accel-Buffering"] = "no"
        return response


class Cancellation(Resource):
    scopes = {"POST": AUTHENTICATED}

    @describe(
        "Withdraw a question",
        request=NothingIn,
        answers={200: ApprovalOut},
        problems=["not_found", "approval_ended"],
        tag="approvals",
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """The agent's side does not want the purchase any more."""
        require_spending_scope(self.caller, Permission.AUTHORIZATIONS_WRITE)
        self.body(NothingIn)
        approval = approval_of(self.caller, approval_id)
        if tier_of(self.caller, approval) in (Tier.VENDOR, None):
            raise _not_found()
        approval = cancel(approval=approval, actor=self.caller.actor, at=self.at)
        return Response(shown(approval, self.caller))


class IssuerAnswers(Resource):
    scopes = {"POST": AUTHENTICATED}

    @describe(
        "Answer as the issuer of the link",
        request=IssuerAnswerIn,
        answers={200: ApprovalOut},
        problems=["not_found", "answer_invalid", "approver_not_eligible", "approval_ended"],
        tag="approvals",
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """For questions whose `asked` is an agent of yours: its signed yes or no to exactly this purchase. It may lift
        only what it set itself, on the link that it issued and below."""
        require_spending_scope(self.caller, Permission.AUTHORIZATIONS_WRITE)
        body = self.body(IssuerAnswerIn)
        approval = approval_of(self.caller, approval_id)
        if not is_asked(self.caller, approval):
            raise NotPermitted("approver_not_eligible", "Only the agent that was asked answers this with a signature.")
        approval = answer_as_issuer(approval=approval, token=body["answer"], actor=self.caller.actor, at=self.at)
        return Response(shown(approval, self.caller))


class _Ids(ApprovalOut):
    """Only the ids: what may be shown of each depends on the caller."""

    def to_representation(self, instance: Approval) -> dict[str, Any]:
        return {"id": instance.pk}


def seen_by(caller: Caller) -> QuerySet[Approval]:
    mine = agents_of(caller).values("pk")
    if caller.agent is not None:
        return Approval.objects.filter(Q(agent=caller.agent.pk) | Q(asked_agent=caller.agent.pk))
    return Approval.objects.filter(Q(principal=caller.organization) | Q(agent__in=mine) | Q(asked_agent__in=mine))


def approval_of(caller: Caller, approval_id: str) -> Approval:
    approval = Approval.objects.filter(pk=approval_id).first()
    if approval is None or _tier(caller, approval) is None:
        raise _not_found()
    return approval


def is_asked(caller: Caller, approval: Approval) -> bool:
    """Whether the caller is the agent that answers this, or runs it."""
    return bool(approval.asked_agent) and agents_of(caller).filter(pk=approval.asked_agent).exists()


def _tier(caller: Caller, approval: Approval) -> Tier | None:
    """Whoever answers is shown what a principal is: every reason lies on links that it issued or below."""
    return Tier.PRINCIPAL if is_asked(caller, approval) else tier_of(caller, approval)


def shown(approval: Approval, caller: Caller) -> dict[str, Any]:
    """A vendor learns the state and no more: why the human was asked is not its business."""
    at, base = now(), f"{settings.PUBLIC_URL}/v1/approvals/{approval.pk}"
    state = approval.state_at(at)
    tier = _tier(caller, approval)
    values: dict[str, Any] = {
        "id": approval.pk,
        "state": state.value,
        "created_at": approval.created_at,
        "expires_at": approval.expires_at,
        "links": {"self": base, "events": f"{base}/events", "cancel": f"{base}/cancel"},
    }
    if state == ApprovalState.APPROVED:
        values["elevation"] = Elevation.objects.filter(approval=approval).first()
    if state == ApprovalState.DENIED and approval.decided_at is not None:
        values["retry_after"] = approval.decided_at + DECLINED_FOR
    if tier is not Tier.VENDOR:
        got = 1 if state == ApprovalState.APPROVED and approval.asked_agent else counted_yes(approval).count()
        own = len(approval.path) - 1
        values |= {
            "binding_digest": f"sha-256:{approval.binding_digest}",
            "transaction": approval.transaction,
            "why": approval.why if tier is Tier.PRINCIPAL else [_why_for_agent(one, own) for one in approval.why],
            "lifts": approval.lifts,
            "quorum": {"need": approval.quorum, "got": got},
            "asked": _asked(approval),
        }
    data = dict(ApprovalOut(values).data)
    return {name: value for name, value in data.items() if name in values}


def _asked(approval: Approval) -> str:
    agent = Agent.objects.filter(pk=approval.asked_agent).first() if approval.asked_agent else None
    return agent.did if agent else "principal"


def _why_for_agent(reason: dict[str, Any], own: int) -> dict[str, Any]:
    """Without the figures of links above the agent's own."""
    return reason if reason["link"] == own else {**reason, "detail": ""}


def _events(approval: Approval, caller: Caller, last: str) -> Iterator[bytes]:
    deadline = time.monotonic() + STREAM_SECONDS_MAX
    yield f"retry: {POLL_AFTER_SECONDS * 1000}\n\n".encode()
    while True:
        state = approval.state_at(now()).value
        if f"{approval.pk}:{state}" != last:
            last = f"{approval.pk}:{state}"
            data = json.dumps(shown(approval, caller), default=str)
            yield f"id: {last}\nevent: {state}\ndata: {data}\n\n".encode()
        if state != ApprovalState.PENDING or time.monotonic() >= deadline:
            return
        time.sleep(LOOK_EVERY_SECONDS)
        approval.refresh_from_db()


def _not_found() -> NotFound:
    return NotFound("not_found", "There is no such approval.")


urlpatterns = [
    path("v1/approvals", Approvals.as_view(), name="api_approvals"),
    path("v1/approvals/<str:approval_id>", OneApproval.as_view(), name="api_approval"),
    path("v1/approvals/<str:approval_id>/events", ApprovalEvents.as_view(), name="api_approval_events"),
    path("v1/approvals/<str:approval_id>/answer", IssuerAnswers.as_view(), name="api_approval_answer"),
    path("v1/approvals/<str:approval_id>/cancel", Cancellation.as_view(), name="api_approval_cancel"),
]
