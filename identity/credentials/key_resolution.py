"""Whose key is it? From a verification method to the key, its controller, purposes and dates.

did:key and did:jwk say it themselves. DIDs of this instance are answered from the database, never over the network,
so a key revoked here stops counting with the commit. Other did:web hosts go through the guarded fetcher.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import unquote

from django.conf import settings

from identity.agents.models import VerificationMethod
from identity.credentials import foreign_dids
from identity.credentials.did_keys import key_in_document, self_contained_key, split_method
from identity.credentials.issuers import REGISTRY_PURPOSES, proves_until, registry_did
from identity.credentials.keys import NOT_FOUND, UNREACHABLE, KeyFor, ResolvedKey, Unresolved
from identity.credentials.models import IssuerKey
from identity.credentials.tenant_issuers import resolved_issuer_key
from identity.primitives.multikey import PublicKey

HOSTS_MAX = 8  # foreign hosts asked for one request: with 3 s each, a request ends within the limit of a proxy

Documents = Callable[[str], foreign_dids.Document | Unresolved]


def resolve_key(verification_method: str, *, at: datetime) -> ResolvedKey | Unresolved:
    """The key behind ``verification_method``. Whether it counts at a time and for a purpose is for
    ``ResolvedKey.refusal`` to say: a retired or revoked key is found, with its dates."""
    return _resolve(verification_method, at=at, documents=foreign_dids.documents.document)


def key_resolver(*, at: datetime, hosts_max: int = HOSTS_MAX) -> KeyFor:
    """A resolver for one request, which asks at most ``hosts_max`` foreign hosts that are not remembered.

    Stops one cheap request (a presentation with a hundred credentials of a hundred slow hosts) from holding a worker
    for minutes and from making us knock on every door it names.
    """
    asked: set[str] = set()

    def document(did: str) -> foreign_dids.Document | Unresolved:
        if (known := foreign_dids.documents.remembered(did)) is not None:
            return known
        if did not in asked and len(asked) >= hosts_max:
            return Unresolved(UNREACHABLE, f"No more than {hosts_max} other hosts are asked for one request.")
        asked.add(did)
        return foreign_dids.documents.document(did)

    return lambda method: _resolve(method, at=at, documents=document)


def _resolve(verification_method: str, *, at: datetime, documents: Documents) -> ResolvedKey | Unresolved:
    parts = split_method(verification_method)
    if isinstance(parts, Unresolved):
        return parts
    did, fragment = parts
    if not did.startswith("did:web:"):
        return self_contained_key(did, fragment)
    if _is_ours(did):
        if did == registry_did():
            return _registry_key(fragment)
        return resolved_issuer_key(verification_method, at=at) or _hosted_key(did, fragment)
    document = documents(did)
    return document if isinstance(document, Unresolved) else key_in_document(document, did=did, fragment=fragment)


def _is_ours(did: str) -> bool:
    host: str = settings.PUBLIC_HOST
    return unquote(did.split(":")[2]) == host.lower()


def _registry_key(fragment: str) -> ResolvedKey | Unresolved:
    key = IssuerKey.objects.filter(fragment=fragment).first()
    if key is None:
        return Unresolved(NOT_FOUND, f"The registry has no key {fragment}.")
    return ResolvedKey(
        public_key=PublicKey.from_multikey(key.multikey),
        controller=registry_did(),
        purposes=frozenset(REGISTRY_PURPOSES),
        valid_until=proves_until(key),
        revoked_at=key.revoked_at,
    )


def _hosted_key(did: str, fragment: str) -> ResolvedKey | Unresolved:
    """The key of an agent registered here. The keys of a deactivated or revoked agent count for nothing from that
    moment on."""
    method = VerificationMethod.objects.select_related("agent").filter(agent__did=did, fragment=fragment).first()
    if method is None:
        return Unresolved(NOT_FOUND, f"{did} publishes no key {fragment}.")
    ended = method.agent.status_changed_at if method.agent.is_ended else None
    return ResolvedKey(
        public_key=PublicKey.from_multikey(method.multikey),
        controller=did,
        purposes=frozenset(method.purposes),
        valid_from=method.valid_from,
        valid_until=method.valid_until,
        revoked_at=min((moment for moment in (method.revoked_at, ended) if moment is not None), default=None),
    )
