"""The same answer as a plain Django REST framework view over the ORM gives it: read on each request, not signed."""

from __future__ import annotations

from django.http import Http404
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.primitives.clock import now
from registry.resolution.answer import compose
from registry.resolution.freshness import negative_lifetime
from registry.resolution.state import find_agents, read_records, read_states


class PlainResolve(APIView):
    renderer_classes = [JSONRenderer]

    def get(self, request: Request, query: str) -> Response:
        at = now()
        agent_id = find_agents([query], at)[query]
        state = read_states([agent_id]).get(agent_id)
        if state is None:
            raise Http404
        name = state.name(query)
        records = read_records([name.id])[name.id] if name else []
        life = negative_lifetime(at)
        return Response(compose(key=query, state=state, name=name, records=records, life=life, at=at))
