"""The address that a statement of reasons gives for an appeal: it leads each to the page of the organization for which
she may appeal."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_safe

from identity.accounts.models import Membership, Organization, User
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission
from identity.primitives.clock import now
from registry.web.access import signed_in_page
from registry.web.sanction_view import SanctionView, published
from reputation.moderation.appeals import appellant_kind
from reputation.moderation.models import Sanction

ORGANIZATIONS_MAX = 50


@signed_in_page
@require_safe
def appeal(request: HttpRequest, sanction_id: str) -> HttpResponse:
    """Straight to the form when there is one organization to appeal for; else the choice, or who could."""
    found = published().filter(pk=sanction_id).first()
    if found is None or not request.user.is_authenticated:
        raise Http404
    concerned = organizations_to_appeal_for(request.user, found)
    if len(concerned) == 1:
        return redirect("console_standing_sanction", concerned[0].pk, found.pk)
    return render(request, "public/appeal.html", {"sanction": SanctionView(found, now()), "organizations": concerned})


def organizations_to_appeal_for(user: User, sanction: Sanction) -> list[Organization]:
    """Those for which her role may appeal and that the measure hits, or whose agent it stops."""
    memberships = Membership.objects.filter(user=user).select_related("organization")[:ORGANIZATIONS_MAX]
    mine = [each.organization for each in memberships if Permission.APPEALS_WRITE in ROLE_PERMISSIONS[each.role]]
    return [organization for organization in mine if appellant_kind(sanction, organization) is not None]


urlpatterns = [path("sanctions/<str:sanction_id>/appeal", appeal, name="appeal")]
