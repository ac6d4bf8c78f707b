"""The shapes of resolution on the wire, for the documentation: the bytes themselves come signed from the store."""

from __future__ import annotations

from rest_framework import serializers

from identity.credentials.watch.states import WatchState
from identity.primitives.ids import ID_LENGTH_MAX
from registry.api.serializers import StrictSerializer
from registry.resolution.keys import QUERY_LENGTH_MAX
from reputation.scoring.formula import Band

BATCH_QUERIES_MAX = 100


class AnswerRecordOut(StrictSerializer):
    type = serializers.CharField(help_text="A2A, MCP, HTTPS, PACKAGE, REPOSITORY or TXT.")
    value = serializers.CharField()
    ttl_seconds = serializers.IntegerField()


class MethodOut(StrictSerializer):
    id = serializers.CharField(help_text="A DID URL: the agent's DID and the key's fragment.")
    type = serializers.CharField(help_text="Multikey.")
    controller = serializers.CharField()
    public_key_multibase = serializers.CharField()
    purposes = serializers.ListField(child=serializers.CharField())
    valid_from = serializers.DateTimeField()
    valid_until = serializers.DateTimeField(allow_null=True)


class IdentityOut(StrictSerializer):
    did = serializers.CharField()
    id = serializers.CharField()
    kind = serializers.CharField(help_text="hosted, or foreign when it was imported from another directory.")
    name = serializers.CharField(allow_null=True, help_text="The name asked for, or the agent's first name.")
    names = serializers.ListField(child=serializers.CharField())
    display_name = serializers.CharField()
    description = serializers.CharField()
    capabilities = serializers.ListField(child=serializers.CharField())
    homepage = serializers.CharField(allow_null=True)
    also_known_as = serializers.ListField(child=serializers.CharField())
    verification_methods = MethodOut(many=True)
    records = AnswerRecordOut(many=True)


class AccountableOut(StrictSerializer):
    id = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField(help_text="organization or person.")
    country = serializers.CharField(allow_null=True)
    assurance_level = serializers.IntegerField()
    domains = serializers.ListField(child=serializers.CharField(), help_text="Domains it has proven.")


class SanctionItemOut(StrictSerializer):
    """A measure of the registry in force; its statement of reasons is at `/v1/sanctions/<id>`."""

    id = serializers.CharField()
    level = serializers.IntegerField(min_value=1, max_value=5)
    measure = serializers.CharField(help_text="under_review, throttle, suspension, revocation or deplatforming.")
    reason = serializers.CharField()
    about = serializers.ChoiceField(choices=["agent", "organization"])
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True, help_text="null: no end was set.")
    confirm_by = serializers.DateTimeField(
        allow_null=True, help_text="One operator acted in an emergency: over at this time unless a second confirms."
    )
    appeal = serializers.ChoiceField(choices=["none", "open", "upheld", "overturned", "changed", "withdrawn"])


class SanctionsOut(StrictSerializer):
    state = serializers.CharField(help_text="known.")
    items = SanctionItemOut(many=True)


class StandingOut(StrictSerializer):
    status = serializers.CharField(help_text="active, suspended, revoked, deactivated or unclaimed.")
    reason = serializers.CharField(allow_null=True)
    since = serializers.DateTimeField()
    suspended_by = serializers.CharField(allow_null=True, help_text="controller or registry.")
    sanctions = SanctionsOut()


class VendorPartOut(StrictSerializer):
    """What one who sells is verified to be; null for an agent that is no vendor."""

    mcc = serializers.CharField(help_text="Merchant category, ISO 18245.")
    country = serializers.CharField(help_text="ISO 3166-1 alpha-2.")
    domains = serializers.ListField(child=serializers.CharField())
    assurance_level = serializers.IntegerField(
        min_value=0, max_value=3, help_text="0 its own word, 1 domain proven, 2 legal entity verified, 3 on site."
    )


class ReputationOut(StrictSerializer):
    """How it has behaved, apart from what it is and where it stands (docs/reference/reputation.md)."""

    band = serializers.ChoiceField(
        choices=[*Band, "under_review", "unknown"], help_text="under_review hides the score, unknown: nobody answers."
    )
    score = serializers.IntegerField(allow_null=True, min_value=0, max_value=1000)
    sample_size = serializers.IntegerField(help_text="How many receipts and cases have a weight.")
    formula = serializers.CharField(allow_null=True)


class StateOut(StrictSerializer):
    state = serializers.CharField()


class RegisteredOut(StateOut):
    since = serializers.DateTimeField()


class VerifiedOut(StateOut):
    method = serializers.CharField(allow_null=True)


class CredentialItemOut(StrictSerializer):
    id = serializers.CharField()
    type = serializers.CharField()
    issuer = serializers.CharField()
    digest = serializers.CharField(help_text="SHA-256 of the credential as it was attached, in hex.")
    state = serializers.CharField(help_text=", ".join(WatchState))
    reason = serializers.CharField(allow_null=True)
    since = serializers.DateTimeField()
    checked_at = serializers.DateTimeField(allow_null=True)
    valid_until = serializers.DateTimeField(allow_null=True)


class CredentialsOut(StateOut):
    """Credentials of other issuers about the agent, checked in the background."""

    counts = serializers.DictField(child=serializers.IntegerField())
    items = CredentialItemOut(many=True)


class EvidencePartOut(StrictSerializer):
    registered = RegisteredOut()
    reachable = StateOut()
    verified = VerifiedOut()
    in_good_standing = StateOut()
    credentials = CredentialsOut()


class DelegationLinkOut(StrictSerializer):
    id = serializers.CharField()
    depth = serializers.IntegerField()
    holder = serializers.CharField(help_text="The DID of the agent that holds this link.")
    accountable = serializers.CharField(allow_null=True)
    state = serializers.CharField()


class RemainingOut(StrictSerializer):
    """What is left of one counted limit in its present window: minor units, or times where there is no currency."""

    limit = serializers.CharField(help_text="The limit's id in the delegation: L1.")
    kind = serializers.CharField()
    currency = serializers.CharField(allow_null=True)
    window = serializers.CharField(allow_null=True)
    cap = serializers.IntegerField()
    held = serializers.IntegerField()
    captured = serializers.IntegerField()
    used = serializers.IntegerField()
    left = serializers.IntegerField()


class DelegationPartOut(StateOut):
    """`none` unless the question named a delegation of this agent; then all of it."""

    id = serializers.CharField(required=False)
    credential_id = serializers.CharField(required=False)
    digest = serializers.CharField(required=False, help_text="SHA-256 of the credential, in hex.")
    principal = serializers.CharField(required=False, help_text="A DID made for this chain: it names nobody.")
    sentence = serializers.CharField(required=False)
    limits = serializers.ListField(child=serializers.DictField(), required=False)
    valid_from = serializers.DateTimeField(required=False)
    valid_until = serializers.DateTimeField(required=False)
    depth = serializers.IntegerField(required=False)
    max_further_depth = serializers.IntegerField(required=False)
    chain = DelegationLinkOut(many=True, required=False)
    remaining = RemainingOut(many=True, required=False, allow_null=True)


class ProofOut(StrictSerializer):
    type = serializers.CharField()
    cryptosuite = serializers.CharField()
    created = serializers.DateTimeField()
    verificationMethod = serializers.CharField()
    proofPurpose = serializers.CharField()
    proofValue = serializers.CharField()


class AnswerOut(StrictSerializer):
    """The signed answer (docs/reference/resolve.md). A negative one has null in every part but its head."""

    type = serializers.CharField()
    query = serializers.CharField(help_text="The canonical name or DID that was asked: compare it.")
    rcode = serializers.ChoiceField(choices=["NOERROR", "NXDOMAIN", "REFUSED"])
    reason = serializers.ChoiceField(choices=["not_found", "held"], allow_null=True)
    registry = serializers.CharField()
    identity = IdentityOut(allow_null=True)
    accountable = AccountableOut(allow_null=True)
    vendor = VendorPartOut(allow_null=True)
    standing = StandingOut(allow_null=True)
    reputation = ReputationOut(allow_null=True)
    delegation = DelegationPartOut(allow_null=True)
    evidence = EvidencePartOut(allow_null=True)
    evaluated_at = serializers.DateTimeField()
    valid_until = serializers.DateTimeField()
    ttl_seconds = serializers.IntegerField()
    epoch = serializers.IntegerField()
    proof = ProofOut()

    def get_fields(self) -> dict[str, serializers.Field[object, object, object, object]]:
        context = serializers.ListField(child=serializers.CharField())
        return {"@context": context, **super().get_fields()}


class ResolveQuery(StrictSerializer):
    delegation = serializers.CharField(
        max_length=ID_LENGTH_MAX, required=False, help_text="A delegation the agent showed you, by its id (dlg_…)."
    )


class BatchIn(StrictSerializer):
    queries = serializers.ListField(
        child=serializers.CharField(max_length=QUERY_LENGTH_MAX, trim_whitespace=False),
        min_length=1,
        max_length=BATCH_QUERIES_MAX,
    )


class BatchEntryOut(StrictSerializer):
    query = serializers.CharField(help_text="As it was sent.")
    status = serializers.IntegerField(help_text="The status a single question would have got.")
    answer = AnswerOut(allow_null=True)
    problem = serializers.DictField(required=False, help_text="A problem document, for a malformed query only.")


class BatchOut(StrictSerializer):
    answers = BatchEntryOut(many=True)
