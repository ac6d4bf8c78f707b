"""What happens to an authorization after it was given: captures, increments, void, refunds, force-posts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from identity.primitives.errors import InvalidInput
from identity.spending.increment import increment
from identity.spending.models import Settlement
from identity.spending.settle import capture, force_post, refund, void
from registry.api.schema import describe
from registry.api.v1.agent_shapes import NothingIn
from registry.api.v1.spending_access import (
    authorization_of,
    require_idempotency_key,
    require_spending_scope,
    sold_by,
)
from registry.api.v1.spending_shapes import (
    ApprovedOut,
    AuthorizationOut,
    CaptureIn,
    ForcePostIn,
    IncrementIn,
    RefundIn,
    SettlementOut,
    StepUpOut,
)
from registry.api.views import AUTHENTICATED, Resource

STEP_PROBLEMS = ["hold_not_found", "idempotency_key_required", "reference_invalid", "reference_reused"]


class VendorStep(Resource):
    """A step that only the vendor of the authorization may take, once for each idempotency key."""

    scopes = {"POST": AUTHENTICATED}
    limits = {"POST": "authorize"}

    def run(self) -> HttpResponseBase:
        if self.request.method == "POST":
            require_idempotency_key(self)
        return super().run()

    def sold(self, authorization_id: str) -> tuple[str, str]:
        """The vendor that the caller sells as, and the currency. A stranger is told that there is no such
        authorization before he could learn anything of it."""
        require_spending_scope(self.caller, Permission.AUTHORIZATIONS_WRITE)
        return sold_by(self.caller, authorization_id)

    def step(
        self, take: Callable[..., Settlement], authorization_id: str, *, in_currency: str | None = None, **more: Any
    ) -> Response:
        """Take it as the vendor. InvalidInput ``capture_currency_mismatch`` when it is not in ``in_currency``."""
        vendor, currency = self.sold(authorization_id)
        if in_currency is not None and in_currency != currency:
            raise InvalidInput("capture_currency_mismatch", f"The authorization is in {currency}.", field="currency")
        settlement = take(authorization_id=authorization_id, vendor=vendor, **more, actor=self.caller.actor, at=self.at)
        return Response(SettlementOut(settlement).data, status=201)


class Captures(VendorStep):
    @describe(
        "Capture",
        request=CaptureIn,
        answers={201: SettlementOut},
        problems=[
            *STEP_PROBLEMS,
            "capture_currency_mismatch",
            "capture_exceeds_hold",
            "hold_expired",
            "hold_already_captured",
            "hold_already_voided",
            "hold_suspended",
        ],
        tag="authorizations",
    )
    def post(self, request: Request, authorization_id: str) -> Response:
        """You charged this much under the authorization. `final` releases the rest. Nothing here moves money."""
        body = self.body(CaptureIn)
        return self.step(
            capture,
            authorization_id,
            amount=body["amount"].amount,
            currency=body["amount"].currency,
            is_final=body["final"],
            reference=body.get("reference"),
        )


class Increments(VendorStep):
    def run(self) -> HttpResponseBase:
        """As ``Authorizations.run``: the ledger keeps the answer."""
        return self._handler()(self.request, *self.args, **self.kwargs)

    @describe(
        "Increment",
        request=IncrementIn,
        answers={201: ApprovedOut, 202: StepUpOut},
        problems=[
            *STEP_PROBLEMS,
            "spend_declined",
            "hold_expired",
            "hold_closed",
            "increment_mismatch",
            "decision_timeout",
            "ledger_unavailable",
        ],
        tag="authorizations",
    )
    def post(self, request: Request, authorization_id: str) -> Response:
        """Hold more for the same order, by a new intent of the agent over the whole new amount. 202 asks the human
        first, as a new authorization would; send the same again with her `approval`."""
        from registry.api.v1.authorizations import shown

        keyed = require_idempotency_key(self)
        vendor, _ = self.sold(authorization_id)
        body = self.body(IncrementIn)
        decided = increment(
            authorization_id=authorization_id,
            vendor=vendor,
            more=body["amount"],
            intent=body["intent"],
            approval=body.get("approval"),
            caller_key=keyed.id,
            fingerprint=keyed.fingerprint,
            actor=self.caller.actor,
            at=self.at,
        )
        return shown(decided)


class Void(Resource):
    scopes = {"POST": AUTHENTICATED}
    limits = {"POST": "authorize"}

    @describe(
        "Void",
        request=NothingIn,
        answers={200: AuthorizationOut},
        problems=["hold_not_found", "hold_already_captured"],
        tag="authorizations",
    )
    def post(self, request: Request, authorization_id: str) -> Response:
        """Release what is still held: by the vendor, the principal, or whoever runs the agent. Twice is as once."""
        require_spending_scope(self.caller, Permission.AUTHORIZATIONS_WRITE)
        self.body(NothingIn)
        authorization = authorization_of(self.caller, authorization_id)
        authorization = void(authorization_id=authorization.pk, actor=self.caller.actor, at=self.at)
        return Response(AuthorizationOut(authorization).data)


class Refunds(VendorStep):
    @describe(
        "Refund",
        request=RefundIn,
        answers={201: SettlementOut},
        problems=[*STEP_PROBLEMS, "refund_exceeds_capture", "capture_currency_mismatch"],
        tag="authorizations",
    )
    def post(self, request: Request, authorization_id: str) -> Response:
        """You gave this much back. Totals that say so are restored; windows and counts never."""
        body = self.body(RefundIn)
        asked, reference = body["amount"], body.get("reference")
        return self.step(refund, authorization_id, in_currency=asked.currency, amount=asked.amount, reference=reference)


class ForcePosts(VendorStep):
    @describe(
        "Report a charge beyond the authorization",
        request=ForcePostIn,
        answers={201: SettlementOut},
        problems=[*STEP_PROBLEMS, "evidence_required", "capture_currency_mismatch"],
        tag="authorizations",
    )
    def post(self, request: Request, authorization_id: str) -> Response:
        """More was charged than was authorized. It is booked beside the caps, an incident is opened, and the agent's
        delegation is suspended until the registry has looked."""
        body = self.body(ForcePostIn)
        asked, evidence = body["amount"], body["evidence"]
        return self.step(
            force_post, authorization_id, in_currency=asked.currency, amount=asked.amount, evidence=evidence
        )


urlpatterns = [
    path("v1/authorizations/<str:authorization_id>/captures", Captures.as_view(), name="api_captures"),
    path("v1/authorizations/<str:authorization_id>/increments", Increments.as_view(), name="api_increments"),
    path("v1/authorizations/<str:authorization_id>/void", Void.as_view(), name="api_void"),
    path("v1/authorizations/<str:authorization_id>/refunds", Refunds.as_view(), name="api_refunds"),
    path("v1/authorizations/<str:authorization_id>/force-posts", ForcePosts.as_view(), name="api_force_posts"),
]
