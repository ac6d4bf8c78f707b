"""The guided flow: five questions, one page each, everything said so far in the address.

Nothing is kept on the server between the steps. So the back button, a reload, two tabs and a session that ends in the
middle do no harm: after signing in the person is where she was. Only the last step posts, and it too lends nothing yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import gettext_lazy as _

from registry.web.forms.delegations import DelegationForm
from registry.web.presets import DEFAULT_PRESET, PRESETS, Preset

FILLED = "filled"  # the preset whose values stand in the address


@dataclass(frozen=True, slots=True)
class Step:
    key: str
    words: Any
    heading: Any
    fields: tuple[str, ...]


STEPS = (
    Step("who", _("Who"), _("Who acts for you, and what for?"), ("agent", "preset", "purpose")),
    Step(
        "amounts",
        _("How much"),
        _("How much may it spend?"),
        ("no_money", "currency", "total", "per_purchase", "per_month"),
    ),
    Step("where", _("Where"), _("Where may it buy?"), ("kinds", "categories", "payees", "countries")),
    Step("when", _("When"), _("Until when, and at which hours?"), ("days", "hours", "timezone")),
    Step(
        "asking",
        _("Ask me"),
        _("When must it ask you first?"),
        ("ask_above", "ask_new_vendor", "ask_always", "approver_group", "max_further_depth"),
    ),
)
_KEYS = [step.key for step in STEPS]
_LISTS = ("kinds",)


@dataclass(frozen=True, slots=True)
class Asked:
    """One step of the flow as its page shows it."""

    step: Step
    form: DelegationForm
    values: QueryDict

    @property
    def place(self) -> int:
        return _KEYS.index(self.step.key)

    @property
    def fields(self) -> list[Any]:
        return [self.form[name] for name in self.step.fields if name in self.form.fields]

    @property
    def kept(self) -> Iterator[tuple[str, str]]:
        """What the other steps said, for hidden fields."""
        for name, items in self.values.lists():
            if name not in (*self.step.fields, "step", "csrfmiddlewaretoken"):
                yield from ((name, str(item)) for item in items if item != "")

    @property
    def next_key(self) -> str:
        return _KEYS[self.place + 1] if not self.is_last else ""

    @property
    def is_last(self) -> bool:
        return self.place == len(STEPS) - 1

    @property
    def back(self) -> str:
        """The query of the step before; empty on the first."""
        return self._query(_KEYS[self.place - 1]) if self.place else ""

    @property
    def trail(self) -> list[tuple[Any, str, str]]:
        """Every step: its words, its state, and the query that leads back to it when it was answered."""
        return [
            (step.words, _state(number, self.place), self._query(step.key) if number < self.place else "")
            for number, step in enumerate(STEPS)
        ]

    def _query(self, key: str) -> str:
        values = self.values.copy()
        values.pop("csrfmiddlewaretoken", None)
        values["step"] = key
        return values.urlencode()


def ask(values: QueryDict, *, form_of: Any, presets: Mapping[str, Preset] = PRESETS) -> Asked:
    """The step that ``values`` ask for, or the first before it that cannot stand as it was answered. ``form_of`` makes
    a form of data or of initial values."""
    values = with_preset(values, presets)
    step = str(values.get("step", ""))
    wanted = _KEYS.index(step) if step in _KEYS else 0
    bound = form_of(data=values)
    if wanted and (faulty := first_faulty(bound, STEPS[:wanted])) is not None:
        return Asked(faulty, _showing(bound, faulty), values)
    return Asked(STEPS[wanted], form_of(initial=_initial(values)), values)


def refused(form: DelegationForm, values: QueryDict) -> Asked:
    """Where a form that was posted whole and cannot stand is to be mended."""
    faulty = first_faulty(form, STEPS) or STEPS[-1]
    return Asked(faulty, form, values)


def with_preset(values: QueryDict, presets: Mapping[str, Preset] = PRESETS) -> QueryDict:
    """``values`` with those of a preset that was just chosen; what another preset had filled in is dropped."""
    values = values.copy()
    preset = values.get("preset", "")
    if preset not in presets or values.get(FILLED) == preset:
        return values
    for name in [name for step in STEPS[1:] for name in step.fields]:
        values.pop(name, None)
    for name, value in presets[preset].values.items():
        values.setlist(name, value if isinstance(value, list) else [value])
    chosen = {str(each.purpose) for each in presets.values()} | {""}
    if values.get("purpose", "") in chosen:
        values["purpose"] = str(presets[preset].purpose)
    values.setdefault("timezone", get_current_timezone_name())
    values.setdefault("max_further_depth", "0")
    values[FILLED] = preset
    return values


def first_faulty(form: DelegationForm, steps: Sequence[Step]) -> Step | None:
    return next((step for step in steps if set(step.fields) & set(form.errors)), None)


def _showing(form: DelegationForm, step: Step) -> DelegationForm:
    """The form with the errors of this step only: the later ones were not asked yet."""
    for name in [name for name in form.errors if name not in step.fields]:
        del form.errors[name]
    return form


def _initial(values: QueryDict) -> dict[str, Any]:
    """As a form shows them. Once a preset was taken, a box that is missing is a box without its tick."""
    given: dict[str, Any] = {name: values.get(name) for name in values}
    given |= {name: values.getlist(name) for name in _LISTS}
    given.setdefault("preset", DEFAULT_PRESET)
    if FILLED in values:
        for box in ("ask_new_vendor", "ask_always", "no_money"):
            given[box] = box in values
    return given


def _state(number: int, current: int) -> str:
    return "done" if number < current else "current" if number == current else "todo"
