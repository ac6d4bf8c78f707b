"""The shapes of delegations and drafts on the wire. Constraints are spelled as in the signed credential."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from identity.agents.models import DID_LENGTH_MAX
from identity.delegation.constraints import CONSTRAINTS_MAX
from identity.delegation.limits import AUDIENCE_ITEMS_MAX, DEPTH_MAX
from identity.delegation.models import Allocation, Delegation, DelegationDraft, DelegationStatus, OnRevocation
from identity.delegation.revoke import PARTY_REVOCATION_REASONS, PARTY_SUSPENSION_REASONS
from identity.delegation.standing import EffectiveStatus
from identity.primitives.canonical import parse_json
from identity.primitives.ids import ID_LENGTH_MAX
from registry.api.serializers import StrictSerializer

EFFECTIVE_STATUS_CHOICES = [(status.value, status.value) for status in EffectiveStatus]
_OBJECT = {"type": "object", "additionalProperties": True}


@extend_schema_field(_OBJECT)
class ObjectField(serializers.Field[dict[str, Any], Any, dict[str, Any], Any]):
    """A JSON object that a rule reads, strictly, itself."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise serializers.ValidationError("This is not an object.", code="wrong_type")
        return data

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return value


class TermsIn(StrictSerializer):
    """Who may do what, until when."""

    agent = serializers.CharField(max_length=DID_LENGTH_MAX, help_text="The agent that will hold it: its id or DID.")
    constraints = serializers.ListField(
        child=ObjectField(), max_length=CONSTRAINTS_MAX, help_text="Ids and exponents may be left out here."
    )
    valid_from = serializers.DateTimeField(required=False, help_text="Now when it is left out.")
    valid_until = serializers.DateTimeField()
    max_further_depth = serializers.IntegerField(
        min_value=0, max_value=DEPTH_MAX, default=0, help_text="How many times it may be passed on."
    )
    allocation = serializers.ChoiceField(Allocation.choices, default=Allocation.SHARED)
    on_revocation = serializers.ChoiceField(OnRevocation.choices, default=OnRevocation.VOID)
    audience = serializers.ListField(
        child=serializers.CharField(max_length=DID_LENGTH_MAX),
        min_length=1,
        max_length=AUDIENCE_ITEMS_MAX,
        required=False,
        help_text="Vendors by DID; any vendor when it is left out.",
    )
    holder_key = serializers.CharField(
        max_length=40, required=False, help_text="The fragment of the agent's key that may use it; else its newest."
    )
    replaces = serializers.CharField(
        max_length=ID_LENGTH_MAX, required=False, help_text="The delegation whose place and usage it takes over."
    )


class DraftIn(TermsIn):
    parent = serializers.CharField(  # type: ignore[assignment]  # a field, taken off the class by the framework
        max_length=ID_LENGTH_MAX, required=False, help_text="What is passed on; left out for a principal's own."
    )


class DelegationIn(TermsIn):
    """One of three: ``credential`` (a child signed by its issuer), ``draft`` (a root's, after consent), or the terms
    of a root."""

    agent = serializers.CharField(max_length=DID_LENGTH_MAX, required=False)
    constraints = serializers.ListField(child=ObjectField(), max_length=CONSTRAINTS_MAX, required=False)
    valid_until = serializers.DateTimeField(required=False)
    credential = ObjectField(required=False, help_text="The signed delegation credential.")
    draft = serializers.CharField(max_length=ID_LENGTH_MAX, required=False, help_text="The id of a root's draft.")


class DelegationRevocationIn(StrictSerializer):
    reason = serializers.ChoiceField([reason.value for reason in PARTY_REVOCATION_REASONS])


class DelegationSuspensionIn(StrictSerializer):
    reason = serializers.ChoiceField([reason.value for reason in PARTY_SUSPENSION_REASONS])


class DelegationsQuery(StrictSerializer):
    agent = serializers.CharField(max_length=ID_LENGTH_MAX, required=False)
    root = serializers.CharField(max_length=ID_LENGTH_MAX, required=False)  # type: ignore[assignment]
    status = serializers.ChoiceField(DelegationStatus.choices, required=False)
    limit = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False)


class DraftOut(serializers.Serializer[DelegationDraft]):
    id = serializers.CharField(help_text="The id the delegation will have.")
    credential_id = serializers.CharField()
    agent = serializers.CharField(source="agent_id")
    parent = serializers.CharField(source="parent_id", allow_null=True)  # type: ignore[assignment]
    replaces = serializers.CharField(source="replaces_id", allow_null=True)
    sentence = serializers.CharField(source="displayed_text")
    document = ObjectField(help_text="The unsigned credential: sign exactly this.")
    expires_at = serializers.DateTimeField()
    approve_url = serializers.SerializerMethodField(
        help_text="Where the principal reads and signs a root; null for a child, which its issuer signs."
    )

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_approve_url(self, draft: DelegationDraft) -> str | None:
        return None if draft.parent_id else str(self.context["approve_url"])


class StandingReasonOut(StrictSerializer):
    code = serializers.CharField()
    link_depth = serializers.IntegerField()
    detail = serializers.CharField()


class DelegationOut(serializers.Serializer[Delegation]):
    id = serializers.CharField()
    credential_id = serializers.CharField()
    root = serializers.CharField(source="root_id")  # type: ignore[assignment]
    parent = serializers.CharField(source="parent_id", allow_null=True)  # type: ignore[assignment]
    path = serializers.ListField(child=serializers.CharField(), help_text="From the root to this link.")
    depth = serializers.IntegerField()
    max_further_depth = serializers.IntegerField(source="max_depth_left")
    principal_did = serializers.CharField(help_text="Made for this chain; it says nothing elsewhere.")
    issuer_did = serializers.CharField()
    agent = serializers.CharField(source="agent_id")
    agent_did = serializers.CharField(source="agent.did")
    holder_thumbprint = serializers.CharField(help_text="RFC 7638, of the one key that may use it.")
    constraints = serializers.ListField(child=ObjectField())
    sentence = serializers.CharField()
    valid_from = serializers.DateTimeField()
    valid_until = serializers.DateTimeField()
    allocation = serializers.ChoiceField(Allocation.choices)
    on_revocation = serializers.ChoiceField(OnRevocation.choices)
    replaces = serializers.CharField(source="replaces_id", allow_null=True)
    status = serializers.ChoiceField(DelegationStatus.choices, help_text="The link's own.")
    status_reason = serializers.CharField(allow_blank=True)
    status_changed_at = serializers.DateTimeField()
    status_set_by = serializers.CharField(allow_blank=True, help_text="principal, issuer, holder, registry, or empty.")
    effective_status = serializers.SerializerMethodField(help_text="With everything above it taken in, now.")
    reasons = serializers.SerializerMethodField(help_text="What stands in the way, if anything.")
    digest = serializers.SerializerMethodField(help_text="SHA-256 of the credential's canonical bytes.")
    created_at = serializers.DateTimeField()

    @extend_schema_field(serializers.ChoiceField(EFFECTIVE_STATUS_CHOICES))
    def get_effective_status(self, delegation: Delegation) -> str:
        return str(self.context["standings"][delegation.pk].status.value)

    @extend_schema_field(StandingReasonOut(many=True))
    def get_reasons(self, delegation: Delegation) -> list[dict[str, Any]]:
        reasons = self.context["standings"][delegation.pk].reasons
        return [{"code": reason.code, "link_depth": reason.link_depth, "detail": reason.detail} for reason in reasons]

    def get_digest(self, delegation: Delegation) -> str:
        return f"sha-256:{delegation.digest}"


class DelegationDetailOut(DelegationOut):
    chain = serializers.SerializerMethodField(help_text="The signed credentials from the root to this link.")
    receipt = serializers.CharField(source="_receipt", help_text="The registry's countersignature, a signed token.")
    tree = serializers.SerializerMethodField(help_text="This link and those below it, at most 200, parents first.")
    tree_is_whole = serializers.SerializerMethodField()
    usage = serializers.SerializerMethodField(help_text="By link; for the principal all, for a holder its own only.")

    @extend_schema_field(serializers.ListField(child=ObjectField()))
    def get_chain(self, delegation: Delegation) -> list[dict[str, Any]]:
        return [parse_json(bytes(link.credential)) for link in self.context["path"]]

    @extend_schema_field(DelegationOut(many=True))
    def get_tree(self, delegation: Delegation) -> Any:
        return DelegationOut(self.context["tree"], many=True, context=self.context).data

    def get_tree_is_whole(self, delegation: Delegation) -> bool:
        return bool(self.context["tree_is_whole"])

    @extend_schema_field(serializers.DictField(child=serializers.ListField(child=ObjectField())))
    def get_usage(self, delegation: Delegation) -> dict[str, Any]:
        return dict(self.context["usage"])


class FreezeOut(StrictSerializer):
    frozen = serializers.BooleanField()
    frozen_at = serializers.DateTimeField(allow_null=True)
    delegations = serializers.IntegerField(help_text="How many delegations of the principal this reaches.")
