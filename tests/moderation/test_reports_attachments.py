"""Evidence: small, of a few types, known by its own bytes, and never a page of ours."""

from __future__ import annotations

import json
import struct
import zlib
from hashlib import sha256

import pytest

from identity.accounts.models import Role
from identity.accounts.organizations import add_member
from identity.journal.actor import Actor, ActorKind
from identity.journal.models import Event
from identity.primitives.errors import Conflict, InvalidInput, NotFound, NotPermitted, TooLarge
from reputation.moderation.attachments import attach, download_headers, read_evidence, safe_name
from reputation.moderation.findings import decide_report
from reputation.moderation.limits import ATTACHMENT_BYTES_MAX, ATTACHMENTS_PER_REPORT_MAX
from reputation.moderation.models import Attachment, Finding, Report
from reputation.moderation.sniffing import sniff
from tests.moderation.conftest import CLERK, by


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 1, height: int = 1) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\x00" * 4)) + chunk(b"IEND", b"")


def jpeg(width: int = 1, height: int = 1, frame: int = 0xC0) -> bytes:
    app = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    start = struct.pack(">BBHBHHB", 0xFF, frame, 17, 8, height, width, 3) + bytes(9)
    return b"\xff\xd8" + app + b"\xff\xdb" + struct.pack(">H", 4) + b"\x00\x01" + start + b"\xff\xd9"


MAIL = b"From: a@example.org\r\nDate: Mon, 4 May 2026 10:00:00 +0000\r\nSubject: order\r\n =?x?\r\n\r\nWhere is it?\r\n"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (png(), "image/png"),
        (jpeg(), "image/jpeg"),
        (jpeg(frame=0xC2), "image/jpeg"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "application/pdf"),
        (b'{"order": 1}', "application/json"),
        (b" \n[1, 2]", "application/json"),
        (MAIL, "message/rfc822"),
        ("Bestellt, größer als gedacht: 日本語\n".encode(), "text/plain"),
        (b'{"order": 1', "text/plain"),
        (b"<script>alert(1)</script>", "text/plain"),
    ],
)
def test_it_knows_a_file_by_its_bytes(content, kind):
    assert sniff(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(png(200_000, 200_000), id="a picture of forty thousand million pixels"),
        pytest.param(png(0, 1), id="a picture without width"),
        pytest.param(png()[:20], id="a picture cut in its header"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\x00" * 64, id="a picture without a header"),
        pytest.param(jpeg(65_535, 65_535), id="a photograph of four thousand million pixels"),
        pytest.param(b"\xff\xd8\xff\xe0\x00\x10JFIF", id="a photograph without a frame"),
        pytest.param(b"\xff\xd8\xff" + b"\xff" * 4_096, id="a photograph of fill bytes"),
        pytest.param(b"\xff\xd8" + b"\xff\xe0\x00\x02" * 9_000 + jpeg()[2:], id="a photograph of empty segments"),
        pytest.param(b"%PDF-x", id="a document of no version"),
        pytest.param(b"MZ\x90\x00\x03\x00", id="a program"),
        pytest.param(b"PK\x03\x04" + b"\x00" * 30, id="an archive"),
        pytest.param(b"\x1f\x8b\x08\x00" + b"\x00" * 30, id="something compressed"),
        pytest.param(b"GIF89a" + b"\x01\x00" * 4 + b"\x80", id="another picture"),
        pytest.param("größer".encode("latin-1"), id="text that is not UTF-8"),
        pytest.param(b"line\x00line", id="text with a zero"),
        pytest.param(b"\x1b]0;title\x07", id="text that steers a terminal"),
    ],
)
def test_it_takes_nothing_else_and_no_bomb(content):
    assert sniff(content) is None


def test_it_reads_deep_json_as_text_and_not_as_json():
    deep = b"[" * 5_000 + b"]" * 5_000
    assert sniff(deep) == "text/plain"
    assert sniff(json.dumps({"a": [1]}).encode()) == "application/json"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("invoice.pdf", "invoice.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\photo.png", "photo.png"),
        ("exe\u202egpj.exe", "exegpj.exe"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
        ("", "evidence"),
        ("x" * 500, "x" * 120),
    ],
)
def test_it_keeps_of_a_name_what_can_be_seen(sent, kept):
    assert safe_name(sent) == kept


@pytest.fixture
def filed(db, make_vendor, make_purchase, report) -> Report:
    return report(make_purchase(make_vendor("Nordlicht")))


def test_it_keeps_the_bytes_and_their_digest(filed, at):
    content = png()
    attachment = attach(report=filed, name="receipt.html", content=content, actor=CLERK, at=at)
    stored = Attachment.objects.get(pk=attachment.pk)
    assert (bytes(stored.content), stored.sha256) == (content, sha256(content).hexdigest())
    assert (stored.media_type, stored.size) == ("image/png", len(content))
    event = Event.objects.get(kind="report.evidence_attached")
    assert (event.organization, event.payload["sha256"]) == (filed.organization_id, stored.sha256)
    assert "receipt" not in str(event.payload)


def test_it_keeps_the_same_bytes_once(filed, at):
    first = attach(report=filed, name="a.txt", content=b"seen", actor=CLERK, at=at)
    assert attach(report=filed, name="b.txt", content=b"seen", actor=CLERK, at=at) == first


def test_it_takes_five_of_one_mebibyte(filed, at):
    attach(report=filed, name="large", content=b"x" * ATTACHMENT_BYTES_MAX, actor=CLERK, at=at)
    for number in range(ATTACHMENTS_PER_REPORT_MAX - 1):
        attach(report=filed, name="small", content=b"%d" % number, actor=CLERK, at=at)
    with pytest.raises(Conflict) as refused:
        attach(report=filed, name="sixth", content=b"sixth", actor=CLERK, at=at)
    assert refused.value.code == "too_many_attachments"


@pytest.mark.parametrize(
    ("content", "error", "code"),
    [
        (b"", InvalidInput, "attachment_empty"),
        (b"x" * (ATTACHMENT_BYTES_MAX + 1), TooLarge, "attachment_too_large"),
        (b"PK\x03\x04\x00\xff", InvalidInput, "attachment_type"),
    ],
    ids=["empty", "large", "archive"],
)
def test_it_says_what_is_wrong_with_a_file(content, error, code, filed, at):
    with pytest.raises(error) as refused:
        attach(report=filed, name="x", content=content, actor=CLERK, at=at)
    assert refused.value.code == code


def test_it_adds_nothing_to_a_report_that_was_decided(filed, olga, at):
    decide_report(report=filed, finding=Finding.DISMISSED, actor=by(olga), at=at)
    with pytest.raises(Conflict) as refused:
        attach(report=filed, name="late.txt", content=b"late", actor=CLERK, at=at)
    assert refused.value.code == "report_decided"


def test_it_is_read_by_uninvolved_operators_alone_and_each_reading_is_recorded(filed, olga, oskar, alice, at):
    attachment = attach(report=filed, name="x", content=b"seen", actor=CLERK, at=at)
    with pytest.raises(NotPermitted):
        read_evidence(attachment_id=attachment.pk, actor=Actor(ActorKind.USER, alice.pk), at=at)
    add_member(organization=filed.about.organization, user=oskar, role=Role.MEMBER, actor=CLERK, at=at)
    with pytest.raises(NotPermitted) as refused:
        read_evidence(attachment_id=attachment.pk, actor=by(oskar), at=at)
    assert refused.value.code == "conflict_of_interest"
    assert read_evidence(attachment_id=attachment.pk, actor=by(olga), at=at) == attachment
    event = Event.objects.get(kind="report.evidence_read")
    assert (event.subject, event.actor, event.organization) == (filed.pk, f"operator:{olga.pk}", None)
    with pytest.raises(NotFound):
        read_evidence(attachment_id="att_none", actor=by(olga), at=at)


def test_it_is_given_out_as_a_download_that_nothing_shows_or_runs(filed, at):
    attachment = attach(report=filed, name='x.html";evil', content=b"<script>1</script>", actor=CLERK, at=at)
    headers = download_headers(attachment)
    assert headers["Content-Disposition"] == f'attachment; filename="{attachment.pk}.txt"'
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "no-store" in headers["Cache-Control"]
