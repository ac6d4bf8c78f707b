"""The base of every API view.

How a file of ``registry/api/v1`` is written (this is ``v1/zones.py``, shortened)::

    from django.urls import path
    from rest_framework import serializers
    from rest_framework.request import Request
    from rest_framework.response import Response

    from identity.accounts.permissions import Permission
    from registry.api.schema import describe
    from registry.api.serializers import StrictSerializer
    from registry.api.views import PUBLIC, Resource

    class ZoneIn(StrictSerializer):
        label = serializers.CharField(max_length=63)

    class ZoneOut(StrictSerializer):
        id = serializers.CharField()
        label = serializers.CharField()

    class Zones(Resource):
        scopes = {"GET": PUBLIC, "POST": Permission.NAMES_WRITE}
        throttles_by_method = {"POST": "register"}            # optional; default "read" for GET, "write" for others

        @describe("List zones", answers={200: page_of(ZoneOut)})
        def get(self, request: Request) -> Response:
            return self.page(Zone.objects.all(), ZoneOut)     # keyset by id; ?limit=1..100 and ?cursor=

        @describe("Make a zone", request=ZoneIn, answers={201: ZoneOut}, problems=["name_taken", "name_confusable"])
        def post(self, request: Request) -> Response:
            body = self.body(ZoneIn)                          # validated dict, or a 422 problem
            zone = create_zone(
                organization=self.organization,               # of the caller; 403 when it has none
                label=body["label"],
                actor=self.caller.actor,
                at=self.at,
            )
            return Response(ZoneOut(zone).data, status=201)

    urlpatterns = [path("v1/zones", Zones.as_view(), name="api_zones")]   # the full path, no trailing slash

What the frame does by itself: authentication, scopes, throttling, idempotency of unsafe methods (the view runs in
one transaction with its record), strict JSON, problem documents for every exception, the errors in OpenAPI.
What is not the caller's is ``NotFound("not_found", …)``, never 403. A response that shows a secret once is returned
with ``secret_members=("secret",)`` through ``self.secret_response`` (so that it is never stored for replay).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from identity.accounts.models import Organization
from identity.primitives.clock import now
from identity.primitives.errors import NotFound, NotPermitted, Unauthenticated
from registry.api.authentication import Caller, ServiceKeyAuthentication
from registry.api.pagination import page_of as page_of
from registry.api.pagination import read_page
from registry.api.parsers import StrictJSONParser
from registry.api.renderers import StrictJSONRenderer

PUBLIC = "public"
AUTHENTICATED = "authenticated"


class Resource(APIView):
    """One URL of the API. ``scopes`` names for each method what the caller needs: PUBLIC, AUTHENTICATED (any caller)
    or a Permission; a method that is not named is refused (fail closed)."""

    scopes: ClassVar[Mapping[str, str]] = {}
    throttles_by_method: ClassVar[Mapping[str, str]] = {}

    authentication_classes = [ServiceKeyAuthentication]
    permission_classes: ClassVar[list[Any]] = []
    throttle_classes: ClassVar[list[Any]] = []
    parser_classes = [StrictJSONParser]
    renderer_classes = [StrictJSONRenderer]

    at: datetime

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.at = now()
        super().initial(request, *args, **kwargs)
        self.require_scope(request)

    def require_scope(self, request: Request) -> None:
        """Stops a caller whose credential was never meant for this: least privilege, checked before any rule."""
        if request.method == "OPTIONS":
            return
        scope = self.scopes.get("GET" if request.method == "HEAD" else str(request.method))
        if scope == PUBLIC:
            return
        caller = self.caller
        if scope is None:
            raise NotPermitted("scope_missing", "This method is not open to any credential.")
        if scope != AUTHENTICATED and str(scope) not in caller.scopes:
            raise NotPermitted("scope_missing", f"The credential needs the scope {scope}.")

    @property
    def caller(self) -> Caller:
        """The authenticated caller; Unauthenticated when there is none."""
        if not isinstance(self.request.auth, Caller):
            raise Unauthenticated("authentication_required", "This needs a service key or a signed request.")
        return self.request.auth

    @property
    def caller_or_none(self) -> Caller | None:
        return self.request.auth if isinstance(self.request.auth, Caller) else None

    @property
    def organization(self) -> Organization:
        """The organization the caller acts for; NotPermitted when it has none."""
        organization = self.caller.organization
        if organization is None:
            raise NotPermitted("not_permitted", "This caller acts for no organization.")
        return organization

    def body(self, serializer_class: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """The validated body; a ValidationError (422 ``invalid_input`` with ``errors``) otherwise."""
        serializer = serializer_class(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def query(self, serializer_class: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """The validated query parameters, as ``body``."""
        serializer = serializer_class(data=self.request.query_params.dict())
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def page(self, rows: QuerySet[Any], serializer_class: type[BaseSerializer[Any]]) -> Response:
        """One page of ``rows``, keyset by id."""
        page = read_page(rows, query=self.request.query_params)
        items = serializer_class(page.items, many=True).data
        return Response({"items": items, "next_cursor": page.next_cursor})

    def secret_response(self, data: dict[str, Any], *, status: int, secret_members: tuple[str, ...]) -> Response:
        """A response that shows a secret this once; a replay of the same key shows the rest without it."""
        response = Response(data, status=status)
        response.secret_members = secret_members  # type: ignore[attr-defined]
        return response


class UnknownPath(Resource):
    """Whatever is under the API's prefix and is no resource: a 404 problem document for every method."""

    scopes: ClassVar[Mapping[str, str]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound("not_found", "There is no such API path.")
