"""What happened in the sandbox, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

Payload = dict[str, Any]

SANDBOX_WORDS: dict[str, tuple[str, Callable[[Payload], str]]] = {
    "sandbox.started": ("package", lambda p: _("Sandbox begun: play money only")),
    "sandbox.skipped": ("x", lambda p: _("Sandbox skipped")),
    "sandbox.removed": ("trash-2", lambda p: _("Sandbox removed")),
}
