"""From evidence to a score: pure, versioned, the same for whoever computes it.

Two inputs only: settled receipts and upheld cases (spec/accountability.md, "Reputation formula"). A change of any
constant or rule below is another formula and gets another name. Amounts play no part, so that splitting or inflating
orders gains nothing. Ages are whole UTC days: a score is the same all day, and what is taken away and put back the
same day leaves it exactly as it was.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from operator import attrgetter

FORMULA = "attorn-score-1"

RECEIPT_HALF_LIFE_DAYS = 90
CASE_HALF_LIFE_DAYS = 180
VENDOR_CAP = 5.0  # receipts of one vendor, in full ones of its quality
CLUSTER_CAP = 10.0  # receipts of vendors of one owner
Z = 1.645  # one-sided 95 %
LARGEST_SHOWN = 5
ROUNDING = 1e-9

PROVEN_FROM_N = 10.0
FAIR_FROM = 500
GOOD_FROM = 700
STRONG_FROM = 850
STRONG_VENDORS_MIN = 8

QUALITY_BY_ASSURANCE = (0.0, 0.2, 0.6, 1.0)
UNDER_REVIEW_FACTOR = 0.5
INHERITED_FACTOR = 0.5
INHERITED_FOR_DAYS = 365


class Band(StrEnum):
    """What a score says in a word. ``unproven`` is about how much is known, the others about what."""

    UNPROVEN = "unproven"
    BELOW_FAIR = "below_fair"
    FAIR = "fair"
    GOOD = "good"
    STRONG = "strong"


class SeverityKind(StrEnum):
    """What an upheld case found."""

    SERVICE_FAILURE = "service_failure"
    REFUND_FOR_CAUSE = "refund_for_cause"
    DISPUTE = "dispute"
    MANDATE_VIOLATION = "mandate_violation"
    FRAUD = "fraud"


SEVERITY: dict[SeverityKind, float] = {
    SeverityKind.SERVICE_FAILURE: 1.0,
    SeverityKind.REFUND_FOR_CAUSE: 2.0,
    SeverityKind.DISPUTE: 4.0,
    SeverityKind.MANDATE_VIOLATION: 6.0,
    SeverityKind.FRAUD: 15.0,
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """``count`` receipts of one vendor that settled on one day. ``quality`` is the vendor's weight, 0 to 1;
    ``cluster`` names those who own it."""

    vendor: str
    cluster: str
    quality: float
    settled_on: date
    count: int = 1


@dataclass(frozen=True, slots=True)
class UpheldCase:
    """One finding of an operator. ``quality`` is the reporter's weight, 0 to 1; ``factor`` is below 1 for what an
    agent inherits from its organization."""

    id: str
    severity: SeverityKind
    quality: float
    decided_on: date
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class CountedReceipt:
    """What a receipt weighs by itself, and what of it counts after the caps."""

    receipt: Receipt
    weight: float
    counted: float


@dataclass(frozen=True, slots=True)
class CountedCase:
    case: UpheldCase
    weight: float


@dataclass(frozen=True, slots=True)
class Contribution:
    """One line of the five largest: all that a vendor's receipts bring (``kind`` receipts, ``ref`` the vendor), or
    what one case takes (``kind`` case, ``ref`` its evidence). ``weight`` goes to G or to B."""

    kind: str
    ref: str
    weight: float


@dataclass(frozen=True, slots=True)
class Score:
    """``score`` 0 to 1000, the lower bound of what the evidence supports. ``g`` and ``b`` are its weights for and
    against, ``n`` how much evidence there is; ``vendors`` and ``clusters`` whose receipts count; ``sample_size``
    how many receipts and cases have a weight."""

    score: int
    band: Band
    g: float
    b: float
    n: float
    vendors: int
    clusters: int
    sample_size: int
    largest: tuple[Contribution, ...]
    formula: str = FORMULA


def vendor_quality(assurance_level: int, *, is_under_review: bool = False) -> float:
    """The weight of a vendor's receipts. Stops shops that nobody verified from making a name for anybody: their
    receipts weigh nothing."""
    quality = QUALITY_BY_ASSURANCE[assurance_level]
    return quality * UNDER_REVIEW_FACTOR if is_under_review else quality


def score_of(receipts: Iterable[Receipt], cases: Iterable[UpheldCase], *, on: date) -> Score:
    """The score on the UTC day ``on``. The order of the evidence changes nothing; what is dated later is not seen."""
    counted = [one for one in count_receipts(receipts, on=on) if one.counted > 0]
    against = [one for one in weigh_cases(cases, on=on) if one.weight > 0]
    by_vendor: dict[str, list[float]] = defaultdict(list)
    for one in counted:
        by_vendor[one.receipt.vendor].append(one.counted)
    g = math.fsum(one.counted for one in counted)
    b = math.fsum(one.weight for one in against)
    n = 2 + g + b
    score = round(1000 * lower_bound((1 + g) / n, n))
    lines = [Contribution("receipts", vendor, math.fsum(weights)) for vendor, weights in by_vendor.items()]
    lines += [Contribution("case", one.case.id, one.weight) for one in against]
    return Score(
        score=score,
        band=band_of(score, n=n, vendors=len(by_vendor)),
        g=g,
        b=b,
        n=n,
        vendors=len(by_vendor),
        clusters=len({one.receipt.cluster for one in counted}),
        sample_size=sum(one.receipt.count for one in counted) + len(against),
        largest=tuple(sorted(lines, key=lambda line: (-line.weight, line.kind, line.ref))[:LARGEST_SHOWN]),
    )


def lower_bound(p: float, n: float) -> float:
    """The Wilson lower bound of a share ``p`` seen in ``n`` observations: few observations, low bound."""
    z2 = Z * Z
    return (p + z2 / (2 * n) - Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n)


def band_of(score: int, *, n: float, vendors: int) -> Band:
    """Bands need evidence, not only a score: praise from one corner is never *strong*."""
    if n < PROVEN_FROM_N:
        return Band.UNPROVEN
    if score >= STRONG_FROM and vendors >= STRONG_VENDORS_MIN:
        return Band.STRONG
    if score >= GOOD_FROM:
        return Band.GOOD
    return Band.FAIR if score >= FAIR_FROM else Band.BELOW_FAIR


def weigh_cases(cases: Iterable[UpheldCase], *, on: date) -> list[CountedCase]:
    return [CountedCase(case, _case_weight(case, on)) for case in cases if case.decided_on <= on]


def _case_weight(case: UpheldCase, on: date) -> float:
    age_days = (on - case.decided_on).days
    return case.factor * case.quality * SEVERITY[case.severity] * math.exp2(-age_days / CASE_HALF_LIFE_DAYS)


def count_receipts(receipts: Iterable[Receipt], *, on: date) -> list[CountedReceipt]:
    """What each receipt weighs and what of it counts: newest first, at most ``5 q`` for a vendor and ``10 q`` for
    those of one owner.

    Stops collusion: however many receipts and shops one owner makes up, they bring no more than ten real ones. Where
    one owner's vendors differ in quality, those of quality ``q`` or less bring at most ``10 q`` together, so that one
    verified shop does not lend its cap to unverified ones, and one more receipt never lowers the sum.
    """
    by_cluster: dict[str, dict[str, list[Receipt]]] = defaultdict(lambda: defaultdict(list))
    for receipt in receipts:
        if receipt.settled_on <= on:
            by_cluster[receipt.cluster][receipt.vendor].append(receipt)
    counted: list[CountedReceipt] = []
    for vendors in by_cluster.values():
        within = [one for received in vendors.values() for one in _within_vendor(received, on)]
        counted += within if len(vendors) == 1 else _within_cluster(within)
    return counted


_newest_then_largest = attrgetter("settled_on", "count", "quality")


def _within_vendor(receipts: Sequence[Receipt], on: date) -> list[CountedReceipt]:
    counted: list[CountedReceipt] = []
    taken = 0.0
    for receipt in sorted(receipts, key=_newest_then_largest, reverse=True):
        age_days = (on - receipt.settled_on).days
        weight = receipt.count * receipt.quality * math.exp2(-age_days / RECEIPT_HALF_LIFE_DAYS)
        room = _room(VENDOR_CAP * receipt.quality, taken)
        counted.append(CountedReceipt(receipt, weight, min(weight, room)))
        taken += min(weight, room)
    return counted


def _within_cluster(receipts: Sequence[CountedReceipt]) -> list[CountedReceipt]:
    counted: list[CountedReceipt] = []
    taken = 0.0
    for one in sorted(receipts, key=_least_quality_then_newest):
        room = _room(CLUSTER_CAP * one.receipt.quality, taken)
        counted.append(CountedReceipt(one.receipt, one.weight, min(one.counted, room)))
        taken += min(one.counted, room)
    return counted


def _room(cap: float, taken: float) -> float:
    """What still fits. What binary fractions leave over is nothing: else it would count as one more receipt."""
    room = cap - taken
    return room if room > ROUNDING else 0.0


def _least_quality_then_newest(one: CountedReceipt) -> tuple[float, int, str, float]:
    return (one.receipt.quality, -one.receipt.settled_on.toordinal(), one.receipt.vendor, one.counted)
