"""How carefully limits are widened."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from registry.settings.env import env

# Wider limits begin this long after the principal agreed to them; she can cancel until then. Narrower ones begin at
# once (spec/delegation.md, "Step-up": raising a limit has a cooling period, lowering is instant).
DELEGATION_RAISE_COOLING_SECONDS: int = env.int("DELEGATION_RAISE_COOLING_SECONDS", default=86_400)
if not 0 <= DELEGATION_RAISE_COOLING_SECONDS <= 30 * 86_400:
    raise ImproperlyConfigured("DELEGATION_RAISE_COOLING_SECONDS is 0 to 2592000, thirty days.")
