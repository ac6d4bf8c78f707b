"""The component tags: every state has words, every field is tied to its label, nothing is left unescaped."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django import forms
from django.template import Context, Template

from identity.agents.models import AgentStatus
from registry.directory.models import DomainState, NameStatus, TransferState
from registry.web.states import STATES
from registry.web.templatetags import ui


def render(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


@pytest.mark.parametrize("state", [*AgentStatus.values, *NameStatus.values, *DomainState.values, *TransferState.values])
def test_it_has_words_for_every_state_of_the_models(state: str) -> None:
    assert state in STATES
    assert str(STATES[state].words) in render("{% badge state %}", state=state)


def test_it_has_a_file_for_every_icon_it_names() -> None:
    for state in STATES.values():
        assert (ui.ICONS / f"{state.icon}.svg").is_file(), state


def test_it_hides_a_decorative_icon_and_names_one_that_stands_alone() -> None:
    assert 'aria-hidden="true"' in render('{% icon "check" %}')
    assert 'role="img" aria-label="Done &lt;b&gt;"' in render('{% icon "check" label=words %}', words="Done <b>")


def test_it_escapes_a_value_to_copy() -> None:
    assert "&lt;script&gt;" in render("{% copyable text %}", text="<script>")
    assert "&lt;b&gt;" in render("{% badge state %}", state="<b>")


def test_it_writes_times_for_people_and_programs() -> None:
    instant = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
    shown = render('{% when instant style="minute" %}', instant=instant)
    assert 'datetime="2026-05-04T09:30:00Z"' in shown
    assert "4 May 2026, 09:30 UTC" in shown
    assert render('{% when instant otherwise="never" %}', instant=None) == "never"


def test_it_ties_label_hint_and_error_to_the_control() -> None:
    class NameForm(forms.Form):
        label = forms.CharField(label="Label", help_text="Letters and digits")

    form = NameForm({"label": ""})
    shown = render("{% fields form %}", form=form)
    assert '<label for="id_label">Label' in shown
    assert 'aria-describedby="id_label_hint id_label_error"' in shown
    assert shown.count('id="id_label_hint"') == shown.count('id="id_label_error"') == 1
    assert 'aria-invalid="true"' in shown
    assert 'href="#id_label"' in shown
