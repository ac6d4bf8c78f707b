"""Codes of notices and of the devices that get them."""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
    "device_refused": Problem(
        422,
        "The browser cannot be sent notices",
        "A device is a Web Push subscription: an https endpoint on the public internet and the two keys that the "
        "browser made for it. Reload the page and add the device again.",
    ),
    "too_many_devices": Problem(
        409, "Too many devices", "A person has at most 10 devices that get notices. Remove one first."
    ),
    "too_many_tests": Problem(
        429, "Enough tests for today", "At most 20 tests a day are sent; questions of agents are sent all the same."
    ),
    "notice_choice_invalid": Problem(
        422,
        "These preferences make no sense",
        "Quiet hours have a beginning and an end that differ, and the daily limit is one of those offered.",
    ),
}
