"""Selective disclosure (SD-JWT, RFC 9901): claims that stand in a token as digests, shown one by one. No Django here.

A text is ``<token>~<disclosure>~…~`` with, at the end, nothing or a key binding token. Only SHA-256 digests.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from identity.credentials.jws import base64url, decode_base64url
from identity.credentials.limits import CREDENTIAL_BYTES_MAX
from identity.primitives.canonical import JSON_DEPTH_MAX, canonicalize, parse_json
from identity.primitives.errors import AttornError, InvalidInput, TooLarge

DISCLOSURES_MAX = 100
SALT_BYTES = 16  # RFC 9901 section 9.3: 128 bits, so that a digest cannot be guessed from likely values
DIGEST_ALGORITHM = "sha-256"
TEXT_LENGTH_MAX = CREDENTIAL_BYTES_MAX * 4 // 3

_DIGESTS, _DIGEST, _ALGORITHM = "_sd", "...", "_sd_alg"


@dataclass(frozen=True, slots=True)
class Parts:
    """An SD-JWT taken apart; ``key_binding`` is empty when there is none. Nothing is believed yet."""

    token: str
    disclosures: tuple[str, ...]
    key_binding: str

    @property
    def presented(self) -> str:
        """What a key binding token commits to (section 4.3.1)."""
        return "~".join([self.token, *self.disclosures, ""])


def split(text: str) -> Parts:
    """``text`` taken apart. InvalidInput ``malformed_sd_jwt``, TooLarge ``body_too_large``."""
    if not isinstance(text, str) or len(text) > TEXT_LENGTH_MAX:
        raise TooLarge("body_too_large", f"An SD-JWT may have at most {TEXT_LENGTH_MAX} characters.")
    token, *rest = text.split("~")
    if not rest:
        raise _malformed("An SD-JWT has a ~ after its token.")
    *disclosures, key_binding = rest
    if len(disclosures) > DISCLOSURES_MAX:
        raise _malformed(f"An SD-JWT shows at most {DISCLOSURES_MAX} claims.")
    return Parts(token, tuple(disclosures), key_binding)


def conceal(claims: Mapping[str, Any], *, disclosable: Collection[str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """``claims`` with the top-level ones named in ``disclosable`` replaced by digests, and the disclosures.

    The digests are sorted: their order must not betray which claim is which (section 4.2.4.1).
    """
    disclosures = tuple(_disclosure(name, claims[name]) for name in claims if name in disclosable)
    payload = {name: value for name, value in claims.items() if name not in disclosable}
    if disclosures:
        payload |= {_DIGESTS: sorted(map(digest, disclosures)), _ALGORITHM: DIGEST_ALGORITHM}
    return payload, disclosures


def reveal(payload: dict[str, Any], disclosures: Collection[str]) -> dict[str, Any]:
    """The claims of ``payload`` with every disclosure put in its place (section 7.1, step 3).

    InvalidInput ``malformed_sd_jwt``: a disclosure that no digest asks for, a digest or disclosure that stands twice,
    a name that is there already or is one of the mechanism's own, another digest algorithm.
    """
    if payload.get(_ALGORITHM, DIGEST_ALGORITHM) != DIGEST_ALGORITHM:
        raise _malformed("The digests are made with an algorithm other than SHA-256.")
    by_digest = {digest(disclosure): disclosure for disclosure in disclosures}
    if len(by_digest) != len(disclosures):
        raise _malformed("A disclosure stands twice.")
    opening = _Opening(by_digest)
    claims = opening.members({name: value for name, value in payload.items() if name != _ALGORITHM}, JSON_DEPTH_MAX)
    if opening.unplaced:
        raise _malformed("A disclosure belongs to no digest of the token.")
    return claims


def disclosed_name(disclosure: str) -> str:
    """The claim a disclosure shows; empty for an element of a list. InvalidInput ``malformed_sd_jwt``."""
    parts = _read(disclosure)
    return str(parts[1]) if len(parts) == 3 else ""


def digest(text: str) -> str:
    """SHA-256 of the ASCII text, base64url (section 4.2.3)."""
    return base64url(hashlib.sha256(text.encode("ascii", "replace")).digest())


class _Opening:
    """One pass over a payload. Remembers which digests were met, because each may stand once only: that stops one
    disclosure from being shown in two places, one of which the issuer never meant."""

    def __init__(self, by_digest: dict[str, str]) -> None:
        self.unplaced = dict(by_digest)
        self._met: set[str] = set()

    def members(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        hidden = value.get(_DIGESTS, [])
        if not isinstance(hidden, list) or _DIGEST in value:
            raise _malformed("The digests of an object are a list named _sd.")
        opened = {name: self.value(inner, depth) for name, inner in value.items() if name != _DIGESTS}
        for text in hidden:
            parts = self._take(text)
            if parts is None:
                continue
            if len(parts) != 3 or not isinstance(parts[1], str) or parts[1] in (_DIGESTS, _DIGEST, _ALGORITHM):
                raise _malformed("A disclosure of an object's claim is salt, name and value.")
            if parts[1] in opened:
                raise _malformed("A disclosure repeats a claim that is there already.")
            opened[parts[1]] = self.value(parts[2], depth)
        return opened

    def value(self, value: Any, depth: int) -> Any:
        if depth <= 0:
            raise _malformed(f"The claims nest deeper than {JSON_DEPTH_MAX} levels.")
        if isinstance(value, dict):
            if _ALGORITHM in value:
                raise _malformed("The digest algorithm stands at the top only.")
            return self.members(value, depth - 1)
        if isinstance(value, list):
            return [opened for item in value for opened in self._element(item, depth - 1)]
        return value

    def _element(self, item: Any, depth: int) -> list[Any]:
        """The element, or nothing for one that stays hidden."""
        if not isinstance(item, dict) or _DIGEST not in item:
            return [self.value(item, depth)]
        if len(item) != 1:
            raise _malformed("A hidden element of a list has no other members.")
        parts = self._take(item[_DIGEST])
        if parts is None:
            return []
        if len(parts) != 2:
            raise _malformed("A disclosure of a list's element is salt and value.")
        return [self.value(parts[1], depth)]

    def _take(self, text: object) -> list[Any] | None:
        if not isinstance(text, str) or text in self._met:
            raise _malformed("A digest stands twice or is no text.")
        self._met.add(text)
        disclosure = self.unplaced.pop(text, None)
        return None if disclosure is None else _read(disclosure)


def _disclosure(name: str, value: Any) -> str:
    return base64url(canonicalize([base64url(secrets.token_bytes(SALT_BYTES)), name, value]))


def _read(disclosure: str) -> list[Any]:
    try:
        parts = parse_json(decode_base64url(disclosure), bytes_max=CREDENTIAL_BYTES_MAX)
    except AttornError as error:
        raise _malformed(f"A disclosure cannot be read: {error.detail}") from error
    if not isinstance(parts, list) or len(parts) not in (2, 3) or not isinstance(parts[0], str):
        raise _malformed("A disclosure is a list of salt, name and value.")
    return parts


def _malformed(sentence: str) -> InvalidInput:
    return InvalidInput("malformed_sd_jwt", sentence, field="sd_jwt")
