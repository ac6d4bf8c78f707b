"""How a watched credential stands, in a sentence for people."""

from __future__ import annotations

from django.utils.translation import gettext as _

from identity.credentials.watch.states import Standing, WatchState


def reason_words(standing: Standing) -> str:
    if standing.reason == "key_withdrawn":
        return _("Its issuer no longer publishes the key it was signed with.")
    if standing.reason == "list_out_of_date":
        return _("Its issuer's list has run out, and no newer one is there.")
    return {
        WatchState.VALID: _("Nothing speaks against it, and that was confirmed lately."),
        WatchState.REVOKED: _("Its issuer has withdrawn it for good."),
        WatchState.SUSPENDED: _("Its issuer has paused it."),
        WatchState.EXPIRED: _("It has run out."),
        WatchState.INVALID: _("What lies at its list's address is not its issuer's list."),
        WatchState.UNREACHABLE: _("Its issuer's server does not answer; whether it still counts is not known."),
        WatchState.STALE: _("Nobody could confirm it lately; whether it still counts is not known."),
        WatchState.UNCHECKED: _("Its lists have not been asked yet; that takes seconds."),
    }[standing.state]
