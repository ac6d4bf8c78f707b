"""The stop that is always in reach: what the console's frame needs to offer it.

{% load pausing %}{% pause_everything %}    puts ``may_pause`` and ``paused`` into the context
"""

from __future__ import annotations

from django import template
from django.template import Context

from identity.accounts.permissions import ROLE_PERMISSIONS, Permission
from identity.delegation.models import PrincipalFreeze

register = template.Library()


@register.simple_tag(takes_context=True)
def pause_everything(context: Context) -> str:
    """``may_pause``: whether this member may; ``paused``: the pause that stands, or None. One query, and none for
    whoever may not."""
    console = context.get("console")
    may_pause = console is not None and Permission.DELEGATIONS_WRITE in ROLE_PERMISSIONS[console.membership.role]
    context["may_pause"] = may_pause
    context["paused"] = PrincipalFreeze.objects.filter(pk=console.organization.pk).first() if may_pause else None
    return ""
