"""Addresses of the pages; each page file brings its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from registry.web.pages import (
    activity,
    agent,
    agents,
    appeal,
    approve,
    attached_credentials,
    console,
    delegations,
    desk_audit,
    domains,
    name_changes,
    name_register,
    names,
    organizations,
    public,
    public_credential,
    report,
    sanction,
    search,
    service_keys,
    sessions,
    standing,
    sweeps,
    theme,
    transparency,
    verify,
    well_known,
)

urlpatterns: list[URLPattern | URLResolver] = [
    *public.urlpatterns,
    *search.urlpatterns,
    *report.urlpatterns,  # before the agent: a/<name>/report is not the page of a name
    *agent.urlpatterns,
    *public_credential.urlpatterns,
    *sanction.urlpatterns,
    *appeal.urlpatterns,
    *transparency.urlpatterns,
    *theme.urlpatterns,
    *verify.urlpatterns,
    *well_known.urlpatterns,
    *organizations.urlpatterns,
    *sessions.urlpatterns,
    *agents.urlpatterns,
    *attached_credentials.urlpatterns,
    *desk_audit.urlpatterns,
    *sweeps.urlpatterns,
    *name_register.urlpatterns,  # before the names: names/register/ is not the page of a name
    *names.urlpatterns,
    *name_changes.urlpatterns,
    *standing.urlpatterns,
    *domains.urlpatterns,
    *delegations.urlpatterns,
    *approve.urlpatterns,
    *service_keys.urlpatterns,
    *activity.urlpatterns,
    *console.urlpatterns,  # last: console/<organization_id>/ would take console/in-person/ for an organization
]
