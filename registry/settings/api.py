"""Settings of the API: the framework, its limits, who may read it from a browser, its description."""

from __future__ import annotations

from typing import Any

from registry.settings.env import env

REST_FRAMEWORK: dict[str, Any] = {
    "EXCEPTION_HANDLER": "registry.api.problems.exception_response",
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["registry.api.renderers.StrictJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["registry.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "registry.api.schema.ProblemAwareSchema",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%SZ",  # as identity.primitives.clock.rfc3339 writes it
}

# Requests a caller (a credential, or an address without one) may make; 600/m is 600 at once, then ten a second.
API_THROTTLES: dict[str, str] = {
    "resolve": env.str("THROTTLE_RESOLVE", default="12000/m"),
    "read": env.str("THROTTLE_READ", default="3000/m"),
    "search": env.str("THROTTLE_SEARCH", default="1200/m"),
    "write": env.str("THROTTLE_WRITE", default="1200/m"),
    "authorize": env.str("THROTTLE_AUTHORIZE", default="60000/m"),
    "issue": env.str("THROTTLE_ISSUE", default="1200/m"),
    "verify": env.str("THROTTLE_VERIFY", default="1200/m"),
    "report": env.str("THROTTLE_REPORT", default="60/m"),
}

# How many receivers of status events may wait or listen at once in one web process; each holds one of its threads.
STATUS_STREAMS_MAX: int = env.int("STATUS_STREAMS_MAX", default=2)

# What this instance keeps in Redis is named under this prefix, so that several instances may share one.
REDIS_PREFIX: str = env.str("REDIS_PREFIX", default="attorn:")

# One proxy of ours is in front: its X-Forwarded-For and X-Forwarded-Proto are believed.
TRUST_PROXY: bool = env.bool("TRUST_PROXY", default=False)

# Any page may read what is public, without credentials; nothing else may be called from another origin.
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS"]
CORS_ALLOW_HEADERS = ["accept", "if-none-match"]
CORS_EXPOSE_HEADERS = ["ETag", "RateLimit", "RateLimit-Policy", "Retry-After"]
CORS_PREFLIGHT_MAX_AGE = 3600
CORS_URLS_REGEX = (
    r"^/(?:v1/resolve/.+|v1/search|v1/names/[^/]+/status|v1/sanctions(?:/[^/]+)?|1\.0/identifiers/.+"
    r"|agents/[^/]+/did\.json|\.well-known/did\.json|status/[rst]/[0-9]+|contexts/[a-z]+/v1|organizations/[^/]+/did\.json|openapi\.json|problems/.*)$"
)

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Attorn",
    "DESCRIPTION": (
        "The public register of AI agents: who they are, whom they act for, and in what standing.\n\n"
        "Errors are problem documents (RFC 9457); each `code` has a page at `/problems/<code>`. "
        "Unsafe calls take an `Idempotency-Key`. Lists are pages: pass `next_cursor` back as `cursor`."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "LICENSE": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "SERVERS": [{"url": "/", "description": "this registry"}],
    "TAGS": [
        {"name": "resolve", "description": "Who is this agent, and in what standing? Signed answers, no credential."},
        {"name": "search", "description": "Find agents by words and capabilities, no credential."},
        {"name": "did", "description": "DID documents as W3C DID Core and did:web have them."},
        {"name": "caller", "description": "Whom the registry takes you for."},
        {"name": "agents", "description": "Your organization's agents, their keys and their lifecycle."},
        {"name": "zones", "description": "Where your names stand."},
        {"name": "names", "description": "Names, what they point to, what they carry, and their transfer."},
        {"name": "domains", "description": "Domains you have proven."},
        {"name": "delegations", "description": "Authority lent to agents and passed on, its standing and its usage."},
        {"name": "vendors", "description": "Whom agents buy from: registered, and how far they were verified."},
        {"name": "authorizations", "description": "May this agent spend this here, now? Hold, capture, void, refund."},
        {"name": "approvals", "description": "Questions to the human about one purchase, and what became of them."},
        {"name": "reports", "description": "What you say an agent did, with evidence, and what became of it."},
        {"name": "sanctions", "description": "Statements of reasons: what was done, why and by whom, no credential."},
        {"name": "appeals", "description": "Asking for a measure to be looked at again, and what became of it."},
        {"name": "status events", "description": "What you must know before the next purchase: sent, streamed, read."},
        {"name": "credentials", "description": "What an agent can show of itself, and whether it still counts."},
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SCHEMA_PATH_PREFIX": r"/(?:v1|1\.0)",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "CallerKindEnum": [("service_key", "service_key"), ("agent", "agent")],
        "VerdictEnum": "identity.spending.models.Verdict",
        "RecordTypeEnum": "registry.directory.models.RecordType",
        "AgentKindEnum": "identity.agents.models.AgentKind",
        "AgentStatusEnum": "identity.agents.models.AgentStatus",
        "EffectiveStatusEnum": "registry.api.v1.delegation_shapes.EFFECTIVE_STATUS_CHOICES",
        "LinkStatusEnum": "identity.delegation.models.delegation.DelegationStatus",
        "SubscriptionStateEnum": "registry.push.models.SubscriptionState",
        "DeliveryEnum": "registry.push.models.Delivery",
        "DeliveryStateEnum": "registry.push.models.DeliveryState",
        "StatusEventTypeEnum": "registry.api.v1.push_shapes.EVENT_TYPE_CHOICES",
        "SanctionStateEnum": "registry.api.v1.sanctions.PUBLISHED_STATES",
        "SubjectKindEnum": "registry.api.v1.sanctions.SUBJECT_KINDS",
        "ReportKindEnum": "reputation.moderation.models.ReportKind",
        "ContestStateEnum": "reputation.scoring.models.ContestState",
        "ReportStateEnum": "registry.api.v1.reports.STATE_CHOICES",
        "GroundKindEnum": "registry.api.v1.sanctions.GROUND_KINDS",
        "AppealStateEnum": "reputation.moderation.models.AppealState",
        "LendingRoleEnum": "registry.api.v1.lending.ROLE_CHOICES",
        "ZoneKindEnum": "registry.directory.models.ZoneKind",
        "TransferStateEnum": "registry.directory.models.TransferState",
        "DomainStateEnum": "registry.directory.models.DomainState",
        "CredentialKindEnum": "identity.credentials.models.credential.CredentialKind",
        "IssuedKindEnum": "registry.api.v1.credential_shapes.ISSUED_KIND_CHOICES",
        "CredentialReasonEnum": "registry.api.v1.credential_shapes.REASON_CHOICES",
        "CredentialFormatEnum": "registry.api.verification_shapes.FORMAT_CHOICES",
        "IssuedFormEnum": "registry.api.vc_api.shapes.ISSUED_FORM_CHOICES",
        "CryptosuiteEnum": "registry.api.vc_api.shapes.CRYPTOSUITE_CHOICES",
        "StatusEntryTypeEnum": "registry.api.vc_api.shapes.STATUS_ENTRY_TYPE_CHOICES",
        "IssuerDidMethodEnum": "identity.credentials.models.tenant_issuer.IssuerDidMethod",
    },
    "PREPROCESSING_HOOKS": ["registry.api.schema.only_described"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
