"""Credentials of other issuers about an agent: attach, look, have checked now, remove."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from identity.agents.models import Agent
from identity.credentials.models import Seen, WatchedCredential
from identity.credentials.watch.attach import attach_credential
from identity.credentials.watch.checking import check_source, sources_of
from identity.credentials.watch.report import Watched, watched_of
from identity.credentials.watch.states import WatchState
from identity.credentials.watch.watching import detach
from identity.primitives.errors import NotFound
from registry.api.pagination import read_page
from registry.api.schema import describe
from registry.api.serializers import StrictSerializer
from registry.api.v1.agent_access import agent_of, require_permission
from registry.api.v1.agent_shapes import NothingIn
from registry.api.views import AUTHENTICATED, Resource, page_of

_CREDENTIAL_SCHEMA = {
    "description": "A credential as its issuer gave it: a JSON object, or the text of a JWT or SD-JWT.",
    "oneOf": [{"type": "object"}, {"type": "string", "minLength": 1}],
}


@extend_schema_field(_CREDENTIAL_SCHEMA)
class CredentialField(serializers.Field[Any, Any, Any, Any]):
    """Taken as it came; what it means is for the rule to say."""

    def to_internal_value(self, data: Any) -> dict[str, Any] | str:
        if not isinstance(data, dict | str) or not data:
            raise serializers.ValidationError("A credential is a JSON object or a text.", code="wrong_type")
        return data


class AttachIn(StrictSerializer):
    credential = CredentialField()


class SourceOut(serializers.Serializer[Any]):
    """What the state rests on, and how the last look at it went."""

    url = serializers.CharField()
    state = serializers.CharField(help_text="unchecked, fresh, stale, unreachable or invalid.")
    since = serializers.DateTimeField()
    checked_at = serializers.DateTimeField(allow_null=True, help_text="When it was last confirmed.")
    last_result = serializers.CharField(allow_blank=True)


class AttachedOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    agent = serializers.CharField()
    seen = serializers.ChoiceField(Seen.choices)
    seen_at = serializers.DateTimeField(help_text="When it was attached, or last presented.")
    type = serializers.CharField()
    issuer = serializers.CharField()
    credential_id = serializers.CharField(allow_blank=True)
    digest = serializers.CharField(help_text="SHA-256 of the credential as it came, in hex.")
    valid_from = serializers.DateTimeField(allow_null=True)
    valid_until = serializers.DateTimeField(allow_null=True)
    state = serializers.CharField(help_text=", ".join(WatchState))
    reason = serializers.CharField(allow_null=True)
    since = serializers.DateTimeField()
    checked_at = serializers.DateTimeField(allow_null=True)
    sources = SourceOut(many=True)


class AttachedCredentials(Resource):
    """Needs credentials_write, or a request signed by the agent itself."""

    scopes = {"GET": Permission.AGENTS_READ, "POST": AUTHENTICATED}

    @describe(
        "List an agent's credentials of other issuers",
        answers={200: page_of(AttachedOut)},
        problems=["not_found"],
        tag="agents",
    )
    def get(self, request: Request, agent_id: str) -> Response:
        """Those that are attached and those that were presented here, each with its state as of now."""
        agent = agent_of(self.organization, agent_id)
        page = read_page(agent.watched_credentials.defer("document"), query=request.query_params)
        known = {watched.id: watched for watched in watched_of([agent.pk]).get(agent.pk, ())}
        items = [shown(row, known[row.pk], self.at) for row in page.items if row.pk in known]
        return Response({"items": items, "next_cursor": page.next_cursor})

    @describe(
        "Attach a credential of another issuer",
        request=AttachIn,
        answers={201: AttachedOut},
        problems=[
            "not_found",
            "agent_deactivated",
            "agent_revoked",
            "malformed_credential",
            "status_not_supported",
            "credential_not_foreign",
            "credential_not_verified",
            "credential_not_about_agent",
            "too_many_attached_credentials",
        ],
        tag="agents",
    )
    def post(self, request: Request, agent_id: str) -> Response:
        """It is verified now and watched from now on; its state is `unchecked` until its lists have been asked, some
        seconds later. Attaching it again changes nothing."""
        require_holder(self, agent_id)
        agent = agent_of(self.organization, agent_id)
        credential = attach_credential(
            agent=agent, data=self.body(AttachIn)["credential"], actor=self.caller.actor, at=self.at
        )
        address = f"/v1/agents/{agent.pk}/credentials/{credential.pk}"
        return Response(one(agent, credential, self.at), status=201, headers={"Location": address})


class AttachedCredential(Resource):
    """Removing needs credentials_write, or a request signed by the agent itself."""

    scopes = {"GET": Permission.AGENTS_READ, "DELETE": AUTHENTICATED}

    @describe("Look at a watched credential", answers={200: AttachedOut}, problems=["not_found"], tag="agents")
    def get(self, request: Request, agent_id: str, credential_id: str) -> Response:
        agent = agent_of(self.organization, agent_id)
        return Response(one(agent, credential_of(agent, credential_id), self.at))

    @describe("Stop watching a credential", answers={204: None}, problems=["not_found"], tag="agents")
    def delete(self, request: Request, agent_id: str, credential_id: str) -> Response:
        """It is forgotten, and the signed answers speak of it no more."""
        require_holder(self, agent_id)
        agent = agent_of(self.organization, agent_id)
        detach(credential=credential_of(agent, credential_id), actor=self.caller.actor, at=self.at)
        return Response(status=204)


class CredentialCheck(Resource):
    """Needs credentials_write, or a request signed by the agent itself."""

    scopes = {"POST": AUTHENTICATED}

    @describe(
        "Ask a credential's lists now",
        request=NothingIn,
        answers={200: AttachedOut},
        problems=["not_found"],
        tag="agents",
    )
    def post(self, request: Request, agent_id: str, credential_id: str) -> Response:
        """Asks its status lists and its issuer's DID document, at most 3 seconds each, without waiting for their
        turn. A server that does not answer counts as one failed try."""
        require_holder(self, agent_id)
        self.body(NothingIn)
        agent = agent_of(self.organization, agent_id)
        credential = credential_of(agent, credential_id)
        for source in sources_of(credential):
            check_source(source, at=self.at)
        return Response(one(agent, credential, self.at))


def require_holder(view: Resource, agent_id: str) -> None:
    if view.caller.agent is None or view.caller.agent.pk != agent_id:
        require_permission(view.caller, Permission.CREDENTIALS_WRITE)


def credential_of(agent: Agent, credential_id: str) -> WatchedCredential:
    found = agent.watched_credentials.defer("document").filter(pk=credential_id).first()
    if found is None:
        raise NotFound("not_found", "There is no such credential.")
    return found


def one(agent: Agent, row: WatchedCredential, at: datetime) -> dict[str, Any]:
    known = {watched.id: watched for watched in watched_of([agent.pk]).get(agent.pk, ())}
    return shown(row, known[row.pk], at)


def shown(row: WatchedCredential, watched: Watched, at: datetime) -> dict[str, Any]:
    """A credential as the wire shows it."""
    standing = watched.standing(at)
    sources = [
        {
            "url": source.url,
            "state": source.state,
            "since": source.state_since,
            "checked_at": source.verified_at,
            "last_result": source.last_result,
        }
        for source in watched.facts.sources
    ]
    names = ("seen", "seen_at", "type", "issuer", "credential_id", "digest", "valid_from", "valid_until")
    values = {
        "id": row.pk,
        "agent": row.agent_id,
        **{name: getattr(row, name) for name in names},
        "state": standing.state,
        "reason": standing.reason or None,
        "since": standing.since,
        "checked_at": standing.checked_at,
        "sources": sources,
    }
    return dict(AttachedOut(values).data)


_ONE = "v1/agents/<str:agent_id>/credentials/<str:credential_id>"

urlpatterns = [
    path("v1/agents/<str:agent_id>/credentials", AttachedCredentials.as_view(), name="api_attached_credentials"),
    path(_ONE, AttachedCredential.as_view(), name="api_attached_credential"),
    path(f"{_ONE}/check", CredentialCheck.as_view(), name="api_attached_credential_check"),
]
