"""Evidence beside a report: taken in small, known by its bytes, given out as a download and in no other way."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from identity.journal.actor import Actor
from identity.journal.moderation_kinds import EvidenceAttached, EvidenceRead
from identity.journal.record import record
from identity.primitives.errors import Conflict, InvalidInput, NotFound, TooLarge
from reputation.moderation.involvement import operator_of, require_uninvolved_in_report
from reputation.moderation.limits import (
    ATTACHMENT_BYTES_MAX,
    ATTACHMENT_NAME_LENGTH_MAX,
    ATTACHMENTS_PER_REPORT_MAX,
)
from reputation.moderation.models import Attachment, Report
from reputation.moderation.sniffing import sniff

# How every attachment is given out. Stops evidence from being a page of ours: no browser shows it, runs it, guesses
# another type for it, or lets it reach anything should it be opened all the same.
DOWNLOAD_HEADERS = {
    "Content-Type": "application/octet-stream",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
_SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "application/pdf": ".pdf",
    "application/json": ".json",
    "message/rfc822": ".eml",
    "text/plain": ".txt",
}


def attach(*, report: Report, name: str, content: bytes, actor: Actor, at: datetime) -> Attachment:
    """Add a file to a report that nobody has decided. The same bytes a second time are the same attachment.

    Raises TooLarge ``attachment_too_large``; InvalidInput ``attachment_type`` or ``attachment_empty``; Conflict
    ``too_many_attachments`` or ``report_decided``.
    """
    kind = check_attachment(content)
    digest = sha256(content).hexdigest()
    with transaction.atomic():
        report = Report.objects.select_for_update(no_key=True).get(pk=report.pk)
        if report.finding or (report.joined_to is not None and report.joined_to.finding):
            raise Conflict("report_decided", "This report was decided; nothing can be added to it.")
        standing = report.attachments.filter(sha256=digest).first()
        if standing is not None:
            return standing
        if report.attachments.count() >= ATTACHMENTS_PER_REPORT_MAX:
            most = ATTACHMENTS_PER_REPORT_MAX
            raise Conflict("too_many_attachments", f"A report has at most {most} attachments.")
        attachment = Attachment.objects.create(
            report=report,
            name=safe_name(name),
            media_type=kind,
            size=len(content),
            sha256=digest,
            content=content,
            created_at=at,
        )
        event = EvidenceAttached(attachment.pk, str(kind), digest)
        record(event, subject=report.pk, actor=actor, at=at, organization=report.organization_id)
    return attachment


def check_attachment(content: bytes) -> str:
    """The media type of what may be attached; the refusals of ``attach`` otherwise."""
    if not content:
        raise InvalidInput("attachment_empty", "The file is empty.", field="content")
    if len(content) > ATTACHMENT_BYTES_MAX:
        raise TooLarge("attachment_too_large", f"A file has at most {ATTACHMENT_BYTES_MAX} bytes.")
    kind = sniff(content)
    if kind is None:
        raise InvalidInput(
            "attachment_type",
            "The file is none of PNG, JPEG, PDF, JSON, e-mail (.eml) or plain UTF-8 text, or promises to be too large.",
            field="content",
        )
    return kind.value


def read_evidence(*, attachment_id: str, actor: Actor, at: datetime) -> Attachment:
    """An attachment for an operator's eyes; that she read it is recorded. NotFound ``not_found``; NotPermitted
    ``conflict_of_interest``: who belongs to the subject must not learn by this way what its reporters know."""
    operator = operator_of(actor)
    attachment = Attachment.objects.select_related("report__about").filter(pk=attachment_id).first()
    if attachment is None:
        raise NotFound("not_found", "There is no such attachment.")
    report = attachment.report
    require_uninvolved_in_report(operator, report)
    with transaction.atomic():
        record(EvidenceRead(attachment.pk, report.case_id), subject=report.pk, actor=actor, at=at)
    return attachment


def download_headers(attachment: Attachment) -> dict[str, str]:
    """The headers to give an attachment out with. Its file name is made of its id: a name that its sender chose
    could end in something that runs."""
    name = f"{attachment.pk}{_SUFFIXES[attachment.media_type]}"
    return DOWNLOAD_HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'}


def safe_name(name: str) -> str:
    """The sender's name for the file without a path and without what cannot be seen, such as a mark that turns the
    direction of writing and makes ``gpj.exe`` look like a picture."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    seen = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")
    return " ".join(seen.split())[:ATTACHMENT_NAME_LENGTH_MAX].strip() or "evidence"
