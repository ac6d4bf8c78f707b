"""Names and what they carry: register, look, point, renew, hold, release, records. Transfers are beside this file."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from registry.api.pagination import read_page
from registry.api.schema import describe
from registry.api.v1 import transfers
from registry.api.v1.agent_shapes import NothingIn
from registry.api.v1.name_shapes import (
    NameChange,
    NameDetailOut,
    NameIn,
    NameOut,
    RecordsIn,
    RecordsOut,
    RenewalIn,
    name_out,
    names_out,
    record_forms,
)
from registry.api.views import Resource, page_of
from registry.directory.holdings import agent_of, name_of, names_of
from registry.directory.models import Name
from registry.directory.named_agent import held_zone_and_label
from registry.directory.records import replace_records
from registry.directory.register import change_ttl, point_name, register_name, release, renew
from registry.directory.status import CLIENT_STATUSES, clear_client_status, hold, set_client_status, unhold

CHANGE_PROBLEMS = ["not_found", "name_status_prohibits", "name_transfer_pending", "name_expired", "registry_hold"]
STATUS_PROBLEMS = ["not_found", "name_status_prohibits", "name_expired"]
CLIENT_STATUS = OpenApiParameter(
    "status",
    {"type": "string", "enum": sorted(CLIENT_STATUSES)},
    OpenApiParameter.PATH,
    description="One of those that a holder may set.",
)


class Names(Resource):
    scopes = {"GET": Permission.AGENTS_READ, "POST": Permission.NAMES_WRITE}

    @describe("List your organization's names", answers={200: page_of(NameOut)}, tag="names")
    def get(self, request: Request) -> Response:
        page = read_page(names_of(self.organization), query=request.query_params)
        return Response({"items": names_out(page.items, self.at), "next_cursor": page.next_cursor})

    @describe(
        "Register a name for a year",
        request=NameIn,
        answers={201: NameDetailOut},
        problems=[
            "zone_not_yours",
            "name_invalid",
            "name_mixed_scripts",
            "name_reserved",
            "name_taken",
            "name_confusable",
            "name_limit_reached",
            "not_found",
            "agent_not_yours",
            "agent_deactivated",
            "agent_revoked",
            "ttl_out_of_range",
        ],
        tag="names",
    )
    def post(self, request: Request) -> Response:
        body = self.body(NameIn)
        zone, label = held_zone_and_label(self.organization, body["name"])
        name = register_name(
            zone=zone,
            label=label,
            agent=agent_of(self.organization, body.get("agent")),
            ttl_seconds=body["ttl_seconds"],
            actor=self.caller.actor,
            at=self.at,
        )
        return Response(name_out(name, self.at), status=201, headers={"Location": f"/v1/names/{name.fqn}"})


class OneName(Resource):
    scopes = {
        "GET": Permission.AGENTS_READ,
        "PATCH": Permission.NAMES_WRITE,
        "DELETE": Permission.NAMES_WRITE,
    }

    @describe("Look at a name of yours", answers={200: NameDetailOut}, problems=["not_found"], tag="names")
    def get(self, request: Request, name: str) -> Response:
        return Response(name_out(name_of(self.organization, name), self.at))

    @describe(
        "Point a name to another agent, or change its TTL",
        request=NameChange,
        answers={200: NameDetailOut},
        problems=[*CHANGE_PROBLEMS, "agent_not_yours", "agent_deactivated", "agent_revoked", "ttl_out_of_range"],
        tag="names",
    )
    def patch(self, request: Request, name: str) -> Response:
        body = self.body(NameChange)
        held = name_of(self.organization, name)
        if "agent" in body:
            agent = agent_of(self.organization, body["agent"])
            held = point_name(name=held, agent=agent, actor=self.caller.actor, at=self.at)
        if "ttl_seconds" in body:
            held = change_ttl(name=held, ttl_seconds=body["ttl_seconds"], actor=self.caller.actor, at=self.at)
        return Response(name_out(held, self.at))

    @describe(
        "Release a name",
        answers={204: None},
        problems=[*CHANGE_PROBLEMS, "name_has_no_term"],
        tag="names",
    )
    def delete(self, request: Request, name: str) -> Response:
        release(name=name_of(self.organization, name), actor=self.caller.actor, at=self.at)
        return Response(status=204)


class Records(Resource):
    scopes = {"GET": Permission.AGENTS_READ, "PUT": Permission.NAMES_WRITE}

    @describe("List the records of a name of yours", answers={200: RecordsOut}, problems=["not_found"], tag="names")
    def get(self, request: Request, name: str) -> Response:
        rows = name_of(self.organization, name).records.order_by("type", "value")
        return Response(RecordsOut({"records": rows}).data)

    @describe(
        "Replace all records of a name",
        request=RecordsIn,
        answers={200: RecordsOut},
        problems=[*CHANGE_PROBLEMS, "record_invalid", "record_duplicate", "too_many_records", "ttl_out_of_range"],
        tag="names",
    )
    def put(self, request: Request, name: str) -> Response:
        forms = record_forms(self.body(RecordsIn)["records"])
        held = name_of(self.organization, name)
        rows = replace_records(name=held, records=forms, actor=self.caller.actor, at=self.at)
        return Response(RecordsOut({"records": rows}).data)


class Renewal(Resource):
    scopes = {"POST": Permission.NAMES_WRITE}

    @describe(
        "Renew a name",
        request=RenewalIn,
        answers={200: NameDetailOut},
        problems=["not_found", "name_expired", "name_has_no_term", "term_too_long"],
        tag="names",
    )
    def post(self, request: Request, name: str) -> Response:
        years = self.body(RenewalIn)["years"]
        held = renew(name=name_of(self.organization, name), years=years, actor=self.caller.actor, at=self.at)
        return Response(name_out(held, self.at))


class Hold(Resource):
    """Sets clientHold; ``unhold`` clears it."""

    scopes = {"POST": Permission.NAMES_WRITE}
    rule = staticmethod(hold)

    @describe(
        "Withhold a name",
        request=NothingIn,
        answers={200: NameDetailOut},
        problems=STATUS_PROBLEMS,
        tag="names",
    )
    def post(self, request: Request, name: str) -> Response:
        self.body(NothingIn)
        held = self.rule(name=name_of(self.organization, name), actor=self.caller.actor, at=self.at)
        return Response(name_out(held, self.at))


class Unhold(Hold):
    """Clears clientHold."""

    rule = staticmethod(unhold)

    @describe(
        "Answer a withheld name again",
        request=NothingIn,
        answers={200: NameDetailOut},
        problems=STATUS_PROBLEMS,
        tag="names",
    )
    def post(self, request: Request, name: str) -> Response:
        return super().post(request, name)


class OneStatus(Resource):
    scopes = {"PUT": Permission.NAMES_WRITE, "DELETE": Permission.NAMES_WRITE}

    @describe(
        "Set a client status",
        request=NothingIn,
        answers={200: NameDetailOut},
        problems=[*STATUS_PROBLEMS, "status_not_yours"],
        parameters=[CLIENT_STATUS],
        tag="names",
    )
    def put(self, request: Request, name: str, status: str) -> Response:
        self.body(NothingIn)
        held = self._held(name)
        held = set_client_status(name=held, status=status, actor=self.caller.actor, at=self.at)
        return Response(name_out(held, self.at))

    @describe(
        "Clear a client status",
        answers={200: NameDetailOut},
        problems=[*STATUS_PROBLEMS, "status_not_yours"],
        parameters=[CLIENT_STATUS],
        tag="names",
    )
    def delete(self, request: Request, name: str, status: str) -> Response:
        held = self._held(name)
        held = clear_client_status(name=held, status=status, actor=self.caller.actor, at=self.at)
        return Response(name_out(held, self.at))

    def _held(self, name: str) -> Name:
        return name_of(self.organization, name)


# An imported name has a slash in it, hence ``path``; what comes after the name is tried first.
urlpatterns = [
    path("v1/names", Names.as_view(), name="api_names"),
    path("v1/names/<path:name>/records", Records.as_view(), name="api_name_records"),
    path("v1/names/<path:name>/renew", Renewal.as_view(), name="api_name_renew"),
    path("v1/names/<path:name>/hold", Hold.as_view(), name="api_name_hold"),
    path("v1/names/<path:name>/unhold", Unhold.as_view(), name="api_name_unhold"),
    path("v1/names/<path:name>/statuses/<str:status>", OneStatus.as_view(), name="api_name_status"),
    *transfers.urlpatterns,
    path("v1/names/<path:name>", OneName.as_view(), name="api_name"),
]
