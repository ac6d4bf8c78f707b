"""Search over all agents, open to everybody."""

from __future__ import annotations

from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from identity.agents.models import AgentStatus
from registry.api.pagination import page_size
from registry.api.schema import describe
from registry.api.serializers import StrictSerializer
from registry.api.views import PUBLIC, Resource, page_of
from registry.directory.search import CAPABILITIES_MAX, QUERY_LENGTH_MAX, search

CACHE_SECONDS = 30


class SearchQuery(StrictSerializer):
    q = serializers.CharField(required=False, allow_blank=True, max_length=QUERY_LENGTH_MAX)
    capability = serializers.CharField(required=False, allow_blank=True)
    limit = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False)


class ListingOut(serializers.Serializer[Any]):
    agent = serializers.CharField(source="agent_id")
    name = serializers.CharField(allow_blank=True, help_text="What to resolve; empty when the agent has no name.")
    title = serializers.CharField()
    summary = serializers.CharField(allow_blank=True)
    organization = serializers.CharField(
        source="organization_name", allow_blank=True, help_text="Who answers for it; empty when nobody does."
    )
    capabilities = serializers.ListField(child=serializers.CharField())
    status = serializers.ChoiceField(
        AgentStatus.choices, help_text="`unclaimed`: imported, nobody has proven control of it here."
    )


class Search(Resource):
    scopes = {"GET": PUBLIC}
    limits = {"GET": "search"}

    @describe(
        "Search agents",
        answers={200: page_of(ListingOut)},
        parameters=[
            OpenApiParameter("q", OpenApiTypes.STR, description="Words; a word nobody has is taken as misspelt."),
            OpenApiParameter(
                "capability", OpenApiTypes.STR, many=True, description="Repeat it: all of them must be there."
            ),
        ],
        tag="search",
    )
    def get(self, request: Request) -> Response:
        """Those somebody answers for come first. A result is a hint: resolve the name before relying on it."""
        query = self.query(SearchQuery)
        page = search(
            q=query.get("q", ""),
            capabilities=request.query_params.getlist("capability")[: CAPABILITIES_MAX + 1],
            after=query.get("cursor"),
            limit=page_size(query.get("limit")),
            at=self.at,
        )
        data: dict[str, Any] = {"items": ListingOut(page.items, many=True).data, "next_cursor": page.next_cursor}
        return Response(data, headers={"Cache-Control": f"public, max-age={CACHE_SECONDS}"})


urlpatterns = [path("v1/search", Search.as_view(), name="api_search")]
