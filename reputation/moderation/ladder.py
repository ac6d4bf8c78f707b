"""The ladder of measures: what each step does, who decides it, how long it lasts. Pure (spec: accountability)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum

CONFIRM_WITHIN = timedelta(hours=72)  # an emergency measure that nobody confirmed is over
ALONE_AGAIN_AFTER = timedelta(days=30)  # before one operator may act alone again where nobody confirmed it
PROPOSAL_OPEN_FOR = timedelta(days=7)  # a proposal that nobody signed is over, and with it the hold it began
WIND_DOWN_DAYS_MAX = 14
READMISSION_AFTER = timedelta(days=730)
APPEAL_WITHIN_MONTHS = 6


class Level(IntEnum):
    NOTE = 0
    UNDER_REVIEW = 1
    THROTTLED = 2
    SUSPENDED = 3
    REVOKED = 4
    DEPLATFORMED = 5


class Measure(StrEnum):
    """The wire words of the levels, in statements of reasons and answers."""

    NOTE = "note"
    UNDER_REVIEW = "under_review"
    THROTTLE = "throttle"
    SUSPENSION = "suspension"
    REVOCATION = "revocation"
    DEPLATFORMING = "deplatforming"


@dataclass(frozen=True, slots=True)
class Rung:
    """One step. ``signatures`` is how many different operators sign, ``managers`` how many of them are managers at
    least. ``days`` is the length unless another one is asked for, None for a measure without an end."""

    level: Level
    measure: Measure
    signatures: int
    managers: int = 0
    days: int | None = None
    days_max: int | None = None
    renewals_max: int = 0
    may_be_emergency: bool = False
    holds_entry: bool = False
    is_public: bool = True
    is_of_organization: bool = False

    @property
    def has_end(self) -> bool:
        return self.days is not None


LADDER: dict[Level, Rung] = {
    rung.level: rung
    for rung in (
        Rung(Level.NOTE, Measure.NOTE, signatures=0, is_public=False),
        Rung(Level.UNDER_REVIEW, Measure.UNDER_REVIEW, signatures=1, days=14, days_max=14),
        Rung(Level.THROTTLED, Measure.THROTTLE, signatures=1, days=30, days_max=30, renewals_max=1),
        Rung(
            Level.SUSPENDED,
            Measure.SUSPENSION,
            signatures=2,
            days=30,
            days_max=30,
            may_be_emergency=True,
            holds_entry=True,
        ),
        Rung(Level.REVOKED, Measure.REVOCATION, signatures=2, holds_entry=True),
        Rung(
            Level.DEPLATFORMED,
            Measure.DEPLATFORMING,
            signatures=3,
            managers=1,
            holds_entry=True,
            is_of_organization=True,
        ),
    )
}


class Reason(StrEnum):
    """Why a measure was taken; one of these stands in its statement."""

    REPORTS_OPENED = "reports_opened"
    REPORTS_FROM_SEVERAL = "reports_from_several"
    DISPUTE_RATIO = "dispute_ratio"
    NON_PAYMENT = "non_payment"
    GOODS_MISUSE = "goods_misuse"
    SERVICE_FAILURE = "service_failure"
    MANDATE_VIOLATION = "mandate_violation"
    CONFIRMED_FRAUD = "confirmed_fraud"
    KEY_COMPROMISE = "key_compromise"
    IMPERSONATION = "impersonation"
    SPAM = "spam"
    MALICIOUS_CARD = "malicious_card"
    REPEATED_VIOLATION = "repeated_violation"
    SANCTIONS_LIST = "sanctions_list"
    PATTERN_ACROSS_AGENTS = "pattern_across_agents"
    EVASION = "evasion"
    LYING_TO_REGISTRY = "lying_to_registry"
    LEGAL_ORDER = "legal_order"
    ASSOCIATION = "association"


@dataclass(frozen=True, slots=True)
class Ground:
    """The clause of the terms that a reason stands on, how grave a measure it can carry at most, and whether it says
    that somebody deceived: then nothing is left to wind down."""

    clause: str
    level_max: Level = Level.REVOKED
    is_deceit: bool = False
    kind: str = "terms"


GROUNDS: dict[Reason, Ground] = {
    Reason.REPORTS_OPENED: Ground("7.1 conduct towards vendors and principals", Level.UNDER_REVIEW),
    Reason.REPORTS_FROM_SEVERAL: Ground("7.1 conduct towards vendors and principals", Level.THROTTLED),
    Reason.DISPUTE_RATIO: Ground("7.2 disputed purchases", Level.SUSPENDED),
    Reason.NON_PAYMENT: Ground("7.2 disputed purchases"),
    Reason.GOODS_MISUSE: Ground("7.1 conduct towards vendors and principals"),
    Reason.SERVICE_FAILURE: Ground("7.1 conduct towards vendors and principals", Level.SUSPENDED),
    Reason.MANDATE_VIOLATION: Ground("7.3 misrepresentation of authority"),
    Reason.CONFIRMED_FRAUD: Ground("7.4 fraud", Level.DEPLATFORMED, is_deceit=True),
    Reason.KEY_COMPROMISE: Ground("6.2 keys under the control of others"),
    Reason.IMPERSONATION: Ground("7.5 passing oneself off as another", Level.DEPLATFORMED, is_deceit=True),
    Reason.SPAM: Ground("7.6 unasked messages", Level.SUSPENDED),
    Reason.MALICIOUS_CARD: Ground("7.7 harmful cards and endpoints", Level.DEPLATFORMED, is_deceit=True),
    Reason.REPEATED_VIOLATION: Ground("8.1 repeated violation", Level.DEPLATFORMED),
    Reason.SANCTIONS_LIST: Ground("restrictive measures in force", Level.DEPLATFORMED, kind="law"),
    Reason.PATTERN_ACROSS_AGENTS: Ground("8.2 pattern across agents", Level.DEPLATFORMED),
    Reason.EVASION: Ground("8.3 evasion of a measure", Level.DEPLATFORMED, is_deceit=True),
    Reason.LYING_TO_REGISTRY: Ground("8.4 false statements to the registry", Level.DEPLATFORMED, is_deceit=True),
    Reason.LEGAL_ORDER: Ground("order of a court or an authority", Level.DEPLATFORMED, kind="law"),
    Reason.ASSOCIATION: Ground("8.5 association with a sanctioned party", Level.UNDER_REVIEW),
}


def rung_of(level: int) -> Rung:
    return LADDER[Level(level)]


def is_enough(level: int, *, signatures: int, managers: int) -> bool:
    """Whether as many have signed as the level asks for."""
    rung = rung_of(level)
    return signatures >= rung.signatures and managers >= rung.managers


@dataclass(frozen=True, slots=True)
class Missing:
    """Who must still sign."""

    signatures: int
    managers: int


def missing_of(level: int, *, signatures: int, managers: int) -> Missing:
    rung = rung_of(level)
    return Missing(max(0, rung.signatures - signatures), max(0, rung.managers - managers))


def length_of(level: int, days: int | None = None) -> timedelta | None:
    """How long a measure lasts; ``days`` shortens it. None when it has no end. ValueError for a length that the ladder
    does not allow."""
    rung = rung_of(level)
    if not rung.has_end:
        if days is not None:
            raise ValueError("This measure has no end of its own.")
        return None
    wanted = rung.days if days is None else days
    if wanted is None or rung.days_max is None or not 1 <= wanted <= rung.days_max:
        raise ValueError(f"This measure lasts 1 to {rung.days_max} days.")
    return timedelta(days=wanted)


def carries(reason: Reason, level: int) -> bool:
    """Whether a measure this grave may stand on the reason: association alone never carries more than level 1."""
    return level <= GROUNDS[reason].level_max
