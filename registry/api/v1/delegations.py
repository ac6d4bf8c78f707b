"""Delegations: draft, issue, pass on, look. What changes their standing is in the file beside this one."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from identity.delegation.constraints import complete_draft, parse_constraints
from identity.delegation.delegate import draft_root
from identity.delegation.link import ANY_VENDOR, Terms, read_audience
from identity.delegation.models import Delegation, DelegationDraft, PendingRaise
from identity.delegation.pass_on import draft_child
from identity.primitives.errors import InvalidInput
from identity.spending import links
from identity.spending.replacing import after_cooling, consent_to, replace_root
from registry.api.pagination import read_page
from registry.api.schema import describe
from registry.api.v1 import delegation_raises, delegation_status
from registry.api.v1.delegation_access import (
    consent_by_sign_in,
    delegation_of,
    draft_shown,
    holder_named,
    listed,
    not_found,
    passed_on_by,
    require_delegation_scope,
    seen_by,
    shown,
)
from registry.api.v1.delegation_raises import RaiseOut, raise_shown
from registry.api.v1.delegation_shapes import (
    DelegationDetailOut,
    DelegationIn,
    DelegationOut,
    DelegationsQuery,
    DraftIn,
    DraftOut,
)
from registry.api.views import AUTHENTICATED, Resource, page_of

TERMS_PROBLEMS = [
    "constraint_invalid",
    "unknown_limit_type",
    "amount_invalid",
    "amount_overflow",
    "amount_scale_mismatch",
    "currency_unknown",
    "credential_invalid",
    "validity_invalid",
    "depth_invalid",
    "holder_key_not_valid",
    "holder_unregistered",
    "agent_not_active",
    "replacement_differs",
    "already_replaced",
    "too_many_delegations",
]
ROOT_PROBLEMS = [
    "insufficient_user_authentication",
    "consent_invalid",
    "draft_expired",
    "draft_already_used",
    "principal_frozen",
]
LENDING_PROBLEMS = ["lending_rule_exceeded", "lending_not_allowed"]
RAISE_PROBLEMS = ["raise_pending", "delegation_not_active"]
CHILD_PROBLEMS = [
    "constraint_wider",
    "chain_broken",
    "chain_too_long",
    "chain_cycle",
    "principal_mismatch",
    "ledger_mismatch",
    "redelegation_not_allowed",
    "delegation_unregistered",
    "credential_expired",
    "credential_not_yet_valid",
    "agent_unknown",
    "parent_not_active",
    "delegation_exists",
    "allocation_needs_total",
    "allocation_exhausted",
]


class Drafts(Resource):
    """A service key needs delegations_write; an agent drafts what it passes on itself."""

    scopes = {"POST": AUTHENTICATED}

    @describe(
        "Draft a delegation",
        request=DraftIn,
        answers={201: DraftOut},
        problems=["not_found", *TERMS_PROBLEMS, *CHILD_PROBLEMS, *LENDING_PROBLEMS, "too_many_drafts"],
        tag="delegations",
    )
    def post(self, request: Request) -> Response:
        """With `parent`: a child for the parent's agent to sign. Without: a root, which the principal approves at
        `approve_url`. Its words, its id and its place in the status lists are fixed from here on, for an hour."""
        require_delegation_scope(self.caller, Permission.DELEGATIONS_WRITE)
        body = self.body(DraftIn)
        wanted: dict[str, Any] = {**drafted(self, body), "at": self.at}
        if "parent" in body:
            parent = passed_on_by(self.caller, found(body["parent"]))
            draft = draft_child(parent=parent, **wanted)
        else:
            require_service_key(self)
            wanted["terms"] = after_cooling(wanted["replaces"], wanted["terms"], at=self.at)
            draft = draft_root(principal=self.organization, actor=self.caller.actor, **wanted)
        return Response(draft_shown(draft), status=201)


class Delegations(Resource):
    """A service key needs delegations_read or delegations_write; an agent sees and passes on its own."""

    scopes = {"GET": AUTHENTICATED, "POST": AUTHENTICATED}

    @describe(
        "List delegations", answers={200: page_of(DelegationOut)}, parameters=[DelegationsQuery], tag="delegations"
    )
    def get(self, request: Request) -> Response:
        """Those you are principal of, issued or hold, oldest first."""
        require_delegation_scope(self.caller, Permission.DELEGATIONS_READ)
        query, rows = self.query(DelegationsQuery), seen_by(self.caller)
        for name in ("agent", "root", "status"):
            if name in query:
                rows = rows.filter(**{name: query[name]})
        page = read_page(rows, query=self.request.query_params)
        return Response({"items": listed(page.items, at=self.at), "next_cursor": page.next_cursor})

    @describe(
        "Issue or register a delegation",
        request=DelegationIn,
        answers={201: DelegationDetailOut, 202: RaiseOut},
        problems=["not_found", *TERMS_PROBLEMS, *ROOT_PROBLEMS, *CHILD_PROBLEMS, *LENDING_PROBLEMS, *RAISE_PROBLEMS],
        tag="delegations",
    )
    def post(self, request: Request) -> Response:
        """Send one of three: `credential`, a child link signed by the agent that passes on; `draft`, a root's draft;
        or the terms of a root. Roots need that whoever made the service key has signed in strongly just now. A root
        that replaces a narrower one begins after its cooling period, as under `/replace`."""
        require_delegation_scope(self.caller, Permission.DELEGATIONS_WRITE)
        return begun(self, issued(self, self.body(DelegationIn)))


class OneDelegation(Resource):
    scopes = {"GET": AUTHENTICATED}

    @describe("Look at a delegation", answers={200: DelegationDetailOut}, problems=["not_found"], tag="delegations")
    def get(self, request: Request, delegation_id: str) -> Response:
        """Its standing, the chain to present, what lies below it and, for whom it concerns, what was used."""
        require_delegation_scope(self.caller, Permission.DELEGATIONS_READ)
        return Response(shown(delegation_of(self.caller, delegation_id), self.caller, at=self.at))


class Replacement(Resource):
    scopes = {"POST": AUTHENTICATED}

    @describe(
        "Replace a delegation",
        request=DelegationIn,
        answers={201: DelegationDetailOut, 202: RaiseOut},
        problems=["not_found", *TERMS_PROBLEMS, *ROOT_PROBLEMS, *CHILD_PROBLEMS, *LENDING_PROBLEMS, *RAISE_PROBLEMS],
        tag="delegations",
    )
    def post(self, request: Request, delegation_id: str) -> Response:
        """As issuing one; the new link stands in the place of the old, which ends in the same moment, and takes over
        what was used. A signed child names what it replaces in `credentialSubject.replaces`.

        A root that is wider in any way is agreed to now (202) and takes the old one's place by itself when its cooling
        period is over, unless somebody of the principal's cancels it before."""
        require_delegation_scope(self.caller, Permission.DELEGATIONS_WRITE)
        old, body = delegation_of(self.caller, delegation_id), self.body(DelegationIn)
        if body.setdefault("replaces", old.pk) != old.pk:
            raise InvalidInput("replacement_differs", "The body says that it replaces another.", field="replaces")
        return begun(self, issued(self, body, replaced=old))


def begun(view: Resource, made: Delegation | PendingRaise) -> Response:
    """201 with the delegation that is in force, or 202 with the change that waits."""
    if isinstance(made, PendingRaise):
        where = f"/v1/delegations/{made.delegation_id}/raises/{made.pk}"
        return Response(raise_shown(made), status=202, headers={"Location": where})
    where = f"/v1/delegations/{made.pk}"
    return Response(shown(made, view.caller, at=view.at), status=201, headers={"Location": where})


def issued(view: Resource, body: dict[str, Any], replaced: Delegation | None = None) -> Delegation | PendingRaise:
    """What the body asks for, by which of its three forms it has."""
    given = [name for name in ("credential", "draft", "agent") if name in body]
    if len(given) != 1:
        raise InvalidInput("invalid_input", "Send one of credential, draft, or the terms (agent, constraints …).")
    if given == ["credential"]:
        return registered(view, body["credential"], replaced)
    require_service_key(view)
    evidence = consent_by_sign_in(view.request.user, view.caller, at=view.at)
    common: dict[str, Any] = {"evidence": evidence, "actor": view.caller.actor, "at": view.at}
    if given == ["draft"]:
        draft = draft_of(view, body["draft"])
        _require_same(draft.replaces_id, replaced.pk if replaced else None)
        return consent_to(draft=draft, **common)
    wanted = drafted(view, body)
    make = links.delegate_root if wanted["replaces"] is None else replace_root
    return make(principal=view.organization, **wanted, **common)


def registered(view: Resource, credential: dict[str, Any], replaced: Delegation | None) -> Delegation:
    """A child, handed in by the agent that issued it or by the organization that runs that agent."""
    related = credential.get("relatedResource")
    parent_id = related[0].get("id") if isinstance(related, list) and related and isinstance(related[0], dict) else None
    parent = Delegation.objects.filter(credential_id=str(parent_id)[:45]).first()
    if parent is None:
        raise InvalidInput(
            "delegation_unregistered", "The delegation above is not registered here.", field="credential"
        )
    passed_on_by(view.caller, parent)
    subject = credential.get("credentialSubject")
    named = subject.get("replaces") if isinstance(subject, dict) else None
    _require_same(named, replaced.credential_id if replaced else None)
    return links.register_child(credential=credential, actor=view.caller.actor, at=view.at)


def drafted(view: Resource, body: dict[str, Any]) -> dict[str, Any]:
    """The arguments that a draft takes from a body."""
    if "constraints" not in body or "valid_until" not in body:
        raise InvalidInput("invalid_input", "Say what it allows (constraints) and how long (valid_until).")
    terms = Terms(
        constraints=parse_constraints(complete_draft(body["constraints"])),
        valid_from=body.get("valid_from", view.at),
        valid_until=body["valid_until"],
        max_further_depth=body["max_further_depth"],
        allocation=body["allocation"],
        on_revocation=body["on_revocation"],
        audience=read_audience(body.get("audience", [ANY_VENDOR])),
    )
    replaces = delegation_of(view.caller, body["replaces"]) if "replaces" in body else None
    return {
        "agent": holder_named(body["agent"]),
        "terms": terms,
        "holder_fragment": body.get("holder_key"),
        "replaces": replaces,
    }


def draft_of(view: Resource, draft_id: str) -> DelegationDraft:
    """A root's draft of the caller's organization."""
    rows = DelegationDraft.objects.select_related("organization", "agent", "replaces", "status_entry")
    draft = rows.filter(pk=draft_id, organization=view.organization, parent=None).first()
    if draft is None:
        raise not_found()
    return draft


def found(delegation_id: str) -> Delegation | None:
    rows = Delegation.objects.select_related("agent__organization", "principal", "root")
    return rows.filter(pk=delegation_id).first()


def require_service_key(view: Resource) -> None:
    """Stops an agent from giving itself a root: a principal is a person or an organization, never its software."""
    if view.caller.agent is not None:
        raise InvalidInput("principal_unknown", "An agent passes on what it holds: name the parent.", field="parent")


def _require_same(named: object, replaced: str | None) -> None:
    if replaced is not None and named != replaced:
        raise InvalidInput("replacement_differs", "It does not name this delegation as what it replaces.")


urlpatterns = [
    path("v1/delegations/drafts", Drafts.as_view(), name="api_delegation_drafts"),
    path("v1/delegations", Delegations.as_view(), name="api_delegations"),
    path("v1/delegations/<str:delegation_id>", OneDelegation.as_view(), name="api_delegation"),
    path("v1/delegations/<str:delegation_id>/replace", Replacement.as_view(), name="api_delegation_replace"),
    *delegation_raises.urlpatterns,
    *delegation_status.urlpatterns,
]
