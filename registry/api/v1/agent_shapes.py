"""The shapes of agents, keys and challenges on the wire."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from identity.agents.challenges import signing_input
from identity.agents.keys import RevocationReason
from identity.agents.lifecycle import CONTROLLER_SUSPENSION_REASONS, DeactivationReason
from identity.agents.limits import (
    CAPABILITIES_MAX,
    CAPABILITY_LENGTH_MAX,
    DESCRIPTION_LENGTH_MAX,
    DISPLAY_NAME_LENGTH_MAX,
    HOMEPAGE_LENGTH_MAX,
    OVERLAP_SECONDS_DEFAULT,
    OVERLAP_SECONDS_MAX,
)
from identity.agents.models import (
    Agent,
    AgentKind,
    AgentStatus,
    Challenge,
    ChallengePurpose,
    KeyState,
    VerificationMethod,
)
from identity.agents.proof_text import (
    KEY_TEXT_LENGTH_MAX,
    SIGNATURE_TEXT_LENGTH_MAX,
    read_public_key,
    read_signature,
)
from identity.primitives.errors import InvalidInput
from identity.primitives.ids import ID_LENGTH_MAX
from identity.primitives.multikey import PublicKey
from registry.api.serializers import StrictSerializer
from registry.directory.models import NAME_LENGTH_MAX

_PUBLIC_KEY_SCHEMA = {
    "description": "The public key to prove: a Multikey or PEM text, or a JWK. Never the private key.",
    "oneOf": [
        {
            "type": "string",
            "maxLength": KEY_TEXT_LENGTH_MAX,
            "pattern": r"^\s*((did:key:)?z[1-9A-HJ-NP-Za-km-z]{40,150}\s*$|-----BEGIN )",
        },
        {
            "type": "object",
            "properties": {
                "kty": {"type": "string", "enum": ["OKP", "EC"]},
                "crv": {"type": "string", "enum": ["Ed25519", "P-256", "P-384"]},
                "x": {"type": "string"},
                "y": {"type": "string"},
            },
            "required": ["kty", "crv", "x"],
        },
    ],
}


@extend_schema_field(_PUBLIC_KEY_SCHEMA)
class PublicKeyField(serializers.Field[PublicKey, Any, str, Any]):
    def to_internal_value(self, data: Any) -> PublicKey:
        if not isinstance(data, (str, dict)):
            raise InvalidInput("malformed_key", "A public key is a text or a JWK object.", field="public_key")
        return read_public_key(data)


@extend_schema_field(
    {
        "type": "string",
        "minLength": 1,
        "maxLength": SIGNATURE_TEXT_LENGTH_MAX,
        "pattern": r"^[A-Za-z0-9+/_=\s-]+$",
        "description": "64 bytes in base64url, or the DER form of ECDSA in base64.",
    }
)
class SignatureField(serializers.Field[bytes, Any, str, Any]):
    def to_internal_value(self, data: Any) -> bytes:
        return read_signature(data if isinstance(data, str) else "")


def _challenge_field() -> serializers.CharField:
    return serializers.CharField(max_length=ID_LENGTH_MAX, help_text="The id of the challenge that was signed.")


class ChallengeIn(StrictSerializer):
    purpose = serializers.ChoiceField(ChallengePurpose.choices)
    public_key = PublicKeyField()
    agent = serializers.CharField(
        max_length=ID_LENGTH_MAX, required=False, allow_null=True, help_text="For `key` and `claim`: the agent's id."
    )


class ChallengeDocumentOut(serializers.Serializer[Any]):
    type = serializers.CharField()
    registry = serializers.CharField()
    purpose = serializers.CharField()
    organization = serializers.CharField()
    public_key = serializers.CharField()
    agent = serializers.CharField(allow_null=True)
    nonce = serializers.CharField()
    expires_at = serializers.CharField()


class ChallengeOut(serializers.Serializer[Challenge]):
    id = serializers.CharField()
    purpose = serializers.CharField()
    document = ChallengeDocumentOut()
    signing_input = serializers.SerializerMethodField(
        help_text="The document in canonical form (RFC 8785): sign exactly these bytes."
    )
    expires_at = serializers.DateTimeField()

    def get_signing_input(self, challenge: Challenge) -> str:
        return signing_input(challenge).decode()


class ProfileIn(StrictSerializer):
    """What an agent says of itself; every member is optional in a change."""

    display_name = serializers.CharField(max_length=DISPLAY_NAME_LENGTH_MAX)
    description = serializers.CharField(max_length=DESCRIPTION_LENGTH_MAX, required=False, allow_blank=True)
    capabilities = serializers.ListField(
        child=serializers.CharField(max_length=CAPABILITY_LENGTH_MAX), max_length=CAPABILITIES_MAX, required=False
    )
    homepage = serializers.CharField(max_length=HOMEPAGE_LENGTH_MAX, required=False, allow_blank=True)


class AgentChange(ProfileIn):
    display_name = serializers.CharField(max_length=DISPLAY_NAME_LENGTH_MAX, required=False)


class ProofIn(StrictSerializer):
    challenge = _challenge_field()
    signature = SignatureField()


class AgentIn(ProfileIn):
    challenge = _challenge_field()
    signature = SignatureField()
    name = serializers.CharField(
        max_length=NAME_LENGTH_MAX,
        required=False,
        help_text="Register this name for it in the same step, such as `concierge.acme`; both or neither.",
    )


class RotationIn(ProofIn):
    retire = serializers.CharField(max_length=40, help_text="The fragment of the key that is replaced.")
    overlap_seconds = serializers.IntegerField(
        min_value=0,
        max_value=OVERLAP_SECONDS_MAX,
        default=OVERLAP_SECONDS_DEFAULT,
        help_text="How long the old key stays valid beside the new one.",
    )


class RevocationIn(StrictSerializer):
    reason = serializers.ChoiceField([reason.value for reason in RevocationReason])


class SuspensionIn(StrictSerializer):
    reason = serializers.ChoiceField([reason.value for reason in CONTROLLER_SUSPENSION_REASONS])


class DeactivationIn(StrictSerializer):
    reason = serializers.ChoiceField([reason.value for reason in DeactivationReason])


class NothingIn(StrictSerializer):
    """No members: the address says it all."""


class AgentsQuery(StrictSerializer):
    status = serializers.ChoiceField(AgentStatus.choices, required=False)
    limit = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False)


class KeyOut(serializers.Serializer[VerificationMethod]):
    fragment = serializers.CharField()
    verification_method = serializers.SerializerMethodField(help_text="The DID URL of the key.")
    state = serializers.SerializerMethodField()
    algorithm = serializers.CharField()
    multikey = serializers.CharField()
    thumbprint = serializers.CharField(help_text="RFC 7638, unique over all agents and all time.")
    purposes = serializers.ListField(child=serializers.CharField())
    valid_from = serializers.DateTimeField()
    valid_until = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    revoked_reason = serializers.CharField(allow_blank=True)

    def get_verification_method(self, method: VerificationMethod) -> str:
        return f"{method.agent.did}#{method.fragment}"

    @extend_schema_field(serializers.ChoiceField(KeyState.choices))
    def get_state(self, method: VerificationMethod) -> str:
        return method.state(self.context["at"]).value


class AgentOut(serializers.Serializer[Agent]):
    id = serializers.CharField()
    did = serializers.CharField()
    kind = serializers.ChoiceField(AgentKind.choices)
    organization = serializers.CharField(source="organization_id", allow_null=True)
    display_name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    capabilities = serializers.ListField(child=serializers.CharField())
    homepage = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(AgentStatus.choices)
    status_reason = serializers.CharField(allow_blank=True)
    status_changed_at = serializers.DateTimeField()
    suspended_by = serializers.CharField(allow_blank=True, help_text="controller, registry, or empty.")
    created_at = serializers.DateTimeField()
    claimed_at = serializers.DateTimeField(allow_null=True)


class AgentDetailOut(AgentOut):
    names = serializers.SerializerMethodField(help_text="At most 100, in order.")
    has_valid_key = serializers.SerializerMethodField(help_text="False: nobody may take its word right now.")
    keys = serializers.SerializerMethodField()

    def get_names(self, agent: Agent) -> list[str]:
        return self.context["names"]  # type: ignore[no-any-return]

    def get_has_valid_key(self, agent: Agent) -> bool:
        return any(method.is_valid(self.context["at"]) for method in self.context["methods"])

    @extend_schema_field(KeyOut(many=True))
    def get_keys(self, agent: Agent) -> Any:
        return KeyOut(self.context["methods"], many=True, context=self.context).data
