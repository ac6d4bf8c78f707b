"""The component set as template tags. They are builtins: no ``{% load %}`` is needed.

{% icon "key-round" %}            an inline SVG, decorative unless label= is given
{% badge agent.status %}          a state in words, with colour and icon
{% copyable agent.did %}          a value with a button that copies it
{% field form.name %}             one labelled form field with its hint and errors
{% fields form %}                 the form's error summary, then every field
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from identity.accounts.amounts import amount_in_digits
from identity.accounts.code_words import code_words
from registry.web.desk_sections import desk_sections_for
from registry.web.refusal_words import refusal_words
from registry.web.sections import sections_for
from registry.web.states import state_of

register = template.Library()
ICONS = Path(__file__).resolve().parent.parent / "icons"


@cache
def _strokes(name: str) -> str:
    return (ICONS / f"{name}.svg").read_text(encoding="utf-8").strip()


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """An icon of the Lucide set (``registry/web/icons``). ``size``: "" = 18 px, "small", "large"."""
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24"{}>{}</svg>',
        f" icon-{size}" if size else "",
        format_html(' role="img" aria-label="{}"', label) if label else mark_safe(' aria-hidden="true"'),
        mark_safe(_strokes(name)),  # noqa: S308 - our own files
    )


@register.simple_tag
def badge(state: str, label: str = "") -> SafeString:
    """The state in words; ``label`` replaces the standard words."""
    known = state_of(state)
    return format_html(
        '<span class="badge badge-{}">{}{}</span>', known.tone, icon(known.icon, size="small"), label or known.words
    )


@register.inclusion_tag("components/copyable.html")
def copyable(text: str, label: str = "", block: bool = False) -> dict[str, Any]:
    """``text`` in a fixed-width face with a copy button; ``block`` for several lines; ``label`` names it aloud."""
    return {"text": text, "label": label, "block": block}


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, hint: str = "") -> dict[str, Any]:
    """One form field: label, hint, errors above the control, all tied together for screen readers."""
    widget = bound.field.widget
    group = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    described = [f"{bound.id_for_label}_hint"] * bool(hint or bound.help_text)
    described += [f"{bound.id_for_label}_error"] * bool(bound.errors)
    attrs: dict[str, Any] = {}
    if described and not group:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return {
        "field": bound,
        "control": bound.as_widget(attrs=attrs),
        "hint": hint or bound.help_text,
        "group": group,
        "single_check": isinstance(widget, CheckboxInput),
        "hidden": bound.is_hidden,
    }


@register.inclusion_tag("components/fields.html")
def fields(form: BaseForm) -> dict[str, Any]:
    return {"form": form}


register.filter("code_words", code_words)
register.filter("digits", amount_in_digits)
register.filter("refusal_words", refusal_words)


@register.filter
def short(text: str, keep: int = 12) -> str:
    """The start and end of a long identifier: ``z6MkhaXg…doK``."""
    return text if len(text) <= keep * 2 else f"{text[:keep]}…{text[-keep // 2 :]}"


@register.simple_tag(takes_context=True)
def console_sections(context: Context) -> str:
    """Put ``sections``, the console's navigation with the current one marked, into the context."""
    request = context["request"]
    context["sections"] = sections_for(request)
    return ""


@register.simple_tag(takes_context=True)
def desk_sections(context: Context) -> str:
    """Put ``sections``, the operators' navigation, into the context."""
    context["sections"] = desk_sections_for(context["request"])
    return ""


@register.filter
def initial(whom: object) -> str:
    """The first letter of somebody's name, for a monogram."""
    return str(whom).strip()[:1].upper()
