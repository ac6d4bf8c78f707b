"""Credentials and issuers on the wire."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from identity.agents.limits import DESCRIPTION_LENGTH_MAX
from identity.credentials.checks import CredentialFormat
from identity.credentials.lifecycle import CredentialReason
from identity.credentials.limits import BATCH_MAX, VALID_FOR_MAX
from identity.credentials.models import (
    Credential,
    CredentialKind,
    IssuerDidMethod,
    PreparedCredential,
    Standing,
    TenantIssuer,
    TenantIssuerKey,
)
from identity.credentials.securing import CRYPTOSUITES, MEDIA_TYPES
from identity.primitives.ids import ID_LENGTH_MAX
from identity.primitives.multikey import KeyAlgorithm
from registry.api.serializers import StrictSerializer
from registry.api.v1.agent_shapes import PublicKeyField
from registry.api.vc_api.shapes import CHALLENGE_LENGTH_MAX, CRYPTOSUITE_CHOICES, DocumentField, SecuredField
from registry.api.verification_shapes import FORMAT_CHOICES, VerdictOut

ISSUED_KIND_CHOICES = [(kind.value, kind.label) for kind in (CredentialKind.IDENTITY, CredentialKind.STATEMENT)]
REASON_CHOICES = [(reason.value, reason.value) for reason in CredentialReason]
ALGORITHM_CHOICES = [(algorithm.value, algorithm.value) for algorithm in KeyAlgorithm]


class CredentialsQuery(StrictSerializer):
    agent = serializers.CharField(max_length=ID_LENGTH_MAX, required=False, help_text="Only this agent's.")
    kind = serializers.ChoiceField(CredentialKind.choices, required=False)
    limit = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False)


class CredentialIn(StrictSerializer):
    agent = serializers.CharField(max_length=ID_LENGTH_MAX, help_text="The id of an agent of your organization.")
    kind = serializers.ChoiceField(
        ISSUED_KIND_CHOICES,
        default=CredentialKind.IDENTITY.value,
        help_text="`identity` is the registry's word, `statement` your organization's.",
    )
    format = serializers.ChoiceField(FORMAT_CHOICES, default=CredentialFormat.DATA_INTEGRITY.value)
    cryptosuites = serializers.ListField(
        child=serializers.ChoiceField(CRYPTOSUITE_CHOICES),
        required=False,
        max_length=len(CRYPTOSUITES),
        help_text="Of Data Integrity formats; the default is the proof set of both eddsa suites.",
    )
    algorithm = serializers.ChoiceField(ALGORITHM_CHOICES, required=False, help_text="The kind of key that signs.")
    statement = serializers.CharField(max_length=DESCRIPTION_LENGTH_MAX, required=False, help_text="Of a `statement`.")
    valid_for_days = serializers.IntegerField(min_value=1, max_value=VALID_FOR_MAX.days, required=False)


class CredentialOut(StrictSerializer):
    id = serializers.CharField()
    credential_id = serializers.CharField(help_text="The `id` inside the document.")
    agent = serializers.CharField(source="agent_id", allow_null=True)
    issuer = serializers.CharField()
    kind = serializers.ChoiceField(CredentialKind.choices)
    format = serializers.ChoiceField(FORMAT_CHOICES)
    types = serializers.ListField(child=serializers.CharField())
    standing = serializers.SerializerMethodField()
    status_reason = serializers.CharField(allow_blank=True)
    status_set_by = serializers.CharField(allow_blank=True)
    status_changed_at = serializers.DateTimeField()
    valid_from = serializers.DateTimeField()
    valid_until = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True, help_text="When a replaced one stops counting.")
    issued_at = serializers.DateTimeField()

    @extend_schema_field({"type": "string", "enum": list(Standing.values)})
    def get_standing(self, credential: Credential) -> str:
        """What it is worth now, its agent's standing and all dates taken in."""
        return str(credential.standing(self.context["at"]))


class CredentialDetailOut(CredentialOut):
    media_type = serializers.SerializerMethodField()
    document = serializers.SerializerMethodField()

    def get_media_type(self, credential: Credential) -> str:
        return MEDIA_TYPES[CredentialFormat(credential.format)]

    @extend_schema_field({"oneOf": [{"type": "object", "additionalProperties": True}, {"type": "string"}]})
    def get_document(self, credential: Credential) -> Any:
        """The credential itself: an object, or a token as text."""
        text = credential.text
        return json.loads(text) if text.startswith("{") else text


class ReasonIn(StrictSerializer):
    reason = serializers.ChoiceField(REASON_CHOICES)


class PreparedIn(StrictSerializer):
    agent = serializers.CharField(max_length=ID_LENGTH_MAX)
    statement = serializers.CharField(max_length=DESCRIPTION_LENGTH_MAX)
    valid_for_days = serializers.IntegerField(min_value=1, max_value=VALID_FOR_MAX.days, required=False)


class PreparedOut(StrictSerializer):
    """A document to sign as it is; its id is that of the credential it will be."""

    id = serializers.CharField()
    document = DocumentField()
    expires_at = serializers.DateTimeField()

    def to_representation(self, instance: PreparedCredential) -> dict[str, Any]:
        return dict(super().to_representation(instance))


class CompleteIn(StrictSerializer):
    secured = SecuredField(help_text="The prepared document with your proof added, or as a vc+jwt.")


class VerifyBatchIn(StrictSerializer):
    credentials = serializers.ListField(child=SecuredField(), min_length=1, max_length=BATCH_MAX)
    accept_unknown_status = serializers.BooleanField(
        default=False, help_text="Whether a status list out of reach still lets the verdict be yes. Not where money is."
    )


class VerifyBatchOut(StrictSerializer):
    results = VerdictOut(many=True)


class PresentationIn(StrictSerializer):
    presentation = SecuredField()
    challenge = serializers.CharField(max_length=CHALLENGE_LENGTH_MAX, required=False, trim_whitespace=False)
    domain = serializers.CharField(max_length=CHALLENGE_LENGTH_MAX, required=False, trim_whitespace=False)
    accept_unknown_status = serializers.BooleanField(default=False)


class IssuerIn(StrictSerializer):
    method = serializers.ChoiceField(IssuerDidMethod.choices)
    domain = serializers.CharField(max_length=253, required=False, help_text="For `domain`: one that you have proven.")
    public_key = PublicKeyField(required=False, help_text="Your own key. Without one the registry makes and holds one.")
    algorithm = serializers.ChoiceField(
        ALGORITHM_CHOICES, required=False, help_text="Of a key that the registry makes."
    )


class IssuerKeyIn(StrictSerializer):
    public_key = PublicKeyField(required=False)
    algorithm = serializers.ChoiceField(ALGORITHM_CHOICES, required=False)


class IssuerKeyOut(StrictSerializer):
    fragment = serializers.CharField()
    public_key = serializers.CharField(source="multikey")
    algorithm = serializers.ChoiceField(ALGORITHM_CHOICES)
    is_held_here = serializers.BooleanField(help_text="Whether the registry signs with it for you.")
    created_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class IssuerOut(StrictSerializer):
    id = serializers.CharField()
    did = serializers.CharField()
    method = serializers.ChoiceField(IssuerDidMethod.choices)
    is_current = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)
    keys = serializers.SerializerMethodField()

    @extend_schema_field(IssuerKeyOut(many=True))
    def get_keys(self, issuer: TenantIssuer) -> list[dict[str, Any]]:
        keys: list[TenantIssuerKey] = sorted(issuer.keys.all(), key=lambda key: key.pk)
        return [dict(IssuerKeyOut(key).data) for key in keys]
