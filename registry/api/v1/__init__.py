"""One file a resource. Each defines ``urlpatterns`` with full paths (``path("v1/zones", …)``) and views derived from
``registry.api.views.Resource``, whose docstring shows how a file is written. Add the file's name below."""

from __future__ import annotations

RESOURCES = (
    "caller",
    "agents",
    "agent_reputation",
    "attached_credentials",
    "credentials",
    "issuers",
    "verify",
    "names",
    "zones",
    "domains",
    "search",
    "resolve",
    "identifiers",
    "delegations",
    "lending",
    "approvers",
    "vendors",
    "authorizations",
    "approvals",
    "subscriptions",
    "status_events",
    "reports",
    "sanctions",
    "appeals",
)
