"""The shapes of authorizations, approvals and vendors on the wire."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from identity.agents.vendors import DOMAINS_PER_VENDOR_MAX
from identity.delegation.issuer_answer import ANSWER_LENGTH_MAX
from identity.primitives.errors import InvalidInput
from identity.primitives.ids import ID_LENGTH_MAX
from identity.primitives.money import AMOUNT_MAX, EXPONENTS, Money
from identity.spending.limits import (
    EVIDENCE_TEXT_LENGTH_MAX,
    HOLD_DEFAULT,
    HOLD_MAX,
    HOLD_MIN,
    NOTE_LENGTH_MAX,
    ORDER_DISPLAY_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
    TOLERANCE_PERCENT_MAX,
)
from identity.spending.models import ApprovalState, AuthorizationState, CloseReason, SettlementKind, Verdict
from registry.api.serializers import StrictSerializer

INTENT_LENGTH_MAX = 8_192


class MoneyIn(StrictSerializer):
    """Minor units and an ISO 4217 currency; ``exponent`` may stand beside them and must then agree."""

    amount = serializers.IntegerField(min_value=1, max_value=AMOUNT_MAX)
    currency = serializers.ChoiceField(choices=sorted(EXPONENTS))
    exponent = serializers.IntegerField(min_value=0, max_value=4, required=False)

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        try:
            return Money.from_wire(dict(values))
        except InvalidInput as error:
            raise serializers.ValidationError({error.field or "amount": [error.detail]}, code=error.code) from error


class MoneyOut(StrictSerializer):
    amount = serializers.IntegerField()
    currency = serializers.CharField()
    exponent = serializers.IntegerField()


class OrderIn(StrictSerializer):
    hash = serializers.RegexField(r"^sha-256:[A-Za-z0-9_=+/-]{1,88}$", required=False)
    display = serializers.CharField(max_length=ORDER_DISPLAY_LENGTH_MAX, required=False)


class AuthorizationIn(StrictSerializer):
    """What a vendor asks. The agent, its delegation and the action are those of the agent's signed ``intent``."""

    intent = serializers.CharField(max_length=INTENT_LENGTH_MAX, help_text="The agent's signed intent, a compact JWS.")
    amount = MoneyIn()
    chain_ref = serializers.CharField(
        max_length=ID_LENGTH_MAX, required=False, help_text="The delegation the intent names; checked when given."
    )
    order = OrderIn(required=False)
    tolerance_percent = serializers.IntegerField(min_value=0, max_value=TOLERANCE_PERCENT_MAX, default=0)
    hold_seconds = serializers.IntegerField(
        min_value=int(HOLD_MIN.total_seconds()),
        max_value=int(HOLD_MAX.total_seconds()),
        default=int(HOLD_DEFAULT.total_seconds()),
    )
    approval = serializers.CharField(max_length=ID_LENGTH_MAX, required=False, allow_null=True)
    offer = serializers.CharField(max_length=INTENT_LENGTH_MAX, required=False)
    agent_note = serializers.CharField(max_length=NOTE_LENGTH_MAX, required=False, allow_blank=True)
    dry_run = serializers.BooleanField(default=False)


class ReasonOut(StrictSerializer):
    code = serializers.CharField()


class ApprovalLinkOut(StrictSerializer):
    id = serializers.CharField()
    status_url = serializers.CharField()
    events_url = serializers.CharField()
    approve_url = serializers.CharField()
    poll_after_seconds = serializers.IntegerField()
    expires_at = serializers.DateTimeField()


class AssuranceOut(StrictSerializer):
    """Who answers for this purchase besides the agent's side."""

    insured_up_to = MoneyOut(help_text="For each occurrence.")
    insurer = serializers.CharField(help_text="The DID of the insurer.")
    certificate = serializers.CharField(help_text="The id of the credential that says so.")


class ApprovedOut(StrictSerializer):
    """201: the amount is held. Approved means committed."""

    decision = serializers.ChoiceField(Verdict.choices)
    decision_id = serializers.CharField()
    binding = serializers.BooleanField(help_text="False for a dry run: nothing is held.")
    authorization_id = serializers.CharField(allow_null=True)
    held = MoneyOut()
    expires_at = serializers.DateTimeField()
    capture_before = serializers.DateTimeField()
    obligations = serializers.ListField(child=serializers.CharField())
    assurance = AssuranceOut(allow_null=True, help_text="Null when nobody insures the agent for this action.")
    receipt = serializers.CharField(help_text="The registry's signature over the decision, a compact JWS.")


class StepUpOut(StrictSerializer):
    """202: the human is asked; nothing is held yet."""

    decision = serializers.ChoiceField(Verdict.choices)
    decision_id = serializers.CharField()
    binding = serializers.BooleanField()
    reasons = ReasonOut(many=True)
    retryable = serializers.BooleanField()
    approval = ApprovalLinkOut(allow_null=True)
    receipt = serializers.CharField()


class AuthorizationOut(StrictSerializer):
    id = serializers.CharField()
    state = serializers.ChoiceField(AuthorizationState.choices)
    close_reason = serializers.ChoiceField([("", ""), *CloseReason.choices], allow_blank=True)
    currency = serializers.CharField()
    amount = serializers.IntegerField()
    open = serializers.IntegerField()
    captured = serializers.IntegerField()
    refunded = serializers.IntegerField()
    over = serializers.IntegerField()
    action = serializers.CharField()
    order_hash = serializers.CharField()
    agent = serializers.CharField()
    vendor = serializers.CharField()
    decision = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class SettlementOut(StrictSerializer):
    id = serializers.CharField()
    kind = serializers.ChoiceField(SettlementKind.choices)
    amount = serializers.IntegerField()
    released = serializers.IntegerField()
    reference = serializers.CharField(allow_null=True)
    receipt = serializers.CharField()
    at = serializers.DateTimeField()
    authorization = AuthorizationOut()


class CaptureIn(StrictSerializer):
    amount = MoneyIn()
    final = serializers.BooleanField(default=False)
    reference = serializers.CharField(max_length=REFERENCE_LENGTH_MAX, required=False)


class IncrementIn(StrictSerializer):
    amount = MoneyIn(help_text="How much more.")
    intent = serializers.CharField(max_length=INTENT_LENGTH_MAX)
    approval = serializers.CharField(
        max_length=ID_LENGTH_MAX, required=False, allow_null=True, help_text="The human's answer, when she was asked."
    )


class RefundIn(StrictSerializer):
    amount = MoneyIn()
    reference = serializers.CharField(max_length=REFERENCE_LENGTH_MAX, required=False)


class ForcePostIn(StrictSerializer):
    amount = MoneyIn()
    evidence = serializers.CharField(max_length=EVIDENCE_TEXT_LENGTH_MAX)


class EvidenceOut(StrictSerializer):
    """The record of a decision, as much of it as the caller may read."""

    id = serializers.CharField()
    at = serializers.CharField()
    verdict = serializers.ChoiceField(Verdict.choices)
    authorization = serializers.CharField(allow_null=True)
    receipt = serializers.CharField()


class ElevationOut(StrictSerializer):
    id = serializers.CharField()
    valid_until = serializers.DateTimeField()
    uses_left = serializers.SerializerMethodField()

    @extend_schema_field(serializers.IntegerField())
    def get_uses_left(self, elevation: Any) -> int:
        return 0 if elevation.consumed_by else 1


class VendorIn(StrictSerializer):
    agent = serializers.CharField(max_length=ID_LENGTH_MAX, help_text="An active agent of yours that becomes a vendor.")
    mcc = serializers.RegexField(r"^[0-9]{4}$", help_text="ISO 18245 merchant category.")
    country = serializers.RegexField(r"^[A-Z]{2}$", help_text="ISO 3166-1 alpha-2.")
    domains = serializers.ListField(
        child=serializers.CharField(max_length=253), max_length=DOMAINS_PER_VENDOR_MAX, default=list
    )


class VendorOut(StrictSerializer):
    id = serializers.CharField(source="agent_id")
    did = serializers.CharField(source="agent.did")
    name = serializers.CharField(source="agent.display_name")
    status = serializers.CharField(source="agent.status")
    mcc = serializers.CharField()
    country = serializers.CharField()
    domains = serializers.ListField(child=serializers.CharField())
    assurance_level = serializers.IntegerField()


class IssuerAnswerIn(StrictSerializer):
    answer = serializers.CharField(max_length=ANSWER_LENGTH_MAX, help_text="The agent's signed answer, a compact JWS.")


class ApprovalOut(StrictSerializer):
    id = serializers.CharField()
    state = serializers.ChoiceField(ApprovalState.choices)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    binding_digest = serializers.CharField(required=False)
    transaction = serializers.DictField(required=False)
    why = serializers.ListField(child=serializers.DictField(), required=False)
    lifts = serializers.ListField(child=serializers.CharField(), required=False)
    quorum = serializers.DictField(required=False)
    asked = serializers.CharField(
        required=False,
        help_text="Who was asked: `principal`, or the DID of the agent that issued the link.",
    )
    elevation = ElevationOut(required=False, allow_null=True)
    retry_after = serializers.DateTimeField(required=False)
    links = serializers.DictField(child=serializers.CharField())
