"""What the registry itself lets an agent spend in a day, by how far its organization was verified."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from registry.settings.env import env

# EUR minor units for assurance 0, 1, 2 and 3; the agent's band multiplies it.
EXPOSURE_CEILINGS: tuple[int, ...] = tuple(
    int(amount) for amount in env.list("EXPOSURE_CEILINGS", default=["5000", "25000", "250000", "2500000"])
)
if len(EXPOSURE_CEILINGS) != 4 or sorted(EXPOSURE_CEILINGS) != list(EXPOSURE_CEILINGS) or EXPOSURE_CEILINGS[0] < 0:
    raise ImproperlyConfigured("EXPOSURE_CEILINGS are four amounts in EUR minor units, none below the one before.")

# Reference rates that replace or add to those of identity.spending.reference_rates: what ten thousand whole units of
# a currency count for, in EUR minor units.
EXPOSURE_RATES: dict[str, int] = {
    currency: int(rate)
    for currency, _, rate in (entry.partition(":") for entry in env.list("EXPOSURE_RATES", default=[]))
}
if any(rate < 0 for rate in EXPOSURE_RATES.values()):
    raise ImproperlyConfigured("A rate of EXPOSURE_RATES is not below 0.")

# The DIDs of those whose insurance and bonds count; whoever else says so is not believed.
INSURERS: list[str] = env.list("INSURERS", default=[])
