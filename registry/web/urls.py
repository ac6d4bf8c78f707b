"""Addresses of the pages; each page file brings its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from registry.web.pages import (
    activity,
    agent,
    agents,
    console,
    domains,
    names,
    organizations,
    public,
    search,
    service_keys,
    sessions,
    theme,
    well_known,
)

urlpatterns: list[URLPattern | URLResolver] = [
    *public.urlpatterns,
    *search.urlpatterns,
    *agent.urlpatterns,
    *theme.urlpatterns,
    *well_known.urlpatterns,
    *organizations.urlpatterns,
    *sessions.urlpatterns,
    *agents.urlpatterns,
    *names.urlpatterns,
    *domains.urlpatterns,
    *service_keys.urlpatterns,
    *activity.urlpatterns,
    *console.urlpatterns,  # last: console/<organization_id>/ would take console/in-person/ for an organization
]
