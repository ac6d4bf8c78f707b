"""Looking for the proof that an organization controls a domain: a TXT record or a well-known file with its token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from identity.credentials.dns import Unreachable, lookup_txt
from identity.credentials.fetch import Fetched, fetch
from registry.directory.names import ascii_form

TXT_LABEL = "_attorn"
TXT_PREFIX = "attorn-domain-proof="
FILE_PATH = "/.well-known/attorn-domain-proof.txt"
LINES_MAX = 100

LookupTxt = Callable[[str], list[str]]
Fetch = Callable[[str], Fetched]


class Method(StrEnum):
    DNS = "dns"
    HTTPS = "https"


class Sight(StrEnum):
    """What one look at one place found. *Unreachable* says nothing about the proof."""

    FOUND = "found"
    ABSENT = "absent"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Look:
    sight: Sight
    detail: str


def proof_text(token: str) -> str:
    """What the TXT record, or a line of the file, has to say."""
    return f"{TXT_PREFIX}{token}"


def txt_name(domain: str) -> str:
    return f"{TXT_LABEL}.{ascii_form(domain)}"


def file_url(domain: str) -> str:
    return f"https://{ascii_form(domain)}{FILE_PATH}"


def look_in_dns(domain: str, token: str, *, lookup: LookupTxt = lookup_txt) -> Look:
    """Whether the TXT record is there."""
    try:
        texts = lookup(txt_name(domain))
    except Unreachable as error:
        return Look(Sight.UNREACHABLE, f"DNS: {error}")
    if proof_text(token) in (text.strip() for text in texts):
        return Look(Sight.FOUND, "DNS: the record is there")
    return Look(Sight.ABSENT, f"DNS: {txt_name(domain)} has no TXT record with this token")


def look_in_file(domain: str, token: str, *, get: Fetch = fetch) -> Look:
    """Whether the well-known file says so. A redirect or a server's own failure is no answer about the proof."""
    try:
        fetched = get(file_url(domain))
    except Unreachable as error:
        return Look(Sight.UNREACHABLE, f"HTTPS: {error}")
    if fetched.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return Look(Sight.ABSENT, f"HTTPS: {FILE_PATH} is not there")
    if fetched.status != HTTPStatus.OK:
        return Look(Sight.UNREACHABLE, f"HTTPS: the server answered {fetched.status}")
    lines = fetched.body.decode("utf-8", "replace").splitlines()[:LINES_MAX]
    if proof_text(token) in (line.strip() for line in lines):
        return Look(Sight.FOUND, "HTTPS: the file says so")
    return Look(Sight.ABSENT, f"HTTPS: {FILE_PATH} does not carry this token")
