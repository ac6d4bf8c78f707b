"""The bodies of the VC-API. Unknown members and options are refused."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from identity.credentials.securing import CRYPTOSUITES
from registry.api.serializers import StrictSerializer
from registry.api.verification_shapes import CheckOut, VerdictOut

CHALLENGE_LENGTH_MAX = 1_000
CHECKS_MAX = 16
CRYPTOSUITE_CHOICES = [(suite, suite) for suite in CRYPTOSUITES]
ISSUED_FORM_CHOICES = [("data_integrity", "data_integrity"), ("vc+jwt", "vc+jwt")]
STATUS_ENTRY_TYPE_CHOICES = [("BitstringStatusListEntry", "BitstringStatusListEntry")]


@extend_schema_field({"type": "object", "required": ["@context"], "additionalProperties": True})
class DocumentField(serializers.Field[dict[str, Any], Any, Any, Any]):
    """A JSON object of a standard's own making; the rules of that standard judge it."""

    default_error_messages = {"wrong_type": "This is not a JSON object."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("wrong_type")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field(
    {
        "oneOf": [
            {"type": "object", "additionalProperties": True},
            {"type": "string", "minLength": 1, "pattern": r"^\s*[^\s{\[\"]"},
        ]
    }
)
class SecuredField(serializers.Field[Any, Any, Any, Any]):
    """A secured document: an object, or a token as text. JSON inside of a text is refused: two layers of quoting are
    two chances for two readers to see two documents."""

    default_error_messages = {"wrong_type": "This is neither a JSON object nor a token."}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) or (isinstance(data, str) and data and data.lstrip()[:1] not in ("{", "[", '"')):
            return data
        self.fail("wrong_type")

    def to_representation(self, value: Any) -> Any:
        return value


class IssueOptions(StrictSerializer):
    cryptosuite = serializers.ChoiceField(
        CRYPTOSUITE_CHOICES, required=False, help_text="One suite instead of the proof set."
    )
    format = serializers.ChoiceField(
        ISSUED_FORM_CHOICES,
        required=False,
        help_text="`vc+jwt` answers an enveloped credential.",
    )


class IssueIn(StrictSerializer):
    credential = DocumentField(help_text="A credential without a proof; its `issuer` is your organization's DID.")
    options = IssueOptions(required=False)


class IssueOut(StrictSerializer):
    verifiableCredential = DocumentField()


def _checks() -> serializers.ListField:
    text = serializers.CharField(max_length=60)
    return serializers.ListField(
        child=text, required=False, max_length=CHECKS_MAX, help_text="Every check is made, whatever this names."
    )


class VerifyOptionsIn(StrictSerializer):
    checks = _checks()


class VerifyIn(StrictSerializer):
    verifiableCredential = SecuredField()
    options = VerifyOptionsIn(required=False)


class PresentationOptionsIn(StrictSerializer):
    challenge = serializers.CharField(max_length=CHALLENGE_LENGTH_MAX, required=False, trim_whitespace=False)
    domain = serializers.CharField(max_length=CHALLENGE_LENGTH_MAX, required=False, trim_whitespace=False)
    checks = _checks()


class VerifyPresentationIn(StrictSerializer):
    verifiablePresentation = SecuredField()
    options = PresentationOptionsIn(required=False)


class VerifiedCredentialOut(StrictSerializer):
    """Only ever sent for what verifies."""

    verified = serializers.BooleanField()
    checks = CheckOut(many=True)
    problemDetails = serializers.ListField(child=serializers.DictField())


class VerifiedPresentationOut(VerifiedCredentialOut):
    credentialResults = VerdictOut(many=True)


class StatusEntryIn(StrictSerializer):
    type = serializers.ChoiceField(STATUS_ENTRY_TYPE_CHOICES)
    statusPurpose = serializers.ChoiceField([("revocation", "revocation"), ("suspension", "suspension")])


class StatusIn(StrictSerializer):
    credentialId = serializers.CharField(max_length=500)
    credentialStatus = StatusEntryIn()
    status = serializers.BooleanField(default=True, help_text="`false` lifts a suspension; a revocation stands.")


class StatusOut(StrictSerializer):
    credentialId = serializers.CharField()
    changed = serializers.IntegerField(help_text="How many credentials of this id changed.")
