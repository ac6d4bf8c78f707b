"""The signed answer of an agent to a question about a link that it issued. No Django here.

A compact JWS (RFC 7515) of type ``attorn-answer+jwt`` over the question's id and its binding digest: what a passkey's
assertion is to a human. Kept as evidence, so that anybody with the agent's DID document can check who agreed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from identity.credentials.jws import Jws, parse_typed, sign_jws, signature_holds
from identity.primitives.errors import AttornError, InvalidInput
from identity.primitives.multikey import PublicKey
from identity.primitives.signing import Signer

ANSWER_TYPE = "attorn-answer+jwt"
ANSWER_SECONDS_MAX = 300
ANSWER_LENGTH_MAX = 4_096
CLOCK_SKEW_SECONDS = 60
ANSWERS = ("approve", "deny")

_MEMBERS = frozenset({"iss", "aud", "approval", "bindingDigest", "answer", "iat", "exp"})
_DIGEST = re.compile(r"sha-256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerWord:
    """``agent`` (a DID) tells ``registry`` (a DID) what it answers to the question ``approval``: approve or deny.
    ``binding_digest`` is hex."""

    agent: str
    registry: str
    approval: str
    binding_digest: str
    answer: str
    issued_at: datetime
    expires_at: datetime

    def claims(self) -> dict[str, Any]:
        return {
            "iss": self.agent,
            "aud": self.registry,
            "approval": self.approval,
            "bindingDigest": f"sha-256:{self.binding_digest}",
            "answer": self.answer,
            "iat": int(self.issued_at.timestamp()),
            "exp": int(self.expires_at.timestamp()),
        }


@dataclass(frozen=True, slots=True)
class SignedWord:
    """An answer as it came, before its signature was checked. ``key_id`` is the header's ``kid``."""

    word: IssuerWord
    token: str
    key_id: str
    jws: Jws

    def is_signed_by(self, public_key: PublicKey) -> bool:
        return signature_holds(self.jws, public_key=public_key)


def sign_word(word: IssuerWord, *, signer: Signer) -> str:
    """The compact token of ``word``."""
    return sign_jws({"typ": ANSWER_TYPE, "kid": signer.verification_method}, word.claims(), signer=signer)


def read_word(token: str) -> SignedWord:
    """The answer that a token spells. InvalidInput ``answer_invalid``."""
    try:
        jws, key_id = parse_typed(token, kind=ANSWER_TYPE, length_max=ANSWER_LENGTH_MAX)
        return SignedWord(_word(jws.payload), token, key_id, jws)
    except AttornError as error:
        raise answer_invalid(error.detail) from error


def answer_invalid(sentence: str) -> InvalidInput:
    return InvalidInput("answer_invalid", sentence, field="answer")


def _word(claims: dict[str, Any]) -> IssuerWord:
    if set(claims) != _MEMBERS:
        raise answer_invalid("The answer does not have exactly its members.")
    for name in ("iss", "aud", "approval"):
        if not isinstance(claims[name], str) or not 0 < len(claims[name]) <= 300:
            raise answer_invalid(f"The member {name} is a text.")
    digest = claims["bindingDigest"]
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise answer_invalid("The member bindingDigest does not have its form.")
    if claims["answer"] not in ANSWERS:
        raise answer_invalid(f"The answer is one of {' and '.join(ANSWERS)}.")
    issued_at, expires_at = _seconds(claims["iat"]), _seconds(claims["exp"])
    if not 0 < (expires_at - issued_at).total_seconds() <= ANSWER_SECONDS_MAX:
        raise answer_invalid(f"An answer lives at most {ANSWER_SECONDS_MAX} seconds.")
    return IssuerWord(
        agent=claims["iss"],
        registry=claims["aud"],
        approval=claims["approval"],
        binding_digest=digest.removeprefix("sha-256:"),
        answer=claims["answer"],
        issued_at=issued_at,
        expires_at=expires_at,
    )


def _seconds(value: Any) -> datetime:
    if type(value) is not int or not 0 < value < 2**37:
        raise answer_invalid("The times of an answer are whole seconds since 1970.")
    return datetime.fromtimestamp(value, UTC)
