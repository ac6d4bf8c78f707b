"""The first run as its page shows it: each step with what happened in plain words, and the evidence as it is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity.accounts.amounts import amount_in_digits
from identity.credentials.issuers import current_signer
from identity.delegation.models import Delegation
from identity.primitives.clock import rfc3339
from identity.primitives.money import SANDBOX_CURRENCY, Money
from identity.primitives.signing import Signer
from identity.spending.disclosure import Tier, disclosed
from identity.spending.models import Approval, ApprovalState, Authorization, Decision, Settlement, Verdict
from identity.spending.receipt import receipt_of
from registry.sandbox.limits import ASKS_ABOVE, LENT
from registry.sandbox.models import SandboxRun
from registry.sandbox.progress import Progress, Step, progress_of
from registry.sandbox.story import HEADPHONES, NOTEBOOK

# Of each step: its words, and on its button what the newcomer lets happen; a step without a button is hers.
_TITLES: dict[Step, tuple[Any, Any]] = {
    Step.LEND: (gettext_lazy("You lend an agent a little authority"), ""),
    Step.BUY: (gettext_lazy("It buys something small"), gettext_lazy("Let it buy the notebook")),
    Step.CHARGE: (gettext_lazy("The shop charges"), gettext_lazy("Let the shop charge")),
    Step.ASK: (gettext_lazy("It wants something larger"), gettext_lazy("Let it try to buy headphones")),
    Step.ANSWER: (gettext_lazy("You are asked"), ""),
    Step.BUY_APPROVED: (gettext_lazy("It goes on with your answer"), gettext_lazy("Let it go on")),
    Step.GIVE_BACK: (gettext_lazy("You send it back"), gettext_lazy("Send the headphones back")),
}
_ORDER = list(_TITLES)


@dataclass(frozen=True, slots=True)
class Scene:
    """One step. ``text`` is what happened, or before it has, what is about to. ``raw`` is the evidence as it is kept;
    ``more_url`` explains it."""

    step: Step
    title: str
    state: str
    text: str
    button: str = ""
    raw: str = ""
    more_url: str = ""
    more: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FirstRun:
    run: SandboxRun
    progress: Progress
    scenes: list[Scene]

    @property
    def step(self) -> Step:
        return self.progress.step

    @property
    def number(self) -> int:
        """Of the step that comes next, from 1; one beyond the last when all is done."""
        return sum(scene.state == "done" for scene in self.scenes) + 1

    @property
    def current(self) -> Scene | None:
        return next((scene for scene in self.scenes if scene.state == "current"), None)


@dataclass(frozen=True, slots=True)
class _Ledger:
    """What the ledger holds of the run."""

    progress: Progress
    delegation: Delegation | None
    decisions: Mapping[str, Decision]
    settlements: Mapping[tuple[str, str], Settlement]
    organization: str
    signer: Signer


def first_run_of(run: SandboxRun, *, at: datetime) -> FirstRun:
    progress = progress_of(run, at=at)
    ledger = _read(run, progress)
    reached = _reached(progress)
    scenes = [
        _done(step, ledger) if number < reached else _ahead(step, "current" if number == reached else "todo", progress)
        for number, step in enumerate(_ORDER)
    ]
    return FirstRun(run, progress, scenes)


def _reached(progress: Progress) -> int:
    """How many steps are done."""
    if progress.step == Step.DONE:
        return len(_ORDER)
    if progress.step != Step.STOPPED:
        return _ORDER.index(progress.step)
    done = (progress.delegation, progress.small, progress.small and progress.small.captured, progress.approval)
    return sum(bool(one) for one in done)


def _read(run: SandboxRun, progress: Progress) -> _Ledger:
    delegation = progress.lent
    bought = [each.pk for each in (progress.small, progress.large) if each is not None]
    decisions = list(Decision.objects.filter(root=run.delegation).order_by("at", "pk")) if delegation else []
    settlements = Settlement.objects.filter(authorization__in=bought) if bought else []
    keyed = {each.authorization: each for each in decisions if each.authorization}
    asked = {each.approval: each for each in decisions if each.verdict == Verdict.STEP_UP_REQUIRED and each.approval}
    return _Ledger(
        progress,
        delegation,
        {str(key): each for key, each in (*keyed.items(), *asked.items())},
        {(each.authorization_id, each.kind): each for each in settlements},
        run.organization_id,
        current_signer(),
    )


def _ahead(step: Step, state: str, progress: Progress) -> Scene:
    title, button = _TITLES[step]
    is_next = state == "current" and progress.step != Step.STOPPED
    return Scene(step, str(title), state, _outlook(step, progress), str(button) if is_next else "")


def _outlook(step: Step, progress: Progress) -> str:
    small, large, limit, lent = (_words(amount) for amount in (NOTEBOOK[1], HEADPHONES[1], ASKS_ABOVE, LENT))
    if step == Step.ASK and progress.answer == ApprovalState.DENIED:
        return _(
            "You said no, and that is that: the agent may not ask for the same again today. Let it ask for others."
        )
    if step == Step.ASK and progress.approval is not None:
        return _("The question ran out before it was used. Nothing was bought. Let the agent ask again.")
    texts = {
        Step.LEND: _("You lend the sandbox's agent %(lent)s: it may spend without you up to %(limit)s at once.")
        % {"lent": lent, "limit": limit},
        Step.BUY: _("It wants a notebook for %(amount)s. Before the shop sells, it asks the register: may this agent?")
        % {"amount": small},
        Step.CHARGE: _("The amount is only held so far. When the shop ships, it charges what it holds."),
        Step.ASK: _("Headphones for %(amount)s: more than the %(limit)s it may spend by itself.")
        % {"amount": large, "limit": limit},
        Step.ANSWER: _("The purchase waits for you. You see who asks, for what and why; your answer counts once."),
        Step.BUY_APPROVED: _("The agent signs again for the same purchase, now with your yes, and the shop charges."),
        Step.GIVE_BACK: _("They pinch. The shop takes them back, and what you lent is yours to spend again."),
    }
    return texts[step]


def _done(step: Step, ledger: _Ledger) -> Scene:
    text, raw, more, more_url, at = _HAPPENED[step](ledger)
    return Scene(step, str(_TITLES[step][0]), "done", text, raw=_json(raw), more=more, more_url=more_url, at=at)


_Happened = tuple[str, Any, str, str, datetime | None]


def _lent(ledger: _Ledger) -> _Happened:
    delegation = ledger.delegation
    if delegation is None:
        return "", None, "", "", None
    text = _("You lent %(lent)s for a week. The register signed it with your consent in it.") % {"lent": _words(LENT)}
    address = reverse("console_delegation", args=[ledger.organization, delegation.pk])
    return text, json.loads(bytes(delegation.credential)), _("The delegation"), address, delegation.created_at


def _bought(ledger: _Ledger) -> _Happened:
    text = _("Allowed without asking you: %(amount)s is held for the shop. Held is not spent.")
    return _allowed(ledger, ledger.progress.small, text)


def _charged(ledger: _Ledger) -> _Happened:
    text = _("The shop charged %(amount)s: the hold became a charge. The register wrote a signed receipt.")
    return _settled(ledger, ledger.progress.small, "capture", text)


def _asked(ledger: _Ledger) -> _Happened:
    approval = ledger.progress.approval
    if approval is None:
        return "", None, "", "", None
    text = _("Stopped before anything was bought: you are asked first. The shop only learned that it has to wait.")
    decision = ledger.decisions.get(approval.pk)
    return text, decision and _evidence(ledger, decision), "", "", approval.created_at


def _answered(ledger: _Ledger) -> _Happened:
    approval = ledger.progress.approval
    if approval is None:
        return "", None, "", "", None
    text = _("You said yes, once, to exactly this purchase. The yes was good for ten minutes.")
    address = reverse("approve", args=[approval.pk])
    return text, _answer(approval), _("The question"), address, approval.decided_at


def _bought_approved(ledger: _Ledger) -> _Happened:
    text = _("Allowed on your word: %(amount)s was held and charged. The yes is used up.")
    return _allowed(ledger, ledger.progress.large, text)


def _given_back(ledger: _Ledger) -> _Happened:
    text = _("The shop gave back %(amount)s. What is left of your authority grew by as much.")
    return _settled(ledger, ledger.progress.large, "refund", text)


_HAPPENED = {
    Step.LEND: _lent,
    Step.BUY: _bought,
    Step.CHARGE: _charged,
    Step.ASK: _asked,
    Step.ANSWER: _answered,
    Step.BUY_APPROVED: _bought_approved,
    Step.GIVE_BACK: _given_back,
}


def _allowed(ledger: _Ledger, bought: Authorization | None, text: str) -> _Happened:
    decision = ledger.decisions.get(bought.pk) if bought is not None else None
    if bought is None or decision is None:
        return "", None, "", "", None
    address = reverse("console_statement_line", args=[ledger.organization, bought.pk])
    words = text % {"amount": _words(bought.amount)}
    return words, _evidence(ledger, decision), _("Why was this allowed?"), address, bought.created_at


def _settled(ledger: _Ledger, bought: Authorization | None, kind: str, text: str) -> _Happened:
    step = ledger.settlements.get((bought.pk, kind)) if bought is not None else None
    if bought is None or step is None:
        return "", None, "", "", None
    address = reverse("console_statement_line", args=[ledger.organization, bought.pk])
    raw = {
        "id": step.pk,
        "authorization": bought.pk,
        "kind": step.kind,
        "amount": Money(step.amount, bought.currency).claim(),
        "released": step.released,
        "at": rfc3339(step.at),
        "receipt": step.receipt,
    }
    return text % {"amount": _words(step.amount)}, raw, _("The line in your statement"), address, step.at


def _evidence(ledger: _Ledger, decision: Decision) -> dict[str, Any]:
    return disclosed(decision.parsed_record(), receipt_of(decision, in_charge=ledger.signer), Tier.PRINCIPAL)


def _answer(approval: Approval) -> dict[str, Any]:
    """The question and the votes on it, with what was signed."""
    return {
        "id": approval.pk,
        "state": approval.state,
        "binding_digest": approval.binding_digest,
        "transaction": approval.transaction,
        "why": approval.why,
        "votes": [
            {
                "vote": vote.vote,
                "at": rfc3339(vote.at),
                "displayed_text_digest": vote.displayed_text_digest,
                "evidence": vote.evidence,
            }
            for vote in approval.votes.all()
        ],
    }


def _json(raw: Any) -> str:
    return json.dumps(raw, indent=2, ensure_ascii=False) if raw else ""


def _words(amount: int) -> str:
    return amount_in_digits(Money(amount, SANDBOX_CURRENCY))
