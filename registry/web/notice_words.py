"""Journal events of devices that people are told on, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

Payload = dict[str, Any]

NOTICE_WORDS: dict[str, tuple[str, Callable[[Payload], str]]] = {
    "device.added": ("smartphone", lambda p: _("Device added that gets notices")),
    "device.removed": (
        "smartphone",
        lambda p: (
            _("Device removed that got notices")
            if p.get("reason") == "by_person"
            else _("Device no longer gets notices")
        ),
    ),
}
