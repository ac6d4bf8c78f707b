"""Signing a request to a registry (RFC 9421): what a client adds to its headers. No Django in here."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from identity.primitives.multikey import KeyAlgorithm, PrivateKey

TAG: Final = "attorn"
LIFE_SECONDS: Final = 60
_ALGORITHM_NAMES: Final = {KeyAlgorithm.ED25519: "ed25519", KeyAlgorithm.P256: "ecdsa-p256-sha256"}
_PATH_SAFE: Final = "/:@&+$,-_.!~*'()"


def sign_request(
    *,
    method: str,
    url: str,
    body: bytes,
    private_key: PrivateKey,
    keyid: str,
    at: datetime,
    nonce: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """``headers`` and, beside them, Content-Digest (when there is a body), Signature-Input and Signature.

    ``keyid`` is the key's RFC 7638 thumbprint or a DID URL such as ``did:web:…#key-1``. The signature covers the
    method, the host, the whole target and the body's digest, and is good for 60 seconds and one use.
    """
    digest = {"Content-Digest": content_digest(body)} if body else {}
    created = int(at.timestamp())
    covered = {"@method": method.upper(), "@authority": _authority(url), "@target-uri": target_uri(url)}
    if body:
        covered["content-digest"] = digest["Content-Digest"]
    parameters = (
        f"({' '.join(_quoted(name) for name in covered)})"
        f";created={created};expires={created + LIFE_SECONDS}"
        f";nonce={_quoted(nonce or secrets.token_urlsafe(24))}"
        f";keyid={_quoted(keyid)};alg={_quoted(_ALGORITHM_NAMES[private_key.public_key.algorithm])};tag={_quoted(TAG)}"
    )
    signature = private_key.sign(signature_base(covered, parameters))
    return {
        **(headers or {}),
        **digest,
        "Signature-Input": f"sig1={parameters}",
        "Signature": f"sig1=:{base64.b64encode(signature).decode()}:",
    }


def signature_base(covered: Mapping[str, str], parameters: str) -> bytes:
    """RFC 9421 section 2.5: a line a component, then the parameters; no newline at the end."""
    lines = [f"{_quoted(name)}: {value}" for name, value in covered.items()]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode("ascii")


def content_digest(body: bytes) -> str:
    """RFC 9530 section 2, with SHA-256."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def target_uri(url: str) -> str:
    """RFC 9421 section 2.2.2; the path spelled as the registry reads it: escaped only where a path must be."""
    parts = urlsplit(url)
    path = quote(unquote(parts.path), safe=_PATH_SAFE) or "/"
    return f"{parts.scheme}://{parts.netloc}{path}" + (f"?{parts.query}" if parts.query else "")


def _authority(url: str) -> str:
    """RFC 9421 section 2.2.3: lower case, without the scheme's default port."""
    parts = urlsplit(url)
    default = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return parts.netloc.lower().removesuffix(default) if default else parts.netloc.lower()


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
