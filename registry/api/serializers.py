"""Serializers that take exactly what they describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

Refusals = dict[str, list[serializers.ErrorDetail]]


class StrictSerializer(serializers.Serializer[Any]):
    """A wire shape. Unknown members are refused (``unknown_field``): a misspelt limit must never be ignored. A value
    of another JSON type is refused (``wrong_type``) and never converted: ``"1"`` is no number, ``1`` no text.

    Strings with NUL or lone surrogates are refused by the parser and again by the framework's CharField.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            refusals = self._unknown(data)
            if "from_query" not in self.context:
                refusals |= self._wrong_types(data)
            if refusals:
                raise serializers.ValidationError(refusals)
        return super().to_internal_value(data)

    def _unknown(self, data: Mapping[str, Any]) -> Refusals:
        detail = serializers.ErrorDetail("This member is not known.", code="unknown_field")
        return {str(name): [detail] for name in data if name not in self.fields}

    def _wrong_types(self, data: Mapping[str, Any]) -> Refusals:
        found = {name: wrong_type(field, data[name]) for name, field in self.fields.items() if name in data}
        return {
            name: [serializers.ErrorDetail(f"This is not {wanted}.", code="wrong_type")]
            for name, wanted in found.items()
            if wanted
        }


def wrong_type(field: serializers.Field[Any, Any, Any, Any], value: Any) -> str | None:
    """What ``value`` should have been, when its JSON type is not the one ``field`` describes."""
    if value is None:
        return None
    if isinstance(field, serializers.ListField):
        return next((wanted for item in _items(value) if (wanted := wrong_type(field.child, item))), None)
    if isinstance(field, serializers.DictField):
        values = value.values() if isinstance(value, Mapping) else ()
        return next((wanted for item in values if (wanted := wrong_type(field.child, item))), None)
    if isinstance(field, serializers.BooleanField):
        return None if isinstance(value, bool) else "true or false"
    if isinstance(field, serializers.IntegerField):
        return None if type(value) is int else "a whole number"
    if isinstance(field, serializers.CharField | serializers.DateTimeField | serializers.ChoiceField):
        return None if isinstance(value, str) else "a text"
    return None


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
