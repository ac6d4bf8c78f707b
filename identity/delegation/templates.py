"""Limits with a name that an organization offers its people when they lend. A template allows nothing by itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from identity.accounts.models import Organization
from identity.delegation.constraints import parse_constraints
from identity.delegation.lending_rules import LENDING_ROLES
from identity.delegation.limits import (
    DEPTH_MAX,
    TEMPLATE_NAME_LENGTH_MAX,
    TEMPLATES_PER_ORGANIZATION_MAX,
    VALID_DAYS_MAX,
)
from identity.delegation.models import LimitTemplate
from identity.journal.actor import Actor
from identity.journal.kinds import Payload
from identity.journal.lending_kinds import LimitTemplateChanged, LimitTemplateCreated, LimitTemplateRemoved
from identity.journal.record import record
from identity.primitives.errors import Conflict, InvalidInput, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a template says. ``constraints`` are claims; ``roles`` is empty for everybody who lends."""

    name: str
    constraints: Sequence[dict[str, Any]]
    days: int
    max_further_depth: int = 0
    roles: Collection[str] = ()


def create_limit_template(*, organization: Organization, offer: Offer, actor: Actor, at: datetime) -> LimitTemplate:
    """Raises InvalidInput ``limit_template_invalid`` and what ``parse_constraints`` raises, Conflict
    ``limit_template_name_taken`` or ``too_many_limit_templates``."""
    fields = _checked(offer)
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)  # two at once, one place left
        if LimitTemplate.objects.filter(organization=organization).count() >= TEMPLATES_PER_ORGANIZATION_MAX:
            raise Conflict(
                "too_many_limit_templates", f"An organization has at most {TEMPLATES_PER_ORGANIZATION_MAX} templates."
            )
        template = LimitTemplate(organization=organization, created_at=at, changed_at=at, **fields)
        _save(template)
        _tell(template, LimitTemplateCreated(template=template.pk, roles=list(fields["roles"])), actor, at)
    return template


def change_limit_template(
    *, template: LimitTemplate, seen: int, offer: Offer, actor: Actor, at: datetime
) -> LimitTemplate:
    """Let it say something else; ``seen`` is the version that the change is made to. Raises as making one, Conflict
    ``limit_template_changed`` and NotFound when somebody else was first."""
    fields = _checked(offer)
    with transaction.atomic():
        locked = _locked(template)
        if locked.version != seen:
            raise Conflict("limit_template_changed", "Somebody changed this template meanwhile. Look at it again.")
        if all(getattr(locked, name) == value for name, value in fields.items()):
            return locked
        for name, value in fields.items():
            setattr(locked, name, value)
        locked.version, locked.changed_at = seen + 1, at
        _save(locked, [*fields, "version", "changed_at"])
        _tell(locked, LimitTemplateChanged(template=locked.pk, version=locked.version), actor, at)
    return locked


def remove_limit_template(*, template: LimitTemplate, actor: Actor, at: datetime) -> None:
    """Offer it no more; what was lent with its help stays as it is. NotFound when it is gone already."""
    with transaction.atomic():
        locked = _locked(template)
        _tell(locked, LimitTemplateRemoved(template=locked.pk), actor, at)
        locked.delete()


def templates_for(organization: Organization, role: str) -> list[LimitTemplate]:
    """What is offered to somebody of this role, by name."""
    rows = LimitTemplate.objects.filter(organization=organization).order_by("name")
    return [template for template in rows if not template.roles or role in template.roles]


def _locked(template: LimitTemplate) -> LimitTemplate:
    locked = LimitTemplate.objects.select_for_update().filter(pk=template.pk).first()
    if locked is None:
        raise NotFound("not_found", "This template was removed.")
    return locked


def _save(template: LimitTemplate, fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            template.save(force_insert=fields is None, update_fields=fields)
    except IntegrityError as error:
        raise Conflict("limit_template_name_taken", "Another template has this name already.", field="name") from error


def _checked(offer: Offer) -> dict[str, Any]:
    name = " ".join(offer.name.split())
    if not 1 <= len(name) <= TEMPLATE_NAME_LENGTH_MAX or not name.isprintable():
        raise _invalid(f"A name has 1 to {TEMPLATE_NAME_LENGTH_MAX} visible characters.", "name")
    if not 1 <= offer.days <= VALID_DAYS_MAX:
        raise _invalid(f"It lasts 1 to {VALID_DAYS_MAX} days.", "days")
    if not 0 <= offer.max_further_depth <= DEPTH_MAX:
        raise _invalid(f"It is passed on at most {DEPTH_MAX} times.", "max_further_depth")
    if not set(offer.roles) <= set(LENDING_ROLES):
        raise _invalid(f"Roles that lend are {', '.join(LENDING_ROLES)}.", "roles")
    limits = parse_constraints(list(offer.constraints))
    if not limits:
        raise _invalid("A template has at least one limit.", "constraints")
    return {
        "name": name,
        "roles": [role for role in LENDING_ROLES if role in offer.roles],
        "constraints": [limit.claim() for limit in limits],
        "days": offer.days,
        "max_further_depth": offer.max_further_depth,
    }


def _invalid(detail: str, field: str) -> InvalidInput:
    return InvalidInput("limit_template_invalid", detail, field=field)


def _tell(template: LimitTemplate, payload: Payload, actor: Actor, at: datetime) -> None:
    record(payload, subject=template.pk, actor=actor, at=at, organization=template.organization_id)
