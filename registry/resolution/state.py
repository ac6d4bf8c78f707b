"""What an answer is made of, read for many agents in a handful of statements, the epoch always first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q, QuerySet

from identity.accounts.models import OrganizationKind
from identity.agents.models import Agent, Vendor, VerificationMethod
from identity.credentials.watch.report import Watched, watched_of
from identity.primitives.multikey import PublicKey
from registry.directory.models import Domain, DomainState, Name, ResourceRecord
from registry.resolution.keys import is_did, multikey_of
from registry.resolution.models import Subject
from reputation.moderation.models import Sanction
from reputation.scoring.models import AgentScore

_PROVEN = (DomainState.PROVEN, DomainState.UNREACHABLE)


class Absence(StrEnum):
    """Why there is no agent to answer with."""

    NOT_FOUND = "not_found"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class State:
    """One agent with all that its answers say but the records. Read after ``epoch``: if the epoch still stands when
    the answer is stored, everything here does."""

    agent: Agent
    epoch: int
    methods: tuple[VerificationMethod, ...]
    names: tuple[Name, ...]
    domains: tuple[str, ...]
    vendor: Vendor | None
    credentials: tuple[Watched, ...] = ()
    score: AgentScore | None = None
    sanctions: tuple[Sanction, ...] = ()

    def name(self, fqn: str) -> Name | None:
        return next((name for name in self.names if name.fqn == fqn), None)

    def valid_methods(self, at: datetime) -> list[VerificationMethod]:
        return [method for method in self.methods if method.is_valid(at)]

    def live_names(self, at: datetime) -> list[Name]:
        """The names that answer at ``at``, the oldest first: that one stands for the agent when its DID is asked."""
        return [name for name in self.names if not (name.has_ended(at) or name.is_held)]


def find_agents(keys: Collection[str], at: datetime) -> dict[str, str | Absence]:
    """For each canonical key the id of the agent it leads to at ``at``, or why it leads nowhere: a name that is
    unknown, ended or held back, a DID nobody here has, a key that is not good any more."""
    found: dict[str, str | Absence] = dict.fromkeys(keys, Absence.NOT_FOUND)
    multikeys = {key: multikey for key in keys if (multikey := multikey_of(key)) is not None}
    dids = [key for key in keys if is_did(key) and key not in multikeys]
    fqns = [key for key in keys if not is_did(key)]
    if dids:
        found.update(_in_the_register().filter(did__in=dids).values_list("did", "id"))
    if multikeys:
        found.update(_agents_by_key(multikeys, at))
    for name in Name.objects.filter(fqn__in=fqns) if fqns else ():
        if not name.has_ended(at):
            found[name.fqn] = Absence.HELD if name.is_held else name.agent_id or Absence.NOT_FOUND
    return found


def _in_the_register() -> QuerySet[Agent]:
    """Stops the sandbox's shop from being taken for a vendor in good standing: it has none, and no answer says so."""
    return Agent.objects.exclude(organization__kind=OrganizationKind.SANDBOX)


def _agents_by_key(multikeys: dict[str, str], at: datetime) -> dict[str, str]:
    """The agents of these did:key, by the thumbprint's index."""
    thumbprints = {PublicKey.from_multikey(multikey).thumbprint(): key for key, multikey in multikeys.items()}
    methods = VerificationMethod.objects.filter(thumbprint__in=thumbprints, agent__in=_in_the_register())
    return {thumbprints[method.thumbprint]: method.agent_id for method in methods if method.is_valid(at)}


def read_states(agent_ids: Collection[str]) -> dict[str, State]:
    """The states of these agents by id; those that do not exist are absent."""
    epochs = dict(Subject.objects.filter(agent_id__in=agent_ids).values_list("agent_id", "epoch"))
    agents = list(Agent.objects.filter(id__in=agent_ids).select_related("organization", "vendor", "score"))
    methods, names = defaultdict(list), defaultdict(list)
    for method in VerificationMethod.objects.filter(agent_id__in=agent_ids).order_by("id"):
        methods[method.agent_id].append(method)
    for name in Name.objects.filter(agent_id__in=agent_ids).order_by("registered_at", "id"):
        names[name.agent_id].append(name)
    domains = _proven_domains({agent.organization_id for agent in agents if agent.organization_id})
    watched = watched_of(agent_ids)
    sanctions = _sanctions_in_force(agents)
    return {
        agent.id: State(
            agent=agent,
            epoch=epochs[agent.id],
            methods=tuple(methods[agent.id]),
            names=tuple(names[agent.id]),
            domains=tuple(domains[agent.organization_id or ""]),
            vendor=getattr(agent, "vendor", None),
            credentials=watched.get(agent.id, ()),
            score=getattr(agent, "score", None),
            sanctions=tuple(sanctions[agent.id] + sanctions[agent.organization_id or ""]),
        )
        for agent in agents
        if agent.id in epochs
    }


def read_records(name_ids: Iterable[str]) -> dict[str, list[ResourceRecord]]:
    """The records of these names, in one order for all readers."""
    records: dict[str, list[ResourceRecord]] = defaultdict(list)
    for record in ResourceRecord.objects.filter(name_id__in=name_ids).order_by("type", "value"):
        records[record.name_id].append(record)
    return records


def _sanctions_in_force(agents: Collection[Agent]) -> dict[str, list[Sanction]]:
    """The registry's measures by the id of the agent, or of the organization, that they are about."""
    found: dict[str, list[Sanction]] = defaultdict(list)
    organizations = {agent.organization_id for agent in agents if agent.organization_id}
    about = Q(agent__in=agents) | Q(agent=None, organization_id__in=organizations)
    for sanction in Sanction.objects.in_force().filter(about).prefetch_related("appeals"):
        found[sanction.about_id].append(sanction)
    return found


def _proven_domains(organization_ids: Collection[str]) -> dict[str, list[str]]:
    domains: dict[str, list[str]] = defaultdict(list)
    if organization_ids:
        proven = Domain.objects.filter(organization_id__in=organization_ids, state__in=_PROVEN).order_by("domain")
        for organization_id, domain in proven.values_list("organization_id", "domain"):
            domains[organization_id].append(domain)
    return domains
