"""Following the DID documents of issuers: does the issuer still publish the key that signed the credential?

A DID document at a web host is not signed, so one answer decides nothing: only when several looks in a row miss the
same keys are the credentials of those keys called invalid. One look that finds a key again makes them good.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from identity.credentials.did_keys import key_in_document
from identity.credentials.fetch import Fetched
from identity.credentials.keys import Unresolved
from identity.credentials.models.watch import SourceState, WatchedCredential, WatchSource
from identity.credentials.watch.conclude import ACTOR, Concluded, confirmed, fail, lock_source, save_try
from identity.credentials.watch.limits import KEYS_CHECK_EVERY, QUORUM_TRIES, RETRY_AFTER
from identity.credentials.watch.schedule import after_failure, after_success
from identity.journal.kinds import WatchedCredentialChanged
from identity.journal.record import Entry, record_all
from identity.primitives.canonical import parse_json
from identity.primitives.errors import AttornError


def follow_keys(source: WatchSource, fetched: Fetched, *, at: datetime) -> Concluded:
    """Let the document that came, or the word that it has not changed (304), have its effect."""
    document = None
    if fetched.body or fetched.status != 304:
        document = _document(source, fetched.body)
        if document is None:
            return fail(source, SourceState.INVALID, "what came is not the DID document of the issuer", at=at)
    with transaction.atomic():
        locked = lock_source(source)
        if locked.checked_at is not None and locked.checked_at > at:
            return Concluded(SourceState(locked.state), is_dropped=True)
        confirmed(locked, at=at)
        locked.next_check_at = after_success(at=at, every=KEYS_CHECK_EVERY)
        changed = 0 if document is None else _follow(locked, document, fetched, at=at)
        return save_try(locked, SourceState.FRESH, _words(locked), at=at, changed=changed)


def _document(source: WatchSource, body: bytes) -> dict[str, Any] | None:
    try:
        document = parse_json(body)
    except AttornError:
        return None
    return document if isinstance(document, dict) and document.get("id") == source.issuer else None


def _follow(source: WatchSource, document: dict[str, Any], fetched: Fetched, *, at: datetime) -> int:
    missing = _missing(source, document, at=at)
    restored = _note(_of_keys(source).exclude(key_withdrawn_at=None).exclude(verification_method__in=missing), None, at)
    source.doubts = source.doubts + 1 if missing and missing == source.doubted_methods else int(bool(missing))
    source.doubted_methods = missing
    if missing and source.doubts < QUORUM_TRIES:
        # The tag is not kept, so that the next look brings the document again and can agree with this one.
        source.etag = source.last_modified = ""
        source.next_check_at = after_failure(at=at, failures=source.doubts, retry_after=RETRY_AFTER)
        return restored
    source.etag, source.last_modified = fetched.etag, fetched.last_modified
    return restored + _note(_of_keys(source).filter(key_withdrawn_at=None, verification_method__in=missing), at, at)


def _missing(source: WatchSource, document: dict[str, Any], *, at: datetime) -> list[str]:
    """The verification methods in use that the document no longer gives for assertions under the same key."""
    in_use = set(_of_keys(source).values_list("verification_method", "multikey").distinct())
    return sorted({method for method, multikey in in_use if not _stands(document, source, method, multikey, at)})


def _stands(document: dict[str, Any], source: WatchSource, method: str, multikey: str, at: datetime) -> bool:
    key = key_in_document(document, did=source.issuer, fragment=method.partition("#")[2])
    if isinstance(key, Unresolved) or key.public_key.multikey != multikey:
        return False
    return key.refusal(purpose="assertionMethod", at=at) is None


def _of_keys(source: WatchSource) -> QuerySet[WatchedCredential]:
    return WatchedCredential.objects.filter(key_source=source)


def _note(rows: QuerySet[WatchedCredential], withdrawn_at: datetime | None, at: datetime) -> int:
    """Write down that their key is gone (or back), and an event each; how many."""
    found = list(rows.select_related("agent").defer("document").order_by("pk"))
    WatchedCredential.objects.filter(pk__in=[each.pk for each in found]).update(key_withdrawn_at=withdrawn_at)
    change = "key_restored" if withdrawn_at is None else "key_withdrawn"
    return record_all(
        (
            Entry(
                WatchedCredentialChanged(each.pk, each.issuer, change),
                subject=each.agent_id,
                organization=each.agent.organization_id,
            )
            for each in found
        ),
        actor=ACTOR,
        at=at,
    )


def _words(source: WatchSource) -> str:
    if not source.doubted_methods:
        return "confirmed"
    if source.doubts < QUORUM_TRIES:
        return f"{len(source.doubted_methods)} keys are missing, seen {source.doubts} times"
    return f"{len(source.doubted_methods)} keys are withdrawn"
