"""Transfers of names between organizations."""

from __future__ import annotations

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.primitives.errors import NotFound
from registry.api.schema import describe
from registry.api.v1.agent_shapes import NothingIn
from registry.api.v1.name_shapes import (
    AcceptanceIn,
    NameDetailOut,
    TransferIn,
    TransferOut,
    TransferWithCodeOut,
    name_out,
)
from registry.api.views import Resource, page_of
from registry.directory.holdings import name_of, transfers_of
from registry.directory.transfer import accept_transfer, cancel_transfer, request_transfer


class TransferRequests(Resource):
    scopes = {"POST": Permission.NAMES_WRITE}

    @describe(
        "Offer a name to another organization",
        request=TransferIn,
        answers={201: TransferWithCodeOut},
        problems=[
            "not_found",
            "name_status_prohibits",
            "name_transfer_pending",
            "name_expired",
            "transfer_not_possible",
            "registry_hold",
            "transfer_to_self",
        ],
        tag="names",
    )
    def post(self, request: Request, name: str) -> Response:
        body = self.body(TransferIn)
        held = name_of(self.organization, name)
        to = Organization.objects.filter(pk=body["to"]).first()
        if to is None:
            raise NotFound("not_found", "There is no such organization.", field="to")
        transfer, code = request_transfer(name=held, to=to, actor=self.caller.actor, at=self.at)
        data = {**TransferOut(transfer).data, "code": code}
        return self.secret_response(data, status=201, secret_members=("code",))


class Transfers(Resource):
    scopes = {"GET": Permission.AGENTS_READ}

    @describe("List transfers from and to your organization", answers={200: page_of(TransferOut)}, tag="names")
    def get(self, request: Request) -> Response:
        return self.page(transfers_of(self.organization), TransferOut)


class Acceptance(Resource):
    scopes = {"POST": Permission.NAMES_WRITE}

    @describe(
        "Accept a name",
        request=AcceptanceIn,
        answers={200: NameDetailOut},
        problems=[
            "not_found",
            "transfer_code_wrong",
            "transfer_ended",
            "name_status_prohibits",
            "registry_hold",
            "barred",
            "name_limit_reached",
            "name_expired",
        ],
        tag="names",
    )
    def post(self, request: Request, transfer_id: str) -> Response:
        name = accept_transfer(
            transfer_id=transfer_id,
            code=self.body(AcceptanceIn)["code"],
            organization=self.organization,
            actor=self.caller.actor,
            at=self.at,
        )
        return Response(name_out(name, self.at))


class Cancellation(Resource):
    scopes = {"POST": Permission.NAMES_WRITE}

    @describe(
        "Call a transfer off",
        request=NothingIn,
        answers={200: TransferOut},
        problems=["not_found", "transfer_ended", "name_expired"],
        tag="names",
    )
    def post(self, request: Request, transfer_id: str) -> Response:
        self.body(NothingIn)
        transfer = cancel_transfer(
            transfer_id=transfer_id, organization=self.organization, actor=self.caller.actor, at=self.at
        )
        return Response(TransferOut(transfer).data)


urlpatterns = [
    path("v1/names/<path:name>/transfer", TransferRequests.as_view(), name="api_name_transfer"),
    path("v1/transfers", Transfers.as_view(), name="api_transfers"),
    path("v1/transfers/<str:transfer_id>/accept", Acceptance.as_view(), name="api_transfer_accept"),
    path("v1/transfers/<str:transfer_id>/cancel", Cancellation.as_view(), name="api_transfer_cancel"),
]
