"""Organizations as issuers: which DID one signs under, and by which keys.

An organization chooses how it is found (``did:web`` under this registry, ``did:web`` at a domain it has proven, or
``did:key``) and who holds the key: the registry, sealed as its own keys are, or the organization itself, which then
signs what the registry prepares.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from identity.accounts.models import Organization
from identity.agents.did_document import PublishedKey, assemble_document
from identity.credentials.did_keys import split_method
from identity.credentials.issuers import REGISTRY_PURPOSES, registry_did
from identity.credentials.key_vault import open_signer, seal_private_key
from identity.credentials.keys import NOT_FOUND, ResolvedKey, Unresolved
from identity.credentials.limits import CLOCK_SKEW, VALID_FOR_MAX
from identity.credentials.models import IssuerDidMethod, TenantIssuer, TenantIssuerKey
from identity.journal.actor import Actor
from identity.journal.kinds import IssuerChanged, IssuerKeyAdded, IssuerKeyRetired
from identity.journal.record import record
from identity.primitives.did import did_key, did_web
from identity.primitives.errors import Conflict, InvalidInput, NotFound
from identity.primitives.ids import new_tenant_issuer_key_id
from identity.primitives.multikey import KeyAlgorithm, PrivateKey, PublicKey
from identity.primitives.signing import Signer

KEYS_PER_ISSUER_MAX = 100


def hosted_issuer_did(organization_id: str) -> str:
    """The did:web of an organization under this registry; its document is at ``/organizations/<id>/did.json``."""
    return did_web(settings.PUBLIC_HOST, "organizations", organization_id)


def current_issuer(organization: Organization, *, actor: Actor, at: datetime) -> TenantIssuer:
    """Whom the organization issues as. The first question makes one by the instance's default, its key held here."""
    standing = TenantIssuer.objects.filter(organization=organization, is_current=True).first()
    if standing is not None:
        return standing
    method = IssuerDidMethod(settings.ISSUER_DID_METHOD)
    return choose_issuer(organization=organization, method=method, actor=actor, at=at, only_if_none=True)


def choose_issuer(
    *,
    organization: Organization,
    method: IssuerDidMethod,
    public_key: PublicKey | None = None,
    algorithm: KeyAlgorithm = KeyAlgorithm.ED25519,
    domain: str | None = None,
    proven_domains: Collection[str] = (),
    only_if_none: bool = False,
    actor: Actor,
    at: datetime,
) -> TenantIssuer:
    """Let the organization issue under another DID from now on; what it signed before keeps verifying.

    ``public_key`` is the organization's own, which it alone can sign with; without one the registry makes and holds
    a key of ``algorithm``. ``domain`` must be among ``proven_domains``, read by the caller in this transaction: that
    stops an organization from issuing in the name of a site that is not its own. InvalidInput
    ``issuer_domain_unproven``, ``issuer_domain_missing``.
    """
    if method == IssuerDidMethod.DOMAIN:
        _require_proven(domain, proven_domains)
    with transaction.atomic():
        organization = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        standing = TenantIssuer.objects.filter(organization=organization, is_current=True).first()
        if only_if_none and standing is not None:
            return standing
        public_key, private_key = _pair(public_key, algorithm)
        did = _did_of(organization, method, domain, public_key)
        if standing is not None and standing.did != did:
            standing.is_current, standing.retired_at = False, at
            standing.save(update_fields=["is_current", "retired_at"])
        issuer, _ = TenantIssuer.objects.update_or_create(
            organization=organization,
            did=did,
            defaults={"method": method, "is_current": True, "retired_at": None},
            create_defaults={"method": method, "is_current": True, "created_at": at},
        )
        event = IssuerChanged(did=did, method=str(method))
        record(event, subject=organization.pk, actor=actor, at=at, organization=organization.pk)
        _put_in_charge(issuer, public_key, private_key, actor=actor, at=at)
    return issuer


def add_issuer_key(
    *,
    issuer: TenantIssuer,
    public_key: PublicKey | None = None,
    algorithm: KeyAlgorithm = KeyAlgorithm.ED25519,
    actor: Actor,
    at: datetime,
) -> TenantIssuerKey:
    """A fresh key in charge of its algorithm. The one before it stops signing and stays published, so that what it
    signed keeps verifying. A did:key is its key and has no other: Conflict ``issuer_is_its_key``."""
    if issuer.method == IssuerDidMethod.KEY:
        raise Conflict("issuer_is_its_key", "A did:key is one key for ever. Choose a new issuer instead.")
    with transaction.atomic():
        issuer = _locked(issuer)
        public_key, private_key = _pair(public_key, algorithm)
        return _put_in_charge(issuer, public_key, private_key, actor=actor, at=at)


def revoke_issuer_key(*, issuer: TenantIssuer, fragment: str, actor: Actor, at: datetime) -> TenantIssuerKey:
    """A key that somebody else may hold: it leaves the DID document at once, and every credential it signed stops
    verifying. NotFound ``key_not_found``, Conflict ``key_already_revoked``."""
    with transaction.atomic():
        issuer = _locked(issuer)
        key = issuer.keys.filter(fragment=fragment).first()
        if key is None:
            raise NotFound("key_not_found", "This issuer has no such key.", field="fragment")
        if key.revoked_at is not None:
            raise Conflict("key_already_revoked", "This key was revoked before.")
        key.revoked_at, key.retired_at = at, key.retired_at or at
        key.save(update_fields=["revoked_at", "retired_at"])
        _record_key(IssuerKeyRetired(did=issuer.did, fragment=fragment, reason="compromised"), issuer, actor, at)
    return key


def issuer_signer(issuer: TenantIssuer, algorithm: KeyAlgorithm, *, actor: Actor, at: datetime) -> Signer:
    """What signs for the organization with ``algorithm``, for keys the registry holds; a did:web issuer whose keys
    are held here gets a missing key made. Conflict ``issuer_key_elsewhere`` when the organization signs itself,
    ``issuer_key_missing`` when a did:key has no such key."""
    key = _key_in_charge(issuer, algorithm)
    if key is None and (issuer.method == IssuerDidMethod.KEY or not _holds_all(issuer)):
        raise Conflict(
            "issuer_key_missing", f"{issuer.did} has no {algorithm} key here; choose another suite or add a key."
        )
    key = key or add_issuer_key(issuer=issuer, algorithm=algorithm, actor=actor, at=at)
    if key.private_key_encrypted is None:
        raise Conflict("issuer_key_elsewhere", "Your organization holds this key: prepare the credential and sign it.")
    return open_signer(
        bytes(key.private_key_encrypted), label=key.pk, verification_method=f"{issuer.did}#{key.fragment}"
    )


def algorithm_in_charge(issuer: TenantIssuer, allowed: Sequence[KeyAlgorithm]) -> KeyAlgorithm | None:
    """The first of ``allowed`` that the issuer has a key for, None when it has none of them (or none at all yet)."""
    held = set(issuer.keys.filter(retired_at=None, revoked_at=None).values_list("algorithm", flat=True))
    return next((algorithm for algorithm in allowed if algorithm.value in held), None)


def resolved_issuer_key(verification_method: str, *, at: datetime) -> ResolvedKey | Unresolved | None:
    """The key of an organization's issuer under this registry; None when the DID is no such issuer's."""
    parts = split_method(verification_method)
    if isinstance(parts, Unresolved):
        return parts
    did, fragment = parts
    hosted = TenantIssuer.objects.filter(did=did, method=IssuerDidMethod.HOSTED).first()
    if hosted is None:
        return None
    key = hosted.keys.filter(fragment=fragment, created_at__lte=at).first()
    if key is None:
        return Unresolved(NOT_FOUND, f"{did} publishes no key {fragment}.")
    return ResolvedKey(
        public_key=PublicKey.from_multikey(key.multikey),
        controller=did,
        purposes=frozenset(REGISTRY_PURPOSES),
        valid_until=_proves_until(key),
        revoked_at=key.revoked_at,
    )


def issuer_did_document(organization_id: str, *, at: datetime) -> dict[str, Any] | None:
    """The DID document of an organization's issuer under this registry; None when it has none."""
    did = hosted_issuer_did(organization_id)
    issuer = TenantIssuer.objects.filter(did=did, method=IssuerDidMethod.HOSTED).first()
    if issuer is None:
        return None
    keys = issuer.keys.filter(revoked_at=None, created_at__lte=at).order_by("-id")
    published = [PublishedKey(key.fragment, key.multikey, REGISTRY_PURPOSES, _proves_until(key)) for key in keys]
    return assemble_document(did=did, keys=published, services=(), also_known_as=False)


def is_registered_key(issuer: TenantIssuer, multikey: str, *, at: datetime) -> bool:
    """Whether the organization told us that it signs with this key now."""
    return issuer.keys.filter(multikey=multikey, revoked_at=None, retired_at=None, created_at__lte=at).exists()


def _pair(public_key: PublicKey | None, algorithm: KeyAlgorithm) -> tuple[PublicKey, PrivateKey | None]:
    """The organization's own public key as it is, or a fresh pair that the registry will hold."""
    if public_key is not None:
        return public_key, None
    private_key = PrivateKey.generate(algorithm)
    return private_key.public_key, private_key


def _put_in_charge(
    issuer: TenantIssuer, public_key: PublicKey, private_key: PrivateKey | None, *, actor: Actor, at: datetime
) -> TenantIssuerKey:
    standing = _key_in_charge(issuer, public_key.algorithm)
    if standing is not None and standing.multikey == public_key.multikey:
        return standing
    if issuer.keys.count() >= KEYS_PER_ISSUER_MAX:
        raise Conflict("too_many_keys", f"An issuer has at most {KEYS_PER_ISSUER_MAX} keys in its life.")
    if issuer.keys.filter(multikey=public_key.multikey).exists():
        raise Conflict("key_already_registered", "This issuer had this key before; make a new one.", field="public_key")
    if standing is not None:
        standing.retired_at = at
        standing.save(update_fields=["retired_at"])
        retired = IssuerKeyRetired(did=issuer.did, fragment=standing.fragment, reason="superseded")
        _record_key(retired, issuer, actor, at)
    key_id = new_tenant_issuer_key_id()
    key = TenantIssuerKey.objects.create(
        id=key_id,
        issuer=issuer,
        fragment=_fragment(issuer, public_key),
        multikey=public_key.multikey,
        algorithm=public_key.algorithm.value,
        private_key_encrypted=seal_private_key(private_key, label=key_id) if private_key else None,
        created_at=at,
    )
    event = IssuerKeyAdded(did=issuer.did, fragment=key.fragment, is_held_here=key.is_held_here)
    _record_key(event, issuer, actor, at)
    return key


def _did_of(organization: Organization, method: IssuerDidMethod, domain: str | None, public_key: PublicKey) -> str:
    match method:
        case IssuerDidMethod.KEY:
            return did_key(public_key)
        case IssuerDidMethod.DOMAIN:
            assert domain is not None
            return did_web(domain)
        case _:
            return hosted_issuer_did(organization.pk)


def _fragment(issuer: TenantIssuer, public_key: PublicKey) -> str:
    """A did:key names its key by the key itself; elsewhere the name is a digest of it, never used for another."""
    if issuer.method == IssuerDidMethod.KEY:
        return public_key.multikey
    return f"key-{hashlib.sha256(public_key.multikey.encode()).hexdigest()[:16]}"


def _require_proven(domain: str | None, proven_domains: Collection[str]) -> None:
    if not domain:
        raise InvalidInput("issuer_domain_missing", "Name the domain under which you issue.", field="domain")
    if domain not in proven_domains or did_web(domain) == registry_did():
        raise InvalidInput(
            "issuer_domain_unproven", f"Your organization has not proven that it controls {domain}.", field="domain"
        )


def _locked(issuer: TenantIssuer) -> TenantIssuer:
    """The issuer's row, after its organization's: the order in which every change of an issuer locks."""
    Organization.objects.select_for_update(no_key=True).get(pk=issuer.organization_id)
    return TenantIssuer.objects.select_for_update(no_key=True).get(pk=issuer.pk)


def _key_in_charge(issuer: TenantIssuer, algorithm: KeyAlgorithm) -> TenantIssuerKey | None:
    return issuer.keys.filter(algorithm=algorithm.value, retired_at=None, revoked_at=None).first()


def _holds_all(issuer: TenantIssuer) -> bool:
    """Whether every key in charge is held here: we never make a key for an organization that keeps its own."""
    return not issuer.keys.filter(retired_at=None, revoked_at=None, private_key_encrypted=None).exists()


def _proves_until(key: TenantIssuerKey) -> datetime | None:
    return None if key.retired_at is None else key.retired_at + VALID_FOR_MAX + CLOCK_SKEW


def _record_key(event: IssuerKeyAdded | IssuerKeyRetired, issuer: TenantIssuer, actor: Actor, at: datetime) -> None:
    record(event, subject=issuer.organization_id, actor=actor, at=at, organization=issuer.organization_id)
