"""Publishing status lists: the set bits gathered, encoded, signed and stored as the bytes that everybody is served.

Each list is published in three forms from the same rows. A form whose bits did not change keeps its bytes and its
ETag until its signature nears its end, so that whoever asks again is told that nothing changed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from identity.credentials.bitstring_status import status_list_credential
from identity.credentials.issuers import current_signer
from identity.credentials.models import StatusEntry, StatusList, StatusListForm, StatusPublication
from identity.credentials.token_status import status_list_token
from identity.primitives.bitstring import bits_of, encode_bitstring, encode_token_list, pairs_of

LISTS_A_RUN_MAX = 50


@dataclass(frozen=True, slots=True)
class Published:
    """What one publication did: the forms it wrote anew, none when nothing was due."""

    number: int
    forms: tuple[StatusListForm, ...]


def publish_due(*, at: datetime) -> list[Published]:
    """Publish every list with changes, and sign anew what nears its end. Safe to run at the same time in many
    processes: a list that another is publishing is left to it, and its later changes to the next round."""
    return [done for number in _due(at) if (done := publish_list(number, at=at, wait=False)) is not None]


def publish_list(number: int, *, at: datetime, wait: bool = True, force: bool = False) -> Published | None:
    """Publish one list; ``force`` signs all its forms anew. None when ``wait`` is False and another process has it.

    The flags of waiting changes are cleared before the bits are read, in one transaction: a change that commits
    in between is published twice at worst, never lost.
    """
    with transaction.atomic():
        locked = StatusList.objects.select_for_update(skip_locked=not wait, no_key=True).filter(pk=number).first()
        if locked is None:
            return None
        StatusEntry.objects.filter(status_list=locked, awaits_publication=True).update(awaits_publication=False)
        held = {publication.form: publication for publication in locked.publications.defer("body")}
        forms = [
            form
            for form, encoded in _encoded(locked).items()
            if _store(locked, form, encoded, held.get(form), at=at, force=force)
        ]
    return Published(number, tuple(forms))


def current_publication(number: int, form: StatusListForm, *, at: datetime) -> StatusPublication | None:
    """The bytes that stand for a list, None when there is no such list. A signature that has run out, because no
    worker renewed it, is renewed here: a list that nobody may believe would end every credential in it."""
    publications = StatusPublication.objects.filter(status_list=number, form=form)
    publication = publications.first()
    if publication is not None and publication.valid_until <= at:
        publish_list(number, at=at)
        publication = publications.first()
    return publication


def _due(at: datetime) -> list[int]:
    """Numbers of the lists with waiting changes, and then of those with a form whose signature is past half its life.

    Bounded, so that a thousand lists that age together never keep a worker from a revocation: the next run is a
    second away.
    """
    waiting = StatusEntry.objects.filter(status_list=OuterRef("pk"), awaits_publication=True)
    ageing = StatusPublication.objects.filter(status_list=OuterRef("pk"), valid_until__lte=at + _validity() / 2)
    lists = StatusList.objects.annotate(has_waiting=Exists(waiting))
    due = lists.filter(Q(has_waiting=True) | Exists(ageing)).order_by("-has_waiting", "pk")
    return list(due.values_list("pk", flat=True)[:LISTS_A_RUN_MAX])


def _encoded(status_list: StatusList) -> dict[StatusListForm, str]:
    entries = StatusEntry.objects.filter(status_list=status_list)
    revoked = list(entries.filter(revoked_at__isnull=False).values_list("index", flat=True))
    suspended = list(entries.filter(suspended_at__isnull=False).values_list("index", flat=True))
    size = status_list.entries
    return {
        StatusListForm.REVOCATION: encode_bitstring(bits_of(revoked, size=size)),
        StatusListForm.SUSPENSION: encode_bitstring(bits_of(suspended, size=size)),
        StatusListForm.TOKEN: encode_token_list(pairs_of(revoked, suspended, size=size)),
    }


def _store(
    status_list: StatusList,
    form: StatusListForm,
    encoded: str,
    held: StatusPublication | None,
    *,
    at: datetime,
    force: bool,
) -> bool:
    """Sign and store one form unless what is held says the same and will for a while; whether it was written."""
    digest = hashlib.sha256(encoded.encode()).hexdigest()
    is_fresh = held is not None and held.bits_digest == digest and held.valid_until > at + _validity() / 2
    if is_fresh and not force:
        return False
    until = at + _validity()
    sign = status_list_token if form is StatusListForm.TOKEN else status_list_credential
    body = sign(status_list.pk, form, encoded, signer=current_signer(), valid_from=at, valid_until=until)
    StatusPublication.objects.update_or_create(
        status_list=status_list,
        form=form,
        defaults={
            "body": body,
            "bits_digest": digest,
            "etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            "published_at": at,
            "valid_until": until,
        },
    )
    return True


def _validity() -> timedelta:
    return timedelta(seconds=settings.STATUS_LIST_VALIDITY_SECONDS)
