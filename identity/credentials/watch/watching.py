"""Beginning and ending to watch a credential. Nothing is asked of anybody here: its sources are due at once, and the
next tick of the timetable asks them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from identity.agents.addresses import registry_did
from identity.agents.enroll import lock_living
from identity.agents.models import Agent
from identity.credentials.key_resolution import resolve_key
from identity.credentials.keys import Unresolved
from identity.credentials.models.tenant_issuer import TenantIssuer
from identity.credentials.models.watch import (
    Seen,
    SourceForm,
    WatchedCredential,
    WatchedEntry,
    WatchSource,
)
from identity.credentials.watch.limits import ATTACHED_PER_AGENT_MAX, PRESENTED_KEPT, PRESENTED_PER_AGENT_MAX
from identity.credentials.watch.sighting import Place, Sighting, sight
from identity.credentials.watch.sources import Address, delete_idle_sources, hold_sources
from identity.journal.actor import Actor
from identity.journal.kinds import WatchedCredentialAttached, WatchedCredentialRemoved
from identity.journal.record import record
from identity.primitives.did import did_web_url
from identity.primitives.errors import Conflict, InvalidInput


def watch(document: dict[str, Any] | str | bytes, *, agent: Agent, at: datetime) -> WatchedCredential | None:
    """Keep an eye on a credential that ``agent`` has just presented and that somebody has verified; ``document`` is
    the credential as it came. None when there is nothing to watch: one of our own, or one of a kind nobody can watch.
    """
    try:
        sighting = sight(document)
    except InvalidInput:
        return None
    if not is_foreign(sighting.issuer):
        return None
    with transaction.atomic():
        _make_room(agent, at=at)
        return keep(sighting, agent=agent, seen=Seen.PRESENTED, at=at)


def keep_attached(sighting: Sighting, *, agent: Agent, actor: Actor, at: datetime) -> WatchedCredential:
    """Write down a verified credential that its agent's organization attaches; attaching it again changes nothing.

    Raises Conflict ``too_many_attached_credentials``, Gone ``agent_deactivated``.
    """
    with transaction.atomic():
        agent = lock_living(agent)
        attached = WatchedCredential.objects.filter(agent=agent, seen=Seen.ATTACHED)
        known = attached.filter(digest=sighting.digest).first()
        if known is not None:
            return known
        if attached.count() >= ATTACHED_PER_AGENT_MAX:
            raise Conflict(
                "too_many_attached_credentials", f"An agent has at most {ATTACHED_PER_AGENT_MAX} attached credentials."
            )
        credential = keep(sighting, agent=agent, seen=Seen.ATTACHED, at=at)
        record(
            WatchedCredentialAttached(credential.pk, sighting.issuer, sighting.type),
            subject=agent.pk,
            actor=actor,
            at=at,
            organization=agent.organization_id,
        )
    return credential


def detach(*, credential: WatchedCredential, actor: Actor, at: datetime) -> None:
    """Stop watching it and forget it; sources that nothing hangs on any more go with it."""
    with transaction.atomic():
        agent = credential.agent
        record(
            WatchedCredentialRemoved(credential.pk),
            subject=agent.pk,
            actor=actor,
            at=at,
            organization=agent.organization_id,
        )
        credential.delete()
        delete_idle_sources()


def keep(sighting: Sighting, *, agent: Agent, seen: Seen, at: datetime) -> WatchedCredential:
    """The row of this credential, made or found; what was attached stays attached when it is presented too."""
    key_address, multikey = _key_of(sighting, at=at)
    addresses = {place: _address_of(place, sighting.issuer) for place in sighting.places}
    sources = hold_sources({*addresses.values(), *({key_address} if key_address else ())}, at=at)
    fields = {
        "document": sighting.raw,
        "credential_id": sighting.credential_id[:500],
        "type": sighting.type,
        "issuer": sighting.issuer,
        "valid_from": sighting.valid_from,
        "valid_until": sighting.valid_until,
        "key_source": sources[key_address] if key_address else None,
        "verification_method": sighting.verification_method,
        "multikey": multikey,
        "seen": seen,
        "seen_at": at,
        "created_at": at,
    }
    credential, is_new = WatchedCredential.objects.get_or_create(agent=agent, digest=sighting.digest, defaults=fields)
    if is_new:
        for place, address in addresses.items():
            _keep_place(credential, place, sources[address], at=at)
    else:
        credential.seen = Seen.ATTACHED if Seen.ATTACHED in (seen, credential.seen) else seen
        credential.seen_at = at
        credential.save(update_fields=["seen", "seen_at"])
    return credential


def is_foreign(issuer: str) -> bool:
    """Whether somebody else answers for it. Our own and our organizations' credentials are asked of the database."""
    if issuer == registry_did() or issuer.startswith(f"{registry_did()}:"):
        return False
    return not TenantIssuer.objects.filter(did=issuer).exists()


def forget_presented(*, at: datetime) -> int:
    """Drop what was presented long ago and never since; how many. Safe to run twice."""
    with transaction.atomic():
        old = WatchedCredential.objects.filter(seen=Seen.PRESENTED, seen_at__lte=at - PRESENTED_KEPT)
        deleted = old.delete()[1].get("credentials.WatchedCredential", 0)
        delete_idle_sources()
    return deleted


def _make_room(agent: Agent, *, at: datetime) -> None:
    """The oldest of what was only presented gives way: an agent that shows many cannot fill the table."""
    presented = WatchedCredential.objects.filter(agent=agent, seen=Seen.PRESENTED).order_by("-seen_at", "-pk")
    surplus = list(presented.values_list("pk", flat=True)[PRESENTED_PER_AGENT_MAX - 1 :])
    WatchedCredential.objects.filter(pk__in=surplus).delete()


def _keep_place(credential: WatchedCredential, place: Place, source: WatchSource, *, at: datetime) -> None:
    """Where the list is known already the entry says at once what the list says."""
    is_set = _bit(bytes(source.bits), place.index)
    WatchedEntry.objects.create(
        credential=credential,
        agent_id=credential.agent_id,
        source=source,
        index=place.index,
        purpose=place.purpose,
        is_set=is_set,
        changed_at=at if is_set else None,
    )


def _address_of(place: Place, issuer: str) -> Address:
    return Address(place.url, issuer, place.form, "" if place.form is SourceForm.TOKEN else place.purpose.value)


def _key_of(sighting: Sighting, *, at: datetime) -> tuple[Address | None, str]:
    """The issuer's DID document as a source, when the issuer is a did:web; other DIDs say all of themselves."""
    method = sighting.verification_method
    if not sighting.issuer.startswith("did:web:") or method.partition("#")[0] != sighting.issuer:
        return None, ""
    key = resolve_key(method, at=at)
    if isinstance(key, Unresolved):
        return None, ""
    url = did_web_url(sighting.issuer)
    return Address(url, sighting.issuer, SourceForm.DID_WEB, ""), key.public_key.multikey


def _bit(bits: bytes, index: int) -> bool:
    return index < len(bits) * 8 and bool(bits[index >> 3] & (0x80 >> (index & 7)))
