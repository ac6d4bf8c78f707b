"""``/v1/caller``: whom the registry takes you for. The first call of every integration."""

from __future__ import annotations

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from registry.api.schema import describe
from registry.api.serializers import StrictSerializer
from registry.api.views import AUTHENTICATED, Resource


class CallerOrganizationOut(StrictSerializer):
    id = serializers.CharField()
    name = serializers.CharField()


class CallerOut(StrictSerializer):
    """The credential's owner and what it may do."""

    kind = serializers.ChoiceField(choices=["service_key", "agent"])
    id = serializers.CharField(help_text="The service key's id, or the agent's.")
    did = serializers.CharField(allow_null=True, help_text="The signing agent's DID.")
    organization = CallerOrganizationOut(allow_null=True)
    scopes = serializers.ListField(child=serializers.CharField())


class CallerResource(Resource):
    scopes = {"GET": AUTHENTICATED}

    @describe("Whom this credential stands for", answers={200: CallerOut}, tag="caller")
    def get(self, request: Request) -> Response:
        """Checks a service key or a signature without changing anything."""
        caller = self.caller
        organization = caller.organization
        return Response(
            {
                "kind": str(caller.actor.kind),
                "id": caller.actor.id,
                "did": caller.agent.did if caller.agent else None,
                "organization": {"id": organization.id, "name": organization.name} if organization else None,
                "scopes": sorted(caller.scopes),
            }
        )


urlpatterns = [path("v1/caller", CallerResource.as_view(), name="api_caller")]
