"""Domains an organization brings and proves."""

from __future__ import annotations

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from registry.api.schema import describe
from registry.api.v1.agent_shapes import NothingIn
from registry.api.v1.name_shapes import DomainIn, DomainOut
from registry.api.views import Resource, page_of
from registry.directory.domain_checks import check_domain
from registry.directory.domains import add_domain, remove_domain
from registry.directory.holdings import domain_of
from registry.directory.models import Domain


class Domains(Resource):
    scopes = {"GET": Permission.AGENTS_READ, "POST": Permission.DOMAINS_WRITE}

    @describe("List your organization's domains", answers={200: page_of(DomainOut)}, tag="domains")
    def get(self, request: Request) -> Response:
        return self.page(Domain.objects.filter(organization=self.organization), DomainOut)

    @describe(
        "Add a domain to prove",
        request=DomainIn,
        answers={201: DomainOut},
        problems=[
            "name_invalid",
            "name_mixed_scripts",
            "domain_invalid",
            "domain_limit_reached",
            "name_confusable",
            "barred",
        ],
        tag="domains",
    )
    def post(self, request: Request) -> Response:
        """Publish `proof` as the TXT record or in the file, then ask for a check. Adding it again changes nothing."""
        domain = add_domain(
            organization=self.organization,
            domain=self.body(DomainIn)["domain"],
            actor=self.caller.actor,
            at=self.at,
        )
        return Response(DomainOut(domain).data, status=201)


class OneDomain(Resource):
    scopes = {"GET": Permission.AGENTS_READ, "DELETE": Permission.DOMAINS_WRITE}

    @describe("Look at a domain", answers={200: DomainOut}, problems=["not_found"], tag="domains")
    def get(self, request: Request, domain: str) -> Response:
        return Response(DomainOut(domain_of(self.organization, domain)).data)

    @describe("Give a domain up", answers={204: None}, problems=["not_found", "domain_in_use"], tag="domains")
    def delete(self, request: Request, domain: str) -> Response:
        remove_domain(domain=domain_of(self.organization, domain), actor=self.caller.actor, at=self.at)
        return Response(status=204)


class DomainCheck(Resource):
    scopes = {"POST": Permission.DOMAINS_WRITE}

    @describe(
        "Look for the proof now",
        request=NothingIn,
        answers={200: DomainOut},
        problems=["not_found", "domain_taken", "name_confusable", "barred"],
        tag="domains",
    )
    def post(self, request: Request, domain: str) -> Response:
        """Asks the DNS and, if need be, the domain's web server; takes at most some seconds."""
        self.body(NothingIn)
        found = domain_of(self.organization, domain)
        checked = check_domain(domain=found, actor=self.caller.actor, at=self.at)
        return Response(DomainOut(checked).data)


urlpatterns = [
    path("v1/domains", Domains.as_view(), name="api_domains"),
    path("v1/domains/<str:domain>", OneDomain.as_view(), name="api_domain"),
    path("v1/domains/<str:domain>/check", DomainCheck.as_view(), name="api_domain_check"),
]
