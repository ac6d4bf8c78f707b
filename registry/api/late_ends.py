"""Measures that end by time end at the next touch, should no worker have ended them."""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError

from identity.agents.models import AgentStatus
from identity.primitives.clock import now
from reputation.moderation.lapse import end_due_about

logger = logging.getLogger(__name__)


def end_what_ran_out(record: dict[str, Any]) -> None:
    """After a spend was not approved: end what is over of the measures that it may have been refused by, given the
    evidence of the decision.

    The decision stands, since it was taken on the standings as they were, and a standing never gets better by the
    clock alone; the next try is decided without the measure. So an emergency that nobody confirmed does not outlive
    its 72 hours for as long as the workers are stopped. Only who was stopped or throttled costs a look.
    """
    chain, vendor = record.get("chain") or [], record.get("vendor") or {}
    stopped = {link["agent"] for link in chain if link["agent_status"] == AgentStatus.SUSPENDED}
    if vendor.get("status") == AgentStatus.SUSPENDED:
        stopped.add(vendor["id"])
    if (record.get("terms") or {}).get("throttled"):
        stopped.add(record["agent"]["id"])
    if not stopped:
        return
    try:
        end_due_about(stopped, at=now())
    except DatabaseError:  # the answer is given all the same; the sweep, or the next one refused, ends it
        logger.warning("what ran out could not be ended", exc_info=True)
