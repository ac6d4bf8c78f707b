"""A resource of the tests' own: small enough to see only the frame."""

from __future__ import annotations

import threading

from django.urls import include, path
from rest_framework import serializers
from rest_framework.response import Response

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.primitives.clock import rfc3339
from identity.primitives.errors import Conflict, Gone
from registry.api.schema import describe
from registry.api.serializers import StrictSerializer
from registry.api.views import AUTHENTICATED, PUBLIC, Resource, page_of


class ProbeIn(StrictSerializer):
    name = serializers.CharField(max_length=40)
    count = serializers.IntegerField(min_value=0, required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=10), required=False)


class ProbeOut(StrictSerializer):
    id = serializers.CharField()
    name = serializers.CharField()


class Probes(Resource):
    scopes = {"GET": PUBLIC, "POST": Permission.AGENTS_WRITE, "PUT": AUTHENTICATED}

    started = threading.Event()
    go_on = threading.Event()
    pauses = False

    @describe("List", answers={200: page_of(ProbeOut)})
    def get(self, request):
        return self.page(Organization.objects.all(), ProbeOut)

    @describe("Make", request=ProbeIn, answers={201: ProbeOut}, problems=["conflict"])
    def post(self, request):
        body = self.body(ProbeIn)
        made = Organization.objects.create(name=body["name"], kind="organization")
        if Probes.pauses:
            Probes.started.set()
            Probes.go_on.wait(10)
        match body["name"]:
            case "taken":
                raise Conflict("conflict", "It is taken.", field="name")
            case "gone":
                raise Gone("gone", "It has ended.")
            case "broken":
                raise RuntimeError("secret detail")
            case "secret":
                return self.secret_response({"id": made.id, "secret": "s3cret"}, status=201, secret_members=("secret",))
        return Response(ProbeOut(made).data, status=201, headers={"Location": f"/v1/probes/{made.id}"})

    def put(self, request):
        return Response({"at": rfc3339(self.at), "actor": str(self.caller.actor)})

    def delete(self, request):
        return Response(status=204)


urlpatterns = [path("v1/probes", Probes.as_view(), name="probes"), path("", include("registry.urls"))]

from registry.urls import handler400, handler403, handler404, handler500  # noqa: E402, F401
