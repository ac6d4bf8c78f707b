"""Who may see which console page. A stranger, and an address that names nothing, get the same 404, always."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from identity.accounts.models import Membership, Organization, User
from identity.accounts.permissions import Permission, require_in_role
from registry.notices.listing import unread_count

if TYPE_CHECKING:

    class ConsoleRequest(HttpRequest):
        """A request that ``console_page`` let through: somebody is signed in and a member."""

        user: User
        console: Console

else:
    ConsoleRequest = HttpRequest

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Console:
    """Where in the console a member is: what the frame around every console page needs. ``unread`` is how many alerts
    of hers she has not read, in all of her organizations."""

    organization: Organization
    membership: Membership
    unread: int = 0


def organization_for(request: HttpRequest, organization_id: str, permission: Permission) -> Organization:
    """The organization, if the signed-in person may do this there.

    Raises Http404 for a stranger and for an unknown id alike, so that addresses cannot be used to find out which
    organizations exist, and NotPermitted for a member whose role lacks the permission.
    """
    user = cast(User, request.user)
    own = Membership.objects.select_related("organization").annotate(unread=unread_count())
    membership = (
        own.filter(user=user, organization_id=organization_id).first()
        if user.is_authenticated and user.is_active
        else None
    )
    if membership is None:
        raise Http404
    require_in_role(membership.role, permission)
    cast("ConsoleRequest", request).console = Console(membership.organization, membership, membership.unread)
    return membership.organization


def console_page(
    permission: Permission,
) -> Callable[[Callable[Concatenate[ConsoleRequest, Organization, P], HttpResponseBase]], Callable[..., Any]]:
    """Guard a view at ``/console/<organization_id>/…``; it is called as ``view(request, organization, …)``.

    Somebody not signed in is sent to sign in from any such address, whether or not it names anything, and gets
    404 for anything but GET and HEAD: neither answer says what exists.
    """

    def guard(view: Callable[Concatenate[ConsoleRequest, Organization, P], HttpResponseBase]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(request: HttpRequest, organization_id: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return sign_in_first(request)
            organization = organization_for(request, organization_id, permission)
            if "%00" in request.META.get("QUERY_STRING", ""):  # PostgreSQL cannot hold it, and no page asks for it
                raise Http404
            response = view(cast("ConsoleRequest", request), organization, *args, **kwargs)
            response.headers.setdefault("Cache-Control", "private, no-store")
            return response

        return login_not_required(guarded)

    return guard


def signed_in_page(view: Callable[Concatenate[HttpRequest, P], HttpResponseBase]) -> Callable[..., Any]:
    """Guard a console view that belongs to no organization yet, such as the list of one's organizations."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return sign_in_first(request)
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return guarded


def sign_in_first(request: HttpRequest) -> HttpResponseBase:
    """To the sign-in page and back; 404 for anything but GET and HEAD. A part of a page that is fetched beside it gets
    401: the sign-in page is no part of it, and of two sign-in pages at once each makes a CSRF cookie, so that the one
    that is shown could not be sent."""
    if request.method not in {"GET", "HEAD"}:
        raise Http404
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
    return redirect_to_login(request.get_full_path())
