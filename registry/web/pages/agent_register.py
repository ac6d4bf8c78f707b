"""Registering an agent, and the page where any proof of control is given."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission, require
from identity.agents.challenges import issue_challenge, signing_input
from identity.agents.models import Agent, Challenge, ChallengePurpose
from identity.primitives.clock import now
from identity.primitives.errors import AttornError, Conflict, Gone, InvalidInput, NotPermitted, TooMany
from identity.primitives.multikey import KeyAlgorithm, PublicKey
from registry.directory.models import Zone
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import actor_of, list_crumbs
from registry.web.drafts import Draft, draft_of, drop_draft, keep_draft
from registry.web.finish_proof import NEEDED, finish, start_again_address
from registry.web.forms.agents import RegisterForm, SignatureForm

WORDED = (InvalidInput, Conflict, Gone, TooMany, NotPermitted)
"""Refusals that belong on the form; anything else becomes a page of its own."""

ZONES_SHOWN_MAX = 20


@console_page(Permission.AGENTS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """Name and description, then a key; the proof follows. ``?draft=`` fills in what was begun before."""
    begun = draft_of(request, request.GET.get("draft", ""))
    form = RegisterForm(
        request.POST or None,
        organization=organization,
        initial=_initial(begun) if begun and begun.kind == "register" else None,
    )
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "public_key"}
        try:
            return begin_proof(request, organization, Draft("register", None, values), form.cleaned_data["public_key"])
        except WORDED as refusal:
            add_refusal(form, refusal)
    context = {
        "form": form,
        "zones": Zone.objects.filter(organization=organization).order_by("label")[:ZONES_SHOWN_MAX],
        "crumbs": list_crumbs(organization),
    }
    return render(request, "console/agents/register.html", context, status=422 if form.errors else 200)


def begin_proof(
    request: ConsoleRequest, organization: Organization, draft: Draft, public_key: PublicKey, agent: Agent | None = None
) -> HttpResponse:
    """Make the challenge and lead to the page where its signature is given; a script that holds the key in memory
    gets both as JSON and signs at once."""
    purpose = {"register": ChallengePurpose.REGISTER, "claim": ChallengePurpose.CLAIM}
    challenge = issue_challenge(
        organization=organization,
        purpose=purpose.get(draft.kind, ChallengePurpose.KEY),
        public_key=public_key,
        agent=agent,
        actor=actor_of(request),
        at=now(),
    )
    keep_draft(request, challenge.pk, draft)
    address = reverse("console_agent_prove", args=[organization.pk, challenge.pk])
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"signing_input": signing_input(challenge).decode(), "address": address})
    return redirect(address)


@console_page(Permission.AGENTS_READ)
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: ConsoleRequest, organization: Organization, challenge_id: str) -> HttpResponse:
    """What to sign, with the exact commands; the signature finishes what was begun in this session."""
    draft = draft_of(request, challenge_id)
    if draft is None:
        raise Http404
    require(request.user, organization, NEEDED[draft.kind])
    challenge = get_object_or_404(Challenge, pk=challenge_id, organization=organization)
    form = SignatureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            done = finish(
                draft,
                organization=organization,
                challenge_id=challenge_id,
                signature=form.cleaned_data["signature"],
                actor=actor_of(request),
                at=now(),
            )
        except WORDED as refusal:
            add_refusal(form, refusal)
        else:
            drop_draft(request, challenge_id)
            messages.success(request, done.words)
            return redirect("console_agent", organization.pk, done.agent_id)
    context = _prove_context(request, organization, challenge, draft) | {"form": form}
    return render(request, "console/agents/prove.html", context, status=422 if form.errors else 200)


def add_refusal(form: Any, refusal: AttornError) -> None:
    """Put a refusal on the field it is about, or above the form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.detail)


def _prove_context(
    request: HttpRequest, organization: Organization, challenge: Challenge, draft: Draft
) -> dict[str, Any]:
    text = signing_input(challenge).decode()
    return {
        "kind": draft.kind,
        "challenge": challenge,
        "has_expired": now() >= challenge.expires_at or challenge.consumed_at is not None,
        "signing_input": text,
        "command": signing_command(PublicKey.from_multikey(challenge.document["public_key"]).algorithm, text),
        "again_url": start_again_address(organization, draft, challenge.pk),
        "crumbs": list_crumbs(organization),
        "display_name": draft.values.get("display_name", ""),
    }


def signing_command(algorithm: KeyAlgorithm, text: str) -> str:
    """Shell lines that sign ``text`` with ``agent.pem``. The text is JSON of ours and holds no quote or backslash
    that a shell would read otherwise; a test says so."""
    write = f"printf '%s' '{text}' > challenge.json"
    if algorithm is KeyAlgorithm.ED25519:
        return f"{write}\nopenssl pkeyutl -sign -rawin -inkey agent.pem -in challenge.json | base64"
    return f"{write}\nopenssl dgst -sha256 -sign agent.pem challenge.json | base64"


def _initial(draft: Draft) -> dict[str, Any]:
    return {**draft.values, "capabilities": ", ".join(draft.values.get("capabilities", []))}


urlpatterns = [
    path("console/<str:organization_id>/agents/register/", register, name="console_agent_register"),
    path("console/<str:organization_id>/agents/prove/<str:challenge_id>/", prove, name="console_agent_prove"),
]
