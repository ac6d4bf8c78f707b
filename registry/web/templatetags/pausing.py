"""The stop that is always in reach: what the console's frame needs to offer it.

{% load pausing %}{% pause_everything %}    puts ``may_pause`` and ``paused`` into the context
"""

from __future__ import annotations

from django import template
from django.template import Context

from identity.accounts.permissions import ROLE_PERMISSIONS, Permission
from identity.delegation.models import PrincipalFreeze
from registry.web.access import Console

register = template.Library()


@register.simple_tag(takes_context=True)
def pause_everything(context: Context) -> str:
    """``may_pause``: whether this member may; ``paused``: the pause that stands, or None. One query, and none for
    whoever may not."""
    console: Console | None = context.get("console")
    context["may_pause"], context["paused"] = False, None
    if console is not None and Permission.DELEGATIONS_WRITE in ROLE_PERMISSIONS[console.membership.role]:
        context["may_pause"] = True
        context["paused"] = PrincipalFreeze.objects.filter(pk=console.organization.pk).first()
    return ""
