"""Serializers that refuse what they do not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """A wire shape. Unknown members are refused (code ``unknown_field``): a misspelt limit must never be ignored.

    Strings with NUL or lone surrogates are refused by the framework's CharField (``ProhibitNullCharactersValidator``)
    and by the parser; PostgreSQL could not store them.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [str(name) for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError(
                    {
                        name: serializers.ErrorDetail("This member is not known.", code="unknown_field")
                        for name in unknown
                    }
                )
        return super().to_internal_value(data)
