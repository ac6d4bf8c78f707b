"""One file a kind of page; each has a ``urlpatterns`` list that ``registry.web.urls`` includes."""

from __future__ import annotations
