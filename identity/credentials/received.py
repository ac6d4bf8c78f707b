"""What somebody hands us to verify, told apart by its form. Nothing about it is believed yet. No database here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from identity.credentials.checks import CredentialFormat
from identity.credentials.contexts import CREDENTIALS_V1, CREDENTIALS_V2
from identity.credentials.jose import VC_JWT, VP_JWT, enveloped_token
from identity.credentials.json_ld import check_terms
from identity.credentials.jws import parse_jws
from identity.credentials.limits import CREDENTIAL_BYTES_MAX
from identity.primitives.canonical import parse_json
from identity.primitives.errors import InvalidInput

ENVELOPED_CREDENTIAL = "EnvelopedVerifiableCredential"
ENVELOPED_PRESENTATION = "EnvelopedVerifiablePresentation"
_LEGACY_PROOF = "Ed25519Signature2020"
_SD_JWT_TYPES = ("dc+sd-jwt", "vc+sd-jwt")

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Received:
    """A credential or presentation as it came: a ``document`` with its proof, or a ``token``."""

    format: CredentialFormat
    document: Document | None = None
    token: str = ""


def read_credential(data: object) -> Received:
    """Tell a credential's form. InvalidInput ``malformed_credential`` and what ``parse_json`` and JWS raise."""
    return _read(data, envelope=ENVELOPED_CREDENTIAL, compact=_compact_credential)


def read_presentation(data: object) -> Received:
    """Tell a presentation's form. InvalidInput ``malformed_presentation`` and what ``parse_json`` and JWS raise."""
    return _read(data, envelope=ENVELOPED_PRESENTATION, compact=_compact_presentation)


def _read(data: object, *, envelope: str, compact: Any) -> Received:
    if isinstance(data, bytes):
        data = _text(data)
    if isinstance(data, str):
        text = data.strip()
        if not text.startswith("{"):
            return compact(text)  # type: ignore[no-any-return]
        data = parse_json(text.encode(), bytes_max=CREDENTIAL_BYTES_MAX)
    if not isinstance(data, dict):
        raise _malformed("This is neither a JSON object nor a token.")
    kinds = _listed(data.get("type"))
    if envelope in kinds:
        return compact(_unwrapped(data))  # type: ignore[no-any-return]
    proofs = [proof for proof in _listed(data.get("proof")) if isinstance(proof, dict)]
    if any(proof.get("type") == _LEGACY_PROOF for proof in proofs):
        return Received(CredentialFormat.ED25519_SIGNATURE_2020, document=data)
    is_v1 = _listed(data.get("@context"))[:1] == [CREDENTIALS_V1]
    return Received(CredentialFormat.DATA_INTEGRITY_V1 if is_v1 else CredentialFormat.DATA_INTEGRITY, document=data)


def _unwrapped(envelope: Document) -> str:
    """The token inside an enveloped credential or presentation (VCDM 2.0 section 4.13)."""
    if CREDENTIALS_V2 not in _listed(envelope.get("@context")):
        raise _malformed("An envelope names the context of VCDM 2.0.")
    if len(_listed(envelope.get("type"))) != 1:
        raise _malformed("An envelope has one type.")
    if set(envelope) - {"@context", "id", "type"}:
        raise _malformed("An envelope holds a token and nothing else: what stands beside it is signed by nobody.")
    check_terms(envelope)
    inner = enveloped_token(envelope)
    if inner is None:
        raise _malformed("The id of an envelope is a data: URL with a signed token.")
    return inner[1]


def _compact_credential(text: str) -> Received:
    if "~" in text:
        return Received(CredentialFormat.SD_JWT_VC, token=text)
    kind, payload = _peek(text)
    if kind == VC_JWT:
        return Received(CredentialFormat.VC_JWT, token=text)
    if kind in _SD_JWT_TYPES:
        return Received(CredentialFormat.SD_JWT_VC, token=text)
    if "vc" in payload:
        return Received(CredentialFormat.VC_CLAIM_JWT, token=text)
    raise _malformed("The token's typ is neither vc+jwt nor dc+sd-jwt, and it has no vc claim.")


def _compact_presentation(text: str) -> Received:
    kind, payload = _peek(text)
    if kind == VP_JWT:
        return Received(CredentialFormat.VC_JWT, token=text)
    if "vp" in payload:
        return Received(CredentialFormat.VC_CLAIM_JWT, token=text)
    raise InvalidInput("malformed_presentation", "The token's typ is not vp+jwt, and it has no vp claim.")


def _peek(text: str) -> tuple[str, Document]:
    jws = parse_jws(text)
    kind = jws.header.get("typ")
    return (kind.lower().removeprefix("application/") if isinstance(kind, str) else "", jws.payload)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed("This is not UTF-8 text.") from error


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _malformed(detail: str) -> InvalidInput:
    return InvalidInput("malformed_credential", detail)
