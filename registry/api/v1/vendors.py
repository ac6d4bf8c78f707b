"""``/v1/vendors``: whom agents buy from. Public, so that an agent knows its vendor before it reveals its chain."""

from __future__ import annotations

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from identity.agents.models import Vendor
from identity.agents.vendors import register_vendor
from identity.primitives.did import canonical_did
from identity.primitives.errors import NotFound
from registry.api.pagination import read_page
from registry.api.schema import describe
from registry.api.v1.agent_access import agent_of
from registry.api.v1.spending_shapes import VendorIn, VendorOut
from registry.api.views import PUBLIC, Resource, page_of
from registry.directory.holdings import proven_domains


class Vendors(Resource):
    scopes = {"GET": Permission.AGENTS_READ, "POST": Permission.VENDORS_WRITE}

    @describe("List your organization's vendors", answers={200: page_of(VendorOut)}, tag="vendors")
    def get(self, request: Request) -> Response:
        rows = Vendor.objects.filter(agent__organization=self.organization).select_related("agent")
        page = read_page(rows, query=self.request.query_params, key="agent_id")
        return Response({"items": VendorOut(page.items, many=True).data, "next_cursor": page.next_cursor})

    @describe(
        "Register a vendor",
        request=VendorIn,
        answers={201: VendorOut},
        problems=[
            "not_found",
            "vendor_mcc",
            "vendor_country",
            "vendor_domains",
            "vendor_agent_not_active",
            "agent_deactivated",
            "agent_revoked",
        ],
        tag="vendors",
    )
    def post(self, request: Request) -> Response:
        """Your agent becomes a vendor: level 1 when you have proven every domain you name, 0 otherwise. Registering it
        again changes it; a higher level, given by the registry for what stood there before, falls back then."""
        body = self.body(VendorIn)
        vendor = register_vendor(
            agent=agent_of(self.organization, body["agent"]),
            mcc=body["mcc"],
            country=body["country"],
            domains=body["domains"],
            proven_domains=proven_domains(self.organization),
            actor=self.caller.actor,
            at=self.at,
        )
        return Response(VendorOut(vendor).data, status=201, headers={"Location": f"/v1/vendors/{vendor.pk}"})


class OneVendor(Resource):
    scopes = {"GET": PUBLIC}

    @describe("Look at a vendor", answers={200: VendorOut}, problems=["not_found", "malformed_did"], tag="vendors")
    def get(self, request: Request, vendor: str) -> Response:
        """By its id or its DID."""
        name = {"agent__did": canonical_did(vendor)} if vendor.startswith("did:") else {"agent_id": vendor}
        row = Vendor.objects.select_related("agent").filter(**name).first()
        if row is None:
            raise NotFound("not_found", "There is no such vendor.")
        return Response(VendorOut(row).data)


urlpatterns = [
    path("v1/vendors", Vendors.as_view(), name="api_vendors"),
    path("v1/vendors/<str:vendor>", OneVendor.as_view(), name="api_vendor"),
]
