"""``/v1/authorizations``: may this agent spend this here, now? Captures and refunds are in the file beside this."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from identity.credentials.jws import parse_jws
from identity.delegation.decline_codes import DECLINE_CODES
from identity.delegation.models import Delegation
from identity.primitives.clock import rfc3339
from identity.primitives.errors import AttornError, InvalidInput, NotFound
from identity.spending.attempt import Decided
from identity.spending.authorize import Order, authorize_spend
from identity.spending.disclosure import Tier, answer_for_vendor, disclosed
from identity.spending.models import Approval, Decision, Verdict
from identity.spending.receipt import receipt_of
from registry.api.idempotency import REPLAYED_HEADER
from registry.api.late_ends import end_what_ran_out
from registry.api.problems import PROBLEM_MEDIA_TYPE, problem_document
from registry.api.schema import describe
from registry.api.v1 import settlements
from registry.api.v1.spending_access import (
    authorization_of,
    my_authorizations,
    require_idempotency_key,
    require_spending_scope,
    tier_of,
    vendor_named,
)
from registry.api.v1.spending_shapes import ApprovedOut, AuthorizationIn, AuthorizationOut, EvidenceOut, StepUpOut
from registry.api.views import AUTHENTICATED, Resource, page_of

POLL_AFTER_SECONDS = 5

_SENTENCES = {
    "agent_not_verified": "The agent's proof does not hold; ask it for a new one.",
    "agent_not_eligible": "This agent may not spend now.",
    "delegation_invalid": "The agent's delegation does not hold.",
    "not_permitted": "The agent may not spend on this.",
    "invalid_amount": "The amount is not the one the agent signed.",
    "limit_exceeded": "The agent's limits do not allow this.",
    "vendor_not_eligible": "The agent's delegation does not allow spending at this vendor.",
    "approval_required": "The human wants to be asked first.",
    "approval_not_granted": "The human's approval does not allow this.",
}


class Authorizations(Resource):
    """A vendor with a service key needs authorizations_write; one that signs its requests needs no scope."""

    scopes = {"GET": AUTHENTICATED, "POST": AUTHENTICATED}
    limits = {"POST": "authorize"}

    def run(self) -> HttpResponseBase:
        """The ledger keeps the answers to idempotency keys itself, in the transaction of the decision; the frame's
        transaction around it would keep requests from being decided in groups."""
        return self._handler()(self.request, *self.args, **self.kwargs)

    @describe("List authorizations", answers={200: page_of(AuthorizationOut)}, tag="authorizations")
    def get(self, request: Request) -> Response:
        """Those you are vendor, spending agent or principal of."""
        require_spending_scope(self.caller, Permission.AUTHORIZATIONS_READ)
        return self.page(my_authorizations(self.caller), AuthorizationOut)

    @describe(
        "Authorize a spend",
        request=AuthorizationIn,
        answers={201: ApprovedOut, 202: StepUpOut},
        problems=[
            "spend_declined",
            "idempotency_key_required",
            "hold_for_invalid",
            "tolerance_invalid",
            "decision_timeout",
            "ledger_unavailable",
        ],
        tag="authorizations",
    )
    def post(self, request: Request) -> Response:
        """201 holds the amount, 202 asks the human first, 402 (a problem document) declines; each carries the decision,
        its id and the registry's signed receipt. `Idempotency-Key` is required: the same call gets the same answer.
        A dry run (`dry_run`) answers likewise, holds nothing and says so (`binding`)."""
        require_spending_scope(self.caller, Permission.AUTHORIZATIONS_WRITE)
        keyed = require_idempotency_key(self)
        order = self._order(self.body(AuthorizationIn), caller_key=keyed.id, fingerprint=keyed.fingerprint)
        return shown(authorize_spend(order, actor=self.caller.actor, at=self.at))

    def _order(self, body: dict[str, Any], *, caller_key: str, fingerprint: str) -> Order:
        claims = _claims(body["intent"])
        vendor, vendor_did = vendor_named(self.caller, str(claims.get("aud", "")))
        if body.get("chain_ref", claims.get("delegation")) != claims.get("delegation"):
            raise InvalidInput("chain_ref_mismatch", "The intent names another delegation.", field="chain_ref")
        order = body.get("order", {})
        return Order(
            intent=body["intent"],
            vendor=vendor,
            vendor_did=vendor_did,
            amount=body["amount"],
            order_hash=order.get("hash"),
            order_display=order.get("display", ""),
            tolerance_percent=body["tolerance_percent"],
            hold_for=timedelta(seconds=body["hold_seconds"]),
            approval=body.get("approval"),
            offer=body.get("offer"),
            agent_note=body.get("agent_note", ""),
            is_dry_run=body["dry_run"],
            caller_key=caller_key,
            fingerprint=fingerprint,
        )


class OneAuthorization(Resource):
    scopes = {"GET": AUTHENTICATED}

    @describe(
        "Look at an authorization", answers={200: AuthorizationOut}, problems=["hold_not_found"], tag="authorizations"
    )
    def get(self, request: Request, authorization_id: str) -> Response:
        require_spending_scope(self.caller, Permission.AUTHORIZATIONS_READ)
        return Response(AuthorizationOut(authorization_of(self.caller, authorization_id)).data)


class Evidence(Resource):
    scopes = {"GET": AUTHENTICATED}

    @describe("The evidence of a decision", answers={200: EvidenceOut}, problems=["not_found"], tag="authorizations")
    def get(self, request: Request, decision_id: str) -> Response:
        """The vendor reads the public code; the spending agent's side the detailed ones and the figures of its own
        link; the principal everything."""
        require_spending_scope(self.caller, Permission.AUTHORIZATIONS_READ)
        row = Decision.objects.filter(pk=decision_id).first()
        tier = tier_of(self.caller, row) if row is not None else None
        if row is None or tier is None:
            raise NotFound("not_found", "There is no such decision.")
        own_limits = _limits_of(row.leaf) if tier is Tier.AGENT else ()
        return Response(disclosed(row.parsed_record(), receipt_of(row), tier, own_limits=own_limits))


def _limits_of(delegation: str) -> list[dict[str, Any]]:
    return Delegation.objects.filter(pk=delegation).values_list("constraints", flat=True).first() or []


def shown(decided: Decided) -> Response:
    """The HTTP form of a decision; a declined one fails closed in careless clients, which look at the status only."""
    answer = answer_for_vendor(decided.record, decided.receipt)
    if decided.verdict == Verdict.APPROVED:
        return Response(answer, status=201, headers=approval_headers(decided))
    headers = _replay_header(decided)
    if not decided.is_replay:
        end_what_ran_out(decided.record)
    if decided.verdict == Verdict.STEP_UP_REQUIRED:
        answer["approval"] = _approval_link(decided.approval)
        return Response(answer, status=202, headers={"Retry-After": str(POLL_AFTER_SECONDS), **headers})
    document = problem_document("spend_declined", _sentence(answer["reasons"][0]["code"]), **answer)
    return Response(document, status=402, content_type=PROBLEM_MEDIA_TYPE, headers=headers)


def approval_headers(decided: Decided) -> dict[str, str]:
    """Of the answer to an approved spend: where its authorization is, and whether this was said before."""
    location = {"Location": f"/v1/authorizations/{decided.authorization}"} if decided.authorization else {}
    return location | _replay_header(decided)


def _replay_header(decided: Decided) -> dict[str, str]:
    return {REPLAYED_HEADER: "true"} if decided.is_replay else {}


def _approval_link(approval_id: str | None) -> dict[str, Any] | None:
    approval = Approval.objects.filter(pk=approval_id).first() if approval_id else None
    if approval is None:
        return None
    base = f"{settings.PUBLIC_URL}/v1/approvals/{approval.pk}"
    return {
        "id": approval.pk,
        "status_url": base,
        "events_url": f"{base}/events",
        "approve_url": f"{settings.PUBLIC_URL}/approve/{approval.pk}",
        "poll_after_seconds": POLL_AFTER_SECONDS,
        "expires_at": rfc3339(approval.expires_at),
    }


def _claims(intent: str) -> dict[str, Any]:
    """What the intent says, unverified: only to find whom it is for. What cannot be read is declined by the rule."""
    try:
        return parse_jws(intent).payload
    except AttornError:
        return {}


def _sentence(code: str) -> str:
    return _SENTENCES.get(code, DECLINE_CODES[code].sentence if code in DECLINE_CODES else "The spend was declined.")


urlpatterns = [
    path("v1/authorizations", Authorizations.as_view(), name="api_authorizations"),
    path("v1/authorizations/<str:authorization_id>", OneAuthorization.as_view(), name="api_authorization"),
    path("v1/evidence/<str:decision_id>", Evidence.as_view(), name="api_evidence"),
    *settlements.urlpatterns,
]
