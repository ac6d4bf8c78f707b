"""What goes out: JSON, whatever the client accepts."""

from __future__ import annotations

from rest_framework.renderers import JSONRenderer


class StrictJSONRenderer(JSONRenderer):
    """UTF-8 JSON without insignificant space; a problem keeps its own media type."""

    charset = None
    strict = True
