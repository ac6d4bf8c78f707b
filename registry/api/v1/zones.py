"""Zones: where an organization hands out names."""

from __future__ import annotations

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from registry.api.schema import describe
from registry.api.v1.name_shapes import ZoneIn, ZoneOut
from registry.api.views import Resource, page_of
from registry.directory.holdings import zone_of
from registry.directory.models import Zone
from registry.directory.zones import create_zone


class Zones(Resource):
    scopes = {"GET": Permission.AGENTS_READ, "POST": Permission.NAMES_WRITE}

    @describe("List your organization's zones", answers={200: page_of(ZoneOut)}, tag="zones")
    def get(self, request: Request) -> Response:
        return self.page(Zone.objects.filter(organization=self.organization), ZoneOut)

    @describe(
        "Take a zone under the root zone",
        request=ZoneIn,
        answers={201: ZoneOut},
        problems=[
            "name_invalid",
            "name_mixed_scripts",
            "name_reserved",
            "name_taken",
            "name_confusable",
            "zone_limit_reached",
            "barred",
        ],
        tag="zones",
    )
    def post(self, request: Request) -> Response:
        label = self.body(ZoneIn)["label"]
        zone = create_zone(organization=self.organization, label=label, actor=self.caller.actor, at=self.at)
        return Response(ZoneOut(zone).data, status=201)


class OneZone(Resource):
    scopes = {"GET": Permission.AGENTS_READ}

    @describe("Look at a zone", answers={200: ZoneOut}, problems=["not_found"], tag="zones")
    def get(self, request: Request, label: str) -> Response:
        return Response(ZoneOut(zone_of(self.organization, label)).data)


urlpatterns = [
    path("v1/zones", Zones.as_view(), name="api_zones"),
    path("v1/zones/<str:label>", OneZone.as_view(), name="api_zone"),
]
