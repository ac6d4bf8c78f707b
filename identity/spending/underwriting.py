"""How much the registry itself lets an agent spend in a day: its own link above every chain, "link -1".

Pure. The ceiling is that of the spending agent, the holder of the leaf: what it does itself is what it has a name
for. ``ceiling = A[assurance of its organization] x M[band] + what is insured + 80 % of the bond``
(spec/accountability.md, "Underwriting"), in EUR minor units for a UTC day. Nobody can lift it: it is not a limit of
the principal's, who may lose nothing by it, but of what vendors and other people are exposed to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from django.conf import settings

from identity.delegation.constraints import PerTransaction
from identity.delegation.facts import Refusal
from identity.primitives.money import Money
from identity.spending.chain import Chain, Counted, Exposure
from identity.spending.reference_rates import CEILING_CURRENCY, euros

REGISTRY_LINK = -1  # the depth at which the registry's own limits stand in the evidence
CEILING_ID = "X1"
THROTTLE_ID = "X2"
ASKING_ID = "X3"
BAND_TENTHS = {"unproven": 2, "below_fair": 5, "fair": 10, "good": 20, "strong": 40}
BOND_PERCENT = 80  # a bond is worth less on the day it is needed
THROTTLE_DIVISOR = 4


def _counted(currency: str | None) -> Counted:
    return Counted(
        depth=REGISTRY_LINK,
        rule=Exposure(CEILING_ID),
        lift=f"{REGISTRY_LINK}:{CEILING_ID}",
        budget_prefix="",
        fixed_key=None,
        currency=currency,
        cap=None,
        uses_max=None,
        seconds=0,
        begun_at=datetime.min.replace(tzinfo=UTC),
    )


# What is spent in euros comes back to the day when it is released. What is spent in another currency counts by its
# worth when it was held, and does not come back: its authorization holds no euros that could.
_IN_EUROS = _counted(CEILING_CURRENCY)
_BY_WORTH = _counted(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What was known of an agent when it was decided; without a row, what is known of nobody. Amounts are euros."""

    assurance_level: int = 0
    band: str = "unproven"
    score: int | None = None
    is_throttled: bool = False
    insured_up_to: int = 0
    insurer: str = ""
    certificate: str = ""
    insured_actions: tuple[str, ...] = ()
    insured_until: datetime | None = None
    bond: int = 0
    bond_until: datetime | None = None

    def insures(self, action: str, at: datetime) -> bool:
        """Whether the insurer answers for this action now."""
        is_current = self.insured_until is not None and at < self.insured_until
        return is_current and any(action == one or action.startswith(f"{one}/") for one in self.insured_actions)

    def earned(self) -> int:
        """What assurance and band allow."""
        return settings.EXPOSURE_CEILINGS[self.assurance_level] * BAND_TENTHS[self.band] // 10

    def ceiling(self, action: str | None, at: datetime) -> int:
        """For spends under ``action`` on the day of ``at``; None asks for the most of any action."""
        is_insured = self.insured_until is not None and at < self.insured_until
        is_covered = is_insured if action is None else self.insures(action, at)
        bond = self.bond * BOND_PERCENT // 100 if self.bond_until is not None and at < self.bond_until else 0
        return self.earned() + (self.insured_up_to if is_covered else 0) + bond


NOTHING_KNOWN = Terms()


def counted_as(currency: str) -> Counted:
    return _IN_EUROS if currency == CEILING_CURRENCY else _BY_WORTH


@lru_cache(maxsize=1_024)
def ceiling_budget(agent: str, at: datetime) -> str:
    """The budget of the agent's UTC day."""
    return f"{agent}:{CEILING_ID}:{at.astimezone(UTC).date().isoformat()}"


@dataclass(frozen=True, slots=True)
class Underwritten:
    """What a spend is worth in euros and what its day may take; ``refusals`` are the registry's own."""

    worth: int
    before: int
    ceiling: int
    refusals: tuple[Refusal, ...] = ()


def underwrite(
    terms: Terms, chain: Chain, *, charge: int, hold: int, currency: str, action: str, before: int, at: datetime
) -> Underwritten:
    """Judge one spend by the registry's own limits. ``charge`` is what its day would take besides ``before``, ``hold``
    all that would be held.

    Stops an agent that nobody knows from running up what vendors and people could lose by it, whatever its principal
    allows; and one that is throttled from going on as before.
    """
    worth, ceiling = euros(charge, currency), terms.ceiling(action, at)
    found = []
    if worth and before + worth > ceiling:
        detail = explain_ceiling(terms, ceiling=ceiling, before=before, amount=worth)
        found.append(Refusal("exposure_ceiling_exceeded", REGISTRY_LINK, CEILING_ID, detail))
    if terms.is_throttled:
        found += _throttled(chain, hold=hold, currency=currency, ceiling=ceiling)
    return Underwritten(worth, before, ceiling, tuple(found))


def _throttled(chain: Chain, *, hold: int, currency: str, ceiling: int) -> list[Refusal]:
    """At most a quarter at once, and only with the human's word; where no link lets anybody be asked, not at all."""
    found = []
    most = throttled_max(chain, currency=currency, ceiling=ceiling)
    if euros(hold, currency) > most:
        detail = f"The registry throttles this agent: at most {Money(most, CEILING_CURRENCY).digits()} at once."
        found.append(Refusal("exposure_ceiling_exceeded", REGISTRY_LINK, THROTTLE_ID, detail))
    code = "approval_required" if chain.step_ups else "risk_hold"
    detail = "The registry throttles this agent: its human is asked about every purchase."
    return [*found, Refusal(code, REGISTRY_LINK, ASKING_ID, detail)]


def throttled_max(chain: Chain, *, currency: str, ceiling: int) -> int:
    """What a throttled agent may spend at once: a quarter of what the chain allows at once, or of its day."""
    tops = [
        euros(rule.amount, rule.currency)
        for _, rules in chain.stateless
        for rule in rules
        if isinstance(rule, PerTransaction) and rule.currency == currency
    ]
    return min([ceiling, *tops]) // THROTTLE_DIVISOR


def explain_ceiling(terms: Terms, *, ceiling: int, before: int, amount: int) -> str:
    """Why more is refused, and what would raise the ceiling: for the principal, who can do something about it."""
    shown, used, more = (Money(value, CEILING_CURRENCY).digits() for value in (ceiling, before, amount))
    whole, tenths = divmod(BAND_TENTHS[terms.band], 10)
    factor = f"{whole}.{tenths}" if tenths else str(whole)
    allowed = Money(settings.EXPOSURE_CEILINGS[terms.assurance_level], CEILING_CURRENCY).digits()
    return (
        f"The registry lets this agent spend {shown} a day, of which {used} are used; this is {more}. "
        f"That is {allowed} for an organization at assurance {terms.assurance_level}, times {factor} for a score that "
        f"is {terms.band.replace('_', ' ')}, and what is insured or bonded. A proven domain, a verified legal entity, "
        "settled purchases, insurance or a bond raise it."
    )
