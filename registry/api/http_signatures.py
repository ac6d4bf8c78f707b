"""Requests signed by a registered agent's key: HTTP Message Signatures (RFC 9421) with Content-Digest (RFC 9530).

What a signature must be to count here; each rule is a function below and names the attack it stops:

* ``keyid`` names a key of an agent in this register, by its RFC 7638 thumbprint or as ``did:web:…#key-1``;
* it covers ``@method``, ``@authority``, ``@target-uri`` (or ``@path`` and ``@query``), and ``content-digest`` when
  there is a body;
* ``created`` is at most 300 seconds ago, ``expires`` at most 300 seconds after it, ``nonce`` was never seen;
* the algorithm is the registered key's own, ``tag`` is ``attorn`` when several signatures are sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import http_sf
from django.http import HttpRequest
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageVerifier,
    HTTPSignatureAlgorithm,
    HTTPSignatureKeyResolver,
    VerifyResult,
)
from http_message_signatures.algorithms import ECDSA_P256_SHA256, ED25519

from identity.agents.models import Agent, AgentStatus, KeyPurpose, VerificationMethod
from identity.primitives.did import canonical_did
from identity.primitives.errors import AttornError, InvalidInput, NotPermitted, Unauthenticated
from identity.primitives.multikey import KeyAlgorithm, PublicKey
from registry.api.nonces import remember_nonce

TAG: Final = "attorn"
AGE_SECONDS_MAX: Final = 300
CLOCK_SKEW_SECONDS: Final = 5
NONCE_LENGTH_MIN: Final = 16
NONCE_LENGTH_MAX: Final = 128
SIGNATURE_FIELD_LENGTH_MAX: Final = 4096
KEYID_LENGTH_MAX: Final = 400

_ALGORITHMS: Final[Mapping[str, type[HTTPSignatureAlgorithm]]] = {
    KeyAlgorithm.ED25519: ED25519,
    KeyAlgorithm.P256: ECDSA_P256_SHA256,
}
_COVERED_ALWAYS: Final = ("@method", "@authority")


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A request as RFC 9421 sees it: ``url`` is absolute and encoded, ``headers`` by their lower-case names."""

    method: str
    url: str
    headers: dict[str, str]


def message_of(request: HttpRequest) -> SignedMessage:
    """What was signed, taken from the request that we act on and from nothing else.

    The host is checked against ALLOWED_HOSTS on the way, so a request signed for another registry that is replayed
    here with its Host header fails before its signature is looked at.
    """
    return SignedMessage(
        method=str(request.method),
        url=f"{request.scheme}://{request.get_host()}{request.get_full_path()}",
        headers={name.lower(): value for name, value in request.headers.items()},
    )


def carries_signature(request: HttpRequest) -> bool:
    return "Signature" in request.headers or "Signature-Input" in request.headers


def authenticate_signature(message: SignedMessage, *, body: bytes, at: datetime) -> Agent:
    """The agent that signed ``message``.

    Raises Unauthenticated ``invalid_signature`` or ``signature_replayed``; NotPermitted ``signer_not_permitted`` for
    an agent that is not active; Unavailable when replays cannot be told (the nonce store is down).
    """
    tag, keyid = choose_signature(message.headers)
    method = registered_key(keyid, at)
    result = verify_message(message, public_key=PublicKey.from_multikey(method.multikey), tag=tag, body=body)
    require_coverage(result, body=body)
    require_window(result.parameters)
    require_active(method.agent)
    remember_nonce(method.thumbprint, require_nonce(result), seconds=AGE_SECONDS_MAX + 2 * CLOCK_SKEW_SECONDS)
    return method.agent


def choose_signature(headers: Mapping[str, str]) -> tuple[str | None, str]:
    """The tag to select by (None for the only signature) and its ``keyid``.

    Stops signature wrapping: with several signatures, the one that counts is chosen by its signed ``tag``, never by
    its label, which nobody signs, nor by its place. Long fields are refused before they are parsed.
    """
    fields = headers.get("signature-input", ""), headers.get("signature", "")
    if not all(fields):
        raise _refused("Signature and Signature-Input belong together; one of them is missing.")
    if any(len(field) > SIGNATURE_FIELD_LENGTH_MAX for field in fields):
        raise _refused(f"A signature field has at most {SIGNATURE_FIELD_LENGTH_MAX} characters.")
    inputs = _parse_inputs(fields[0])
    if len(inputs) == 1:
        return None, _text(inputs[0].get("keyid"), "keyid")
    tagged = [parameters for parameters in inputs if parameters.get("tag") == TAG]
    if len(tagged) != 1:
        raise _refused(f'Of several signatures exactly one must carry tag="{TAG}".')
    return TAG, _text(tagged[0].get("keyid"), "keyid")


def registered_key(keyid: str, at: datetime) -> VerificationMethod:
    """The key of an agent in this register that ``keyid`` names, valid ``at`` and meant for authentication.

    Stops the use of a rotated or revoked key, and of a key that its agent keeps for another purpose. No key is ever
    fetched because a message asks for it (no request forgery through ``keyid``).
    """
    methods = VerificationMethod.objects.select_related("agent__organization")
    method = methods.filter(**_key_lookup(keyid)).first()
    if method is None or not method.is_valid(at) or KeyPurpose.AUTHENTICATION not in method.purposes:
        raise _refused("keyid names no key that is registered here, valid now and meant for authentication.")
    return method


def verify_message(message: SignedMessage, *, public_key: PublicKey, tag: str | None, body: bytes) -> VerifyResult:
    """Check the signature itself, and that Content-Digest is the digest of the bytes we read.

    Stops algorithm confusion: the algorithm is the registered key's; an ``alg`` that disagrees is refused. A body
    changed on the way no longer has the signed digest.
    """
    verifier = HTTPMessageVerifier(
        signature_algorithm=_ALGORITHMS[public_key.algorithm], key_resolver=_OneKey(public_key)
    )
    try:
        results = verifier.verify(
            message,
            max_age=timedelta(seconds=AGE_SECONDS_MAX),
            expect_tag=tag,
            require_components=_COVERED_ALWAYS,
            body=body,
        )
    except HTTPMessageSignaturesException as error:
        raise _refused(f"The signature does not verify: {_reason(error)}.") from error
    if len(results) != 1:
        raise _refused("Exactly one signature must count.")
    return results[0]


def require_coverage(result: VerifyResult, *, body: bytes) -> None:
    """Stops a signature made for one request from carrying another path, query or body to the same host."""
    covered = set(result.covered_components)
    if '"@target-uri"' not in covered and not {'"@path"', '"@query"'} <= covered:
        raise _refused("The signature must cover @target-uri, or @path and @query.")
    if body and '"content-digest"' not in covered:
        raise _refused("The signature must cover content-digest, for the request has a body.")


def require_window(parameters: Mapping[str, Any]) -> None:
    """Stops signatures made in advance to live for ever: ``expires`` at most 300 seconds after ``created``."""
    expires = parameters.get("expires")
    if expires is not None and not 0 < expires - parameters["created"] <= AGE_SECONDS_MAX:
        raise _refused(f"expires must be at most {AGE_SECONDS_MAX} seconds after created.")


def require_nonce(result: VerifyResult) -> str:
    """The nonce; short ones are refused, since another's would soon repeat them."""
    nonce = result.nonce
    if not isinstance(nonce, str) or not NONCE_LENGTH_MIN <= len(nonce) <= NONCE_LENGTH_MAX:
        raise _refused(f"The signature needs a nonce of {NONCE_LENGTH_MIN} to {NONCE_LENGTH_MAX} characters.")
    return nonce


def require_active(agent: Agent) -> None:
    """Stops an agent that was suspended or ended from acting; asked after the signature holds, so that a stranger
    cannot probe an agent's standing here."""
    if agent.status != AgentStatus.ACTIVE:
        raise NotPermitted("signer_not_permitted", f"The signing agent is {agent.status}.")


class _OneKey(HTTPSignatureKeyResolver):
    """Hands the library the one key that was looked up before; ``keyid`` is signed, so it cannot be swapped."""

    def __init__(self, public_key: PublicKey) -> None:
        self._pem = public_key.to_pem().encode()

    def resolve_public_key(self, key_id: str) -> bytes:
        return self._pem


def _parse_inputs(field: str) -> list[dict[str, Any]]:
    try:
        members = http_sf.parse(field.encode("ascii"), tltype="dictionary")
    except (ValueError, TypeError) as error:
        raise _refused("Signature-Input is not a structured dictionary (RFC 9651).") from error
    if not isinstance(members, dict) or not members:
        raise _refused("Signature-Input names no signature.")
    return [_parameters(member) for member in members.values()]


def _parameters(member: Any) -> dict[str, Any]:
    if not isinstance(member, tuple) or not isinstance(member[0], list):
        raise _refused("Each member of Signature-Input is a list of covered components.")
    return dict(member[1])


def _key_lookup(keyid: str) -> dict[str, str]:
    did, hash_sign, fragment = keyid.partition("#")
    if not hash_sign:
        return {"thumbprint": keyid}
    try:
        return {"agent__did": canonical_did(did), "fragment": fragment}
    except InvalidInput as error:
        raise _refused("keyid is neither a key's thumbprint nor a DID URL such as did:web:…#key-1.") from error


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value or len(value) > KEYID_LENGTH_MAX:
        raise _refused(f"The signature needs the parameter {name}.")
    return value


def _reason(error: BaseException) -> str:
    inner: Iterable[Any] = error.args or (type(error).__name__,)
    return (str(next(iter(inner))) or "the signature is not this key's").rstrip(".")[:200]


def _refused(sentence: str) -> AttornError:
    return Unauthenticated("invalid_signature", sentence)
