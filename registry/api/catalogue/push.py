"""Codes of subscriptions and status events."""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
    "endpoint_refused": Problem(
        422,
        "The endpoint cannot be called",
        "An endpoint is an https URL on port 443 whose host is on the public internet, without user name or fragment. "
        "The registry follows no redirect.",
    ),
    "event_type_unknown": Problem(
        422, "There is no such event type", "The types are listed in the reference of status events."
    ),
    "followed_unknown": Problem(
        422, "Nobody of that name to follow", "An agent is named by its id or DID, an organization by its id."
    ),
    "too_many_subscriptions": Problem(
        409, "Too many subscriptions", "An organization has at most 10. End one, or let several systems share one."
    ),
    "subscription_paused": Problem(409, "The subscription is paused", "It was paused before; resume it to go on."),
    "subscription_not_paused": Problem(409, "The subscription is not paused", "There is nothing to resume."),
    "subscription_has_no_secret": Problem(
        409, "A polled subscription has no secret", "Only webhooks are signed with one. Check the token's signature."
    ),
    "subscription_has_no_endpoint": Problem(
        409, "Nothing is sent to a polled subscription", "Read the events again instead, after any number you like."
    ),
    "replay_contradicts": Problem(
        422,
        "Two ways of choosing",
        "Either everything after a number, or dead letters by name. With neither: all dead.",
    ),
    "no_subscription": Problem(
        404,
        "No subscription yet",
        "Events are kept from the moment of the first subscription on. Make one; `poll` needs no endpoint.",
    ),
    "subscription_ambiguous": Problem(
        422,
        "Which subscription?",
        "Your organization has several: name one in `subscription`. Each counts for itself.",
    ),
    "status_events_expired": Problem(
        410,
        "These events are not kept any more",
        "Events are kept for 30 days. Resolve the agents you deal with anew, then go on after `first_seq` minus one.",
    ),
    "too_many_streams": Problem(
        503, "Too many listen at once", "Read page by page, or come back in a moment. Nothing is lost."
    ),
}
