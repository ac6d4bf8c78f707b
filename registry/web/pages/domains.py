"""An organization's domains in the console: add one, see what to publish, check now, give it up."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from registry.directory.domain_checks import check_domain
from registry.directory.domains import add_domain, remove_domain
from registry.directory.models import NAME_LENGTH_MAX, Domain, DomainState, Name
from registry.directory.proofs import FILE_PATH, TXT_LABEL, file_url, proof_text, txt_name
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import actor_of, allowed
from registry.web.name_view import show_refusal


class DomainForm(forms.Form):
    domain = forms.CharField(
        label=gettext_lazy("Domain"),
        max_length=NAME_LENGTH_MAX,
        widget=forms.TextInput(
            attrs={"placeholder": "example.com", "spellcheck": "false", "autocomplete": "off", "autocapitalize": "off"}
        ),
        help_text=gettext_lazy("One you control. Names under it then read bot.example.com."),
    )


@console_page(Permission.AGENTS_READ)
@require_safe
def domains(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    context = {
        "organization": organization,
        "domains": organization.domains.order_by("domain"),
        "may_write": allowed(request, Permission.DOMAINS_WRITE),
    }
    return render(request, "console/domains/list.html", context)


@console_page(Permission.DOMAINS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    form = DomainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = add_domain(organization=organization, **form.cleaned_data, actor=actor_of(request), at=now())
        except (InvalidInput, Conflict, NotPermitted) as refusal:
            show_refusal(form, refusal)
        else:
            return redirect("console_domain", organization.pk, row.pk)
    context = {"organization": organization, "form": form, "crumbs": _crumbs(organization)}
    return render(request, "console/domains/add.html", context, status=422 if form.errors else 200)


@console_page(Permission.AGENTS_READ)
@require_safe
def domain(request: ConsoleRequest, organization: Organization, domain_id: str) -> HttpResponse:
    shown = get_object_or_404(Domain, pk=domain_id, organization=organization)
    context = {
        "organization": organization,
        "domain": shown,
        "proof": proof_text(shown.token),
        "txt_name": txt_name(shown.domain),
        "txt_label": TXT_LABEL,
        "file_url": file_url(shown.domain),
        "file_path": FILE_PATH,
        "is_proven": shown.state in (DomainState.PROVEN, DomainState.UNREACHABLE),
        "name_count": Name.objects.filter(zone__label=shown.domain, zone__organization=organization).count(),
        "may_write": allowed(request, Permission.DOMAINS_WRITE),
        "crumbs": _crumbs(organization),
    }
    return render(request, "console/domains/domain.html", context)


@console_page(Permission.DOMAINS_WRITE)
@require_POST
def check(request: ConsoleRequest, organization: Organization, domain_id: str) -> HttpResponse:
    shown = get_object_or_404(Domain, pk=domain_id, organization=organization)
    try:
        checked = check_domain(domain=shown, actor=actor_of(request), at=now())
    except (Conflict, NotPermitted) as refusal:
        messages.error(request, refusal.detail)
    else:
        if checked.state == DomainState.PROVEN and not checked.failures:
            messages.success(request, _("The proof is there."))
        else:
            messages.warning(request, _("Not found: %(result)s.") % {"result": checked.last_result})
    return redirect("console_domain", organization.pk, shown.pk)


@console_page(Permission.DOMAINS_WRITE)
@require_POST
def remove(request: ConsoleRequest, organization: Organization, domain_id: str) -> HttpResponse:
    shown = get_object_or_404(Domain, pk=domain_id, organization=organization)
    try:
        remove_domain(domain=shown, actor=actor_of(request), at=now())
    except Conflict as refusal:
        messages.error(request, refusal.detail)
        return redirect("console_domain", organization.pk, shown.pk)
    messages.success(request, _("%(domain)s is given up.") % {"domain": shown.domain})
    return redirect("console_domains", organization.pk)


def _crumbs(organization: Organization) -> list[tuple[str, str]]:
    return [(_("Domains"), reverse("console_domains", args=[organization.pk]))]


urlpatterns = [
    path("console/<str:organization_id>/domains/", domains, name="console_domains"),
    path("console/<str:organization_id>/domains/add/", add, name="console_domain_add"),
    path("console/<str:organization_id>/domains/<str:domain_id>/", domain, name="console_domain"),
    path("console/<str:organization_id>/domains/<str:domain_id>/check/", check, name="console_domain_check"),
    path("console/<str:organization_id>/domains/<str:domain_id>/remove/", remove, name="console_domain_remove"),
]
