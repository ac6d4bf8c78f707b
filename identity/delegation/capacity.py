"""In which capacity somebody may touch a link: its principal, an issuer above it, its holder, the registry."""

from __future__ import annotations

from dataclasses import dataclass

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.delegation.models import Delegation, SetBy

# A stronger party may take a suspension over; the weaker can then not lift it.
_RANK = (SetBy.HOLDER, SetBy.ISSUER, SetBy.PRINCIPAL, SetBy.REGISTRY)


@dataclass(frozen=True, slots=True)
class Capacity:
    """``setter`` is kept with what this party sets; ``stands_for`` are all ids whose settings it may lift."""

    kind: SetBy
    setter: str
    stands_for: frozenset[str]

    @property
    def rank(self) -> int:
        return _RANK.index(self.kind)


BY_REGISTRY = Capacity(SetBy.REGISTRY, "", frozenset({""}))


def rank_of(set_by: str) -> int:
    return _RANK.index(SetBy(set_by))


def capacities(
    delegation: Delegation, *, organization: Organization | None = None, agent: Agent | None = None
) -> tuple[Capacity, ...]:
    """What an agent by its own signature, or an organization by its people and programs, is to this link; strongest
    first, empty for strangers. An agent never counts as its organization: a stolen agent key reaches its own chains
    only. An organization counts as each agent that it runs."""
    above, holder = _agents_of(delegation)
    if agent is not None:
        issuing, holding = above & {agent.pk}, holder & {agent.pk}
        found = []
    elif organization is not None:
        mine = set(Agent.objects.filter(pk__in=above | holder, organization=organization).values_list("pk", flat=True))
        issuing, holding = above & mine, holder & mine
        is_principal = delegation.principal_id == organization.pk
        found = [_capacity(SetBy.PRINCIPAL, {organization.pk})] if is_principal else []
    else:
        return ()
    found += [_capacity(SetBy.ISSUER, issuing)] if issuing else []
    found += [_capacity(SetBy.HOLDER, holding)] if holding else []
    return tuple(found)


def _capacity(kind: SetBy, ids: set[str]) -> Capacity:
    return Capacity(kind, min(ids), frozenset(ids))


def _agents_of(delegation: Delegation) -> tuple[set[str], set[str]]:
    """The agents that issued this link or one above it (each link is issued by the holder above), and its holder."""
    above = Delegation.objects.filter(pk__in=delegation.path[:-1]).values_list("agent_id", flat=True)
    return set(above), {delegation.agent_id}
