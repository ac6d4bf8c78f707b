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
        limits = {"GET": "search"}                            # optional: "read" for GET, "write" for the rest

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

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from identity.accounts.models import Organization
from identity.primitives.clock import now
from identity.primitives.errors import InvalidInput, NotFound, NotPermitted, TooLarge, TooMany, Unauthenticated
from registry.api.authentication import AgentSignatureAuthentication, Caller, ServiceKeyAuthentication
from registry.api.idempotency import HEADER, answer_once, keyed_request
from registry.api.pagination import page_of as page_of
from registry.api.pagination import read_page
from registry.api.parsers import BODY_BYTES_MAX, StrictJSONParser
from registry.api.renderers import StrictJSONRenderer
from registry.api.throttling import Allowance, client_address, take

PUBLIC: Final = "public"
AUTHENTICATED: Final = "authenticated"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Resource(APIView):
    """One URL of the API. ``scopes`` names for each method what the caller needs: PUBLIC, AUTHENTICATED (any caller)
    or a Permission; a method that is not named is refused (fail closed). ``limits`` names the rate limit of a method
    when it is not "read" for safe ones and "write" for the others. ``reads`` are POSTs that change nothing.
    ``body_bytes_max`` is for the few whose bodies are larger than 64 KiB: credentials are."""

    scopes: ClassVar[Mapping[str, str]] = {}
    limits: ClassVar[Mapping[str, str]] = {}
    reads: ClassVar[frozenset[str]] = frozenset()
    body_bytes_max: ClassVar[int] = BODY_BYTES_MAX

    # The order matters: a request with both credentials is refused by the first.
    authentication_classes = [ServiceKeyAuthentication, AgentSignatureAuthentication]
    permission_classes = ()
    throttle_classes = ()
    parser_classes = [StrictJSONParser]
    renderer_classes = [StrictJSONRenderer]

    at: datetime
    allowance: Allowance | None = None

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As the framework's, with the handler run once for each idempotency key."""
        self.args, self.kwargs = args, kwargs
        self.at = now()
        self.request = request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        response: HttpResponseBase
        try:
            self.initial(request, *args, **kwargs)
            response = self.run()
        except Exception as exception:
            response = self.handle_exception(exception)
        final: HttpResponseBase = self.finalize_response(request, response, *args, **kwargs)
        return final

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Everything that is asked before the rule runs, cheapest first."""
        self.format_kwarg = None
        self.require_clean_address(request)
        self.require_small_body(request)
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        self.require_method(request)
        self.perform_authentication(request)
        self.require_allowance(request)
        self.require_scope(request)

    def run(self) -> HttpResponseBase:
        """Call the method's handler; once for each idempotency key when it may change something."""
        method = str(self.request.method)
        header = self.request.headers.get(HEADER)
        if method in SAFE_METHODS or method in self.reads or header is None:
            return self._answer()
        keyed = keyed_request(
            header=header,
            caller=str(self.caller.actor),
            method=method,
            path=self.request.path,
            query=self.request.META.get("QUERY_STRING", ""),
            body=self.request._request.body,
        )
        return answer_once(keyed, self._answer, self.handle_exception, at=self.at)

    def _answer(self) -> HttpResponseBase:
        return self._handler()(self.request, *self.args, **self.kwargs)

    def _handler(self) -> Callable[..., HttpResponseBase]:
        handler: Callable[..., HttpResponseBase] = getattr(self, str(self.request.method).lower())
        return handler

    def require_clean_address(self, request: Request) -> None:
        """Stops U+0000, which PostgreSQL cannot hold and text compares may cut at, from reaching a query."""
        if "\0" in request.path:
            raise NotFound("not_found", "There is no such thing here.")
        if any("\0" in text for name, values in request.query_params.lists() for text in (name, *values)):
            raise InvalidInput("malformed_request", "The query holds U+0000, which is no text.")

    def require_small_body(self, request: Request) -> None:
        """Stops a large upload from being read into memory at all; a body of unknown length is not read either."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit():
            raise InvalidInput("malformed_request", "Content-Length is not a number.")
        if int(length) > self.body_bytes_max:
            raise TooLarge("body_too_large", f"The body has more than {self.body_bytes_max} bytes.")
        if length == "0" and "chunked" in request.headers.get("Transfer-Encoding", "").lower():
            raise InvalidInput("length_required", "Send the body with a Content-Length.")

    def require_method(self, request: Request) -> None:
        """405 with Allow, before anything else is said about the resource."""
        method = str(request.method).lower()
        if method not in self.http_method_names or not hasattr(self, method):
            self.http_method_not_allowed(request)

    def require_allowance(self, request: Request) -> None:
        """Count the request against its limit: TooMany ``too_many_requests`` with Retry-After when it is used up."""
        method = str(request.method)
        reading = method in SAFE_METHODS or method in self.reads
        name = self.limits.get("GET" if method == "HEAD" else method, "read" if reading else "write")
        caller = self.caller_or_none
        who = str(caller.actor) if caller else client_address(request._request)
        self.allowance = take(name, who=who)
        if self.allowance is not None and not self.allowance.allowed:
            seconds = max(1, self.allowance.reset_seconds)
            raise TooMany("too_many_requests", f"Wait {seconds} seconds.", retry_after_seconds=seconds)

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

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.allowance is not None:
            response.headers["RateLimit-Policy"] = self.allowance.policy.header
            response.headers["RateLimit"] = self.allowance.header
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Which methods there are, in Allow; nothing else is described here (OpenAPI does that)."""
        return Response(status=204)

    @property
    def caller(self) -> Caller:
        """The authenticated caller; Unauthenticated when there is none."""
        caller = self.caller_or_none
        if caller is None:
            raise Unauthenticated("authentication_required", "This needs a service key or a signed request.")
        return caller

    @property
    def caller_or_none(self) -> Caller | None:
        auth: Any = self.request.auth
        return auth if isinstance(auth, Caller) else None

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
        """The validated query parameters, as ``body``; a repeated parameter counts by its last value."""
        serializer = serializer_class(data=self.request.query_params.dict(), context={"from_query": True})
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def page(self, rows: QuerySet[Any], serializer_class: type[BaseSerializer[Any]]) -> Response:
        """One page of ``rows``, keyset by id."""
        page = read_page(rows, query=self.request.query_params)
        items = serializer_class(page.items, many=True, context={"at": self.at}).data
        return Response({"items": items, "next_cursor": page.next_cursor})

    def secret_response(self, data: dict[str, Any], *, status: int, secret_members: tuple[str, ...]) -> Response:
        """A response that shows a secret this once; a replay of the same key has null in its place."""
        response = Response(data, status=status)
        response.secret_members = secret_members  # type: ignore[attr-defined]
        return response


class UnknownPath(Resource):
    """Whatever is under the API's prefix and is no resource: a 404 problem document for every method."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request, force=True)
        raise NotFound("not_found", "There is no such API path.")
