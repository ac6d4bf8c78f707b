"""What the pages about names share: the page of one name, the way back, a refusal in its field."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.primitives.clock import now
from identity.primitives.errors import AttornError
from registry.directory.limits import RECORDS_PER_NAME_MAX
from registry.directory.models import Name, NameStatus, ZoneKind
from registry.directory.names import full_form, parse_name
from registry.directory.status import pending_transfer, statuses_at
from registry.web.access import ConsoleRequest
from registry.web.agent_facts import allowed
from registry.web.forms.names import PointForm, RenewForm, TransferForm


def name_context(request: ConsoleRequest, organization: Organization, shown: Name, **forms: Any) -> dict[str, Any]:
    """What the page of one name needs; ``forms`` replace the fresh ones when one was refused."""
    at = now()
    initial = {"agent": shown.agent_id, "ttl_seconds": shown.ttl_seconds}
    return {
        "organization": organization,
        "name": shown,
        "full_form": full_form(shown.fqn),
        "ascii": parse_name(shown.fqn).ascii,
        "statuses": statuses_at(shown, at),
        "records": shown.records.order_by("type", "value"),
        "records_max": RECORDS_PER_NAME_MAX,
        "transfer": pending_transfer(shown, at=at),
        "is_held": NameStatus.CLIENT_HOLD in shown.statuses,
        "is_locked": NameStatus.CLIENT_TRANSFER_PROHIBITED in shown.statuses,
        "has_term": shown.expires_at is not None,
        "can_move": shown.zone.kind == ZoneKind.REGISTERED,
        "may_write": allowed(request, Permission.NAMES_WRITE) and not shown.has_ended(at),
        "point_form": PointForm(initial=initial, organization=organization),
        "renew_form": RenewForm(),
        "transfer_form": TransferForm(),
        "crumbs": names_crumbs(organization),
        **forms,
    }


def names_crumbs(organization: Organization) -> list[tuple[str, str]]:
    return [(_("Names"), reverse("console_names", args=[organization.pk]))]


def name_crumbs(organization: Organization, shown: Name) -> list[tuple[str, str]]:
    return [*names_crumbs(organization), (shown.fqn, reverse("console_name", args=[organization.pk, shown.pk]))]


def show_refusal(form: Any, refusal: AttornError) -> None:
    """Put the refusal where the person can mend it."""
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.detail)
