"""Registering a name, and what its holder may do with it afterwards: point, renew, release."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction

from identity.accounts.models import Organization
from identity.agents.enroll import refuse_held
from identity.agents.models import Agent, AgentStatus
from identity.journal.actor import Actor
from identity.journal.kinds import NameChanged, NameRegistered, NameReleased, NameRenewed
from identity.journal.record import record
from identity.primitives.clock import rfc3339
from identity.primitives.errors import Conflict, Gone, InvalidInput, NotPermitted
from registry.directory.confusables import skeleton
from registry.directory.limits import (
    NAMES_PER_ORGANIZATION_MAX,
    TERM_YEARS,
    TERM_YEARS_AHEAD_MAX,
    TTL_SECONDS_MAX,
    TTL_SECONDS_MIN,
)
from registry.directory.models import TTL_SECONDS_DEFAULT, Name, Zone, ZoneKind
from registry.directory.names import canonical_label, parse_name
from registry.directory.reserved import reserved_label
from registry.directory.status import (
    SERVER_STATUSES,
    lock_name,
    lock_name_for_update,
    refuse_held_agent,
    refuse_pending_transfer,
)
from registry.directory.zones import reserved_detail


def register_name(
    *,
    zone: Zone,
    label: str,
    agent: Agent | None = None,
    ttl_seconds: int = TTL_SECONDS_DEFAULT,
    actor: Actor,
    at: datetime,
) -> Name:
    """Register ``label`` in ``zone`` for one year, for the organization that holds the zone.

    Raises InvalidInput (``name_invalid``, ``name_mixed_scripts``, ``name_reserved``, ``ttl_out_of_range``), Conflict
    (``name_taken``, ``name_confusable``, ``agent_not_yours``, ``agent_deactivated``, ``name_limit_reached``) or
    NotPermitted ``zone_not_yours``.
    """
    canonical = allowed_label(label, zone=zone)
    fqn = parse_name(f"{canonical}.{zone.label}").fqn
    check_ttl(ttl_seconds)
    with transaction.atomic():
        holder = _lock_holder(zone)
        _remove_ended(zone=zone, label=canonical, actor=actor, at=at)
        _refuse_foreign_agent(agent, holder)
        refuse_taken_name(canonical, zone=zone)
        refuse_full(holder)
        name = _insert(
            Name(
                fqn=fqn,
                zone=zone,
                skeleton=skeleton(canonical),
                organization=holder,
                agent=agent,
                ttl_seconds=ttl_seconds,
                registered_at=at,
                expires_at=years_after(at, TERM_YEARS),
            ),
            canonical,
        )
        record(
            NameRegistered(name=fqn, agent=agent.pk if agent else None),
            subject=name.pk,
            actor=actor,
            at=at,
            organization=holder.pk,
        )
    return name


def point_name(*, name: Name, agent: Agent | None, actor: Actor, at: datetime) -> Name:
    """Let the name stand for ``agent``, or for nobody. Raises as ``register_name`` for the agent, and Conflict when
    the name's statuses forbid a change."""
    return _change(name=name, agent=agent, fields=["agent"], actor=actor, at=at)


def change_ttl(*, name: Name, ttl_seconds: int, actor: Actor, at: datetime) -> Name:
    """Set how long an answer about the name may be kept. Raises InvalidInput ``ttl_out_of_range``."""
    check_ttl(ttl_seconds)
    return _change(name=name, ttl_seconds=ttl_seconds, fields=["ttl_seconds"], actor=actor, at=at)


def renew(*, name: Name, years: int = TERM_YEARS, actor: Actor, at: datetime) -> Name:
    """Extend the term by ``years`` from where it ends. Raises Gone ``name_expired`` after the grace, and InvalidInput
    ``term_too_long`` when it would end more than ten years ahead."""
    if not 1 <= years <= TERM_YEARS_AHEAD_MAX:
        raise InvalidInput("term_too_long", f"Renew by 1 to {TERM_YEARS_AHEAD_MAX} years.", field="years")
    with transaction.atomic():
        locked = lock_name(name, at=at)
        if locked.expires_at is None:
            raise Conflict("name_has_no_term", "An imported name has no term to renew.")
        expires_at = years_after(locked.expires_at, years)
        if expires_at > years_after(at, TERM_YEARS_AHEAD_MAX):
            raise InvalidInput(
                "term_too_long", f"A term may end at most {TERM_YEARS_AHEAD_MAX} years ahead.", field="years"
            )
        locked.expires_at = expires_at
        locked.save(update_fields=["expires_at"])
        record(
            NameRenewed(name=locked.fqn, expires_at=rfc3339(expires_at)),
            subject=locked.pk,
            actor=actor,
            at=at,
            organization=locked.holder_id,
        )
    return locked


def release(*, name: Name, actor: Actor, at: datetime) -> None:
    """Give the name back; it is free at once. Raises Conflict ``name_status_prohibits`` while the registry withholds
    it, ``registry_hold`` while it holds the agent: neither is shed by registering the name anew."""
    with transaction.atomic():
        locked = lock_name(name, at=at)
        _refuse_server_status(locked)
        refuse_held_agent(locked)
        refuse_pending_transfer(locked, at=at)
        if locked.zone.kind == ZoneKind.DIRECTORY:
            raise Conflict("name_has_no_term", "An imported name belongs to its directory and cannot be released.")
        remove_name(locked, actor=actor, at=at)


def remove_name(name: Name, *, actor: Actor, at: datetime) -> None:
    """Delete the row with its records and write it down; the caller holds the lock and has checked."""
    record(NameReleased(name=name.fqn), subject=name.pk, actor=actor, at=at, organization=name.holder_id)
    name.delete()


def allowed_label(text: str, *, zone: Zone) -> str:
    """The canonical label, unless syntax or, under the root zone, the reserved words forbid it."""
    label = canonical_label(text.strip())
    reserved = reserved_label(label) if zone.kind == ZoneKind.REGISTERED else None
    if reserved is not None:
        raise InvalidInput("name_reserved", reserved_detail(label, *reserved), field="label")
    return label


def refuse_taken_name(label: str, *, zone: Zone) -> None:
    """Raise Conflict when the name exists in the zone or looks like one that does (UTS #39 section 4)."""
    other = Name.objects.filter(zone=zone, skeleton=skeleton(label)).values_list("fqn", flat=True).first()
    if other == f"{label}.{zone.label}":
        raise Conflict("name_taken", f"The name {other} is taken.", field="label")
    if other is not None:
        raise Conflict("name_confusable", f"“{label}” looks like “{other}”, which exists.", field="label")


def refuse_full(organization: Organization) -> None:
    """Raise Conflict when the organization holds as many names as it may; the caller has locked it."""
    if Name.objects.filter(organization=organization).count() >= NAMES_PER_ORGANIZATION_MAX:
        raise Conflict(
            "name_limit_reached", f"An organization has at most {NAMES_PER_ORGANIZATION_MAX:,} names.", field="label"
        )


def check_ttl(ttl_seconds: int) -> None:
    if not TTL_SECONDS_MIN <= ttl_seconds <= TTL_SECONDS_MAX:
        raise InvalidInput(
            "ttl_out_of_range",
            f"A TTL is {TTL_SECONDS_MIN} to {TTL_SECONDS_MAX:,} seconds.",
            field="ttl_seconds",
        )


def years_after(instant: datetime, years: int) -> datetime:
    """The same day ``years`` later; 29 February becomes 28."""
    try:
        return instant.replace(year=instant.year + years)
    except ValueError:
        return instant.replace(year=instant.year + years, day=28)


def _lock_holder(zone: Zone) -> Organization:
    if zone.organization_id is None:
        raise NotPermitted("zone_not_yours", f"The zone {zone.label} belongs to another directory.")
    return Organization.objects.select_for_update(no_key=True).get(pk=zone.organization_id)


def _remove_ended(*, zone: Zone, label: str, actor: Actor, at: datetime) -> None:
    """Make room where a name's grace is over. One that the registry withholds, or whose agent it holds, stays, and
    stays taken: a hold must not be shed by waiting."""
    names = Name.objects.select_for_update(of=["self"]).select_related("agent")
    ended = names.filter(zone=zone, skeleton=skeleton(label)).first()
    if ended is None or not ended.has_ended(at) or SERVER_STATUSES.intersection(ended.statuses):
        return
    if ended.agent is None or ended.agent.held_since is None:
        remove_name(ended, actor=actor, at=at)


def _insert(name: Name, label: str) -> Name:
    """Insert the row; the unique columns decide a race, and the loser is told as if it had come later."""
    try:
        with transaction.atomic():
            name.save(force_insert=True)
    except IntegrityError:
        refuse_taken_name(label, zone=name.zone)
        raise
    return name


def _change(*, name: Name, fields: Iterable[str], actor: Actor, at: datetime, **values: object) -> Name:
    with transaction.atomic():
        locked = lock_name_for_update(name, at=at)
        if values.get("agent") is not None:
            _refuse_foreign_agent(values["agent"], locked.holder_id)  # type: ignore[arg-type]
        for field, value in values.items():
            setattr(locked, field, value)
        locked.save(update_fields=list(fields))
        record(
            NameChanged(name=locked.fqn, fields=list(fields)),
            subject=locked.pk,
            actor=actor,
            at=at,
            organization=locked.holder_id,
        )
    return locked


def _refuse_foreign_agent(agent: Agent | None, holder: Organization | str | None) -> None:
    """Stops a name from lending its good standing to, or borrowing that of, somebody else's agent, and an agent that
    is held from getting another name. Locks the agent's row, after the name's."""
    if agent is None:
        return
    agent = Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    holder_id = holder.pk if isinstance(holder, Organization) else holder
    if agent.organization_id is None or agent.organization_id != holder_id:
        raise Conflict("agent_not_yours", "A name may stand only for an agent of its own organization.", field="agent")
    if agent.status == AgentStatus.DEACTIVATED:
        raise Gone("agent_deactivated", "This agent was deactivated for good.", field="agent")
    if agent.status == AgentStatus.REVOKED:
        raise Gone("agent_revoked", "The registry revoked this agent.", field="agent")
    refuse_held(agent)


def _refuse_server_status(name: Name) -> None:
    if SERVER_STATUSES.intersection(name.statuses):
        raise Conflict("name_status_prohibits", "The registry has put a status on this name that forbids it.")
