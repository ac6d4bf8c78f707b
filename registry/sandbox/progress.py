"""How far somebody is, read from the ledger alone: nothing else remembers it, so nothing else can be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from identity.agents.models import AgentStatus
from identity.delegation.models import Delegation, DelegationStatus
from identity.spending.models import Approval, ApprovalState, Authorization
from registry.sandbox.models import SandboxRun


class Step(StrEnum):
    """What comes next. Two are hers: to lend, and to answer."""

    LEND = "lend"
    BUY = "buy"
    CHARGE = "charge"
    ASK = "ask"
    ANSWER = "answer"
    BUY_APPROVED = "buy_approved"
    GIVE_BACK = "give_back"
    DONE = "done"
    STOPPED = "stopped"
    """She paused or revoked the agent, or a week has passed: the story cannot go on."""


@dataclass(frozen=True, slots=True)
class Progress:
    """``approval`` is the latest question of the run, ``asks`` how many there were. ``small`` is the purchase that
    needed no question, ``large`` the one that did."""

    delegation: str
    step: Step
    small: Authorization | None = None
    large: Authorization | None = None
    approval: Approval | None = None
    asks: int = 0
    at: datetime | None = None
    lent: Delegation | None = None

    @property
    def answer(self) -> ApprovalState | None:
        """How the latest question stands."""
        return _answer(self.approval, self.at) if self.at is not None else None

    def wanted(self, item: tuple[str, int]) -> tuple[str, int]:
        """The purchase to ask about next: another order than the one she said no to, which may not be asked again."""
        return self._numbered(item, self.asks)

    def asked(self, item: tuple[str, int]) -> tuple[str, int]:
        """The purchase that the latest question was about."""
        return self._numbered(item, self.asks - 1)

    @staticmethod
    def _numbered(item: tuple[str, int], number: int) -> tuple[str, int]:
        name, amount = item
        return (f"{name}, choice no. {number + 1}" if number > 0 else name), amount


def progress_of(run: SandboxRun, *, at: datetime) -> Progress:
    found = Delegation.objects.select_related("agent", "principal__delegation_freeze").filter(pk=run.delegation)
    delegation = found.first() if run.delegation else None
    if delegation is None:
        return Progress(run.delegation, Step.LEND)
    bought = list(Authorization.objects.filter(root=delegation.pk).order_by("created_at", "pk"))
    asked = list(Approval.objects.filter(leaf=delegation.pk).select_related("elevation").order_by("created_at", "pk"))
    small = next((each for each in bought if each.elevation is None), None)
    large = next((each for each in bought if each.elevation is not None), None)
    approval = asked[-1] if asked else None
    step = _step(small, large, _answer(approval, at))
    if step != Step.DONE and not _stands(delegation, at):
        step = Step.STOPPED
    return Progress(delegation.pk, step, small, large, approval, len(asked), at, delegation)


def _stands(delegation: Delegation, at: datetime) -> bool:
    """Whether the agent may go on, for the page; whether it may buy is the ledger's to decide. A root has nothing above
    it that could have ended but its principal's own pause."""
    is_active = delegation.status == DelegationStatus.ACTIVE and delegation.agent.status == AgentStatus.ACTIVE
    if not is_active or delegation.has_ended(at):
        return False
    return not hasattr(delegation.principal, "delegation_freeze")


def _answer(approval: Approval | None, at: datetime) -> ApprovalState | None:
    """How the question stands; a yes that nobody used in time counts as one that was never given."""
    if approval is None:
        return None
    state = approval.state_at(at)
    if state == ApprovalState.APPROVED and approval.elevation.valid_until <= at:
        return ApprovalState.EXPIRED
    return state


def _step(small: Authorization | None, large: Authorization | None, answer: ApprovalState | None) -> Step:
    if small is None:
        return Step.BUY
    if small.open:
        return Step.CHARGE
    if large is not None:
        return Step.DONE if large.refunded or not large.captured else Step.GIVE_BACK
    if answer == ApprovalState.PENDING:
        return Step.ANSWER
    return Step.BUY_APPROVED if answer == ApprovalState.APPROVED else Step.ASK
