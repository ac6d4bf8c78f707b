"""The last step of everything that needs a proof of control: what was drafted is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.agents.claim import NotClaimable
from identity.agents.keys import add_key, rotate_key
from identity.agents.models import Agent
from identity.journal.actor import Actor
from identity.primitives.errors import Conflict, NotFound
from registry.directory.named_agent import claim_listed_agent, register_named_agent, register_unnamed_agent
from registry.web.drafts import Draft

NEEDED = {
    "register": Permission.AGENTS_WRITE,
    "claim": Permission.AGENTS_WRITE,
    "add": Permission.KEYS_WRITE,
    "rotate": Permission.KEYS_WRITE,
}


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of the draft: where to go and what to say."""

    agent_id: str
    words: str


def finish(
    draft: Draft, *, organization: Organization, challenge_id: str, signature: bytes, actor: Actor, at: datetime
) -> Finished:
    """Do what the draft says, with the proof. Raises what the use case behind it raises."""
    steps: dict[str, Callable[..., Finished]] = {
        "register": _register,
        "claim": _claim,
        "add": _add,
        "rotate": _rotate,
    }
    proof: dict[str, Any] = {"challenge_id": challenge_id, "signature": signature, "actor": actor, "at": at}
    return steps[draft.kind](draft, organization, proof)


def start_again_address(organization: Organization, draft: Draft, challenge_id: str) -> str:
    """Where the draft was begun, filled in as far as a page can."""
    if draft.kind == "register":
        return f"{reverse('console_agent_register', args=[organization.pk])}?draft={challenge_id}"
    arguments = [organization.pk, draft.agent]
    if draft.kind == "rotate":
        arguments.append(draft.values["retire_fragment"])
    return reverse(f"console_agent_{draft.kind}", args=arguments)


def _register(draft: Draft, organization: Organization, proof: dict[str, Any]) -> Finished:
    values = dict(draft.values)
    if not values["name"]:
        del values["name"]
    rule = register_named_agent if "name" in values else register_unnamed_agent
    agent: Agent = rule(organization=organization, **values, **proof)
    return Finished(agent.pk, _("%(name)s is registered. Everybody can resolve it now.") % {"name": agent.display_name})


def _claim(draft: Draft, organization: Organization, proof: dict[str, Any]) -> Finished:
    agent = Agent.objects.filter(pk=draft.agent).first()
    if agent is None:
        raise NotFound("not_found", "There is no such agent.")
    outcome = claim_listed_agent(agent=agent, organization=organization, **proof)
    if isinstance(outcome, NotClaimable):
        raise Conflict(outcome.code, outcome.detail)
    return Finished(agent.pk, _("Claimed: your organization answers for it from now on."))


def _add(draft: Draft, organization: Organization, proof: dict[str, Any]) -> Finished:
    method = add_key(agent=_own(draft, organization), **proof)
    return Finished(method.agent_id, _("The key %(key)s is valid now.") % {"key": method.fragment})


def _rotate(draft: Draft, organization: Organization, proof: dict[str, Any]) -> Finished:
    method = rotate_key(agent=_own(draft, organization), **draft.values, **proof)
    words = _("%(new)s takes the place of %(old)s.") % {
        "new": method.fragment,
        "old": draft.values["retire_fragment"],
    }
    return Finished(method.agent_id, words)


def _own(draft: Draft, organization: Organization) -> Agent:
    agent = Agent.objects.filter(pk=draft.agent, organization=organization).first()
    if agent is None:
        raise NotFound("not_found", "There is no such agent.")
    return agent
