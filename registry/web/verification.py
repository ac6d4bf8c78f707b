"""How to check an answer without trusting this page: the same three ways everywhere, as text to copy."""

from __future__ import annotations

from shlex import quote as shell_quote

from django.conf import settings

PYTHON = """\
import json, urllib.request
from identity.credentials.proofs.eddsa_jcs_2022 import verify
from identity.primitives.multikey import PublicKey

register = "{register}"
answer = json.load(urllib.request.urlopen({answer_url!r}))
issuer = json.load(urllib.request.urlopen(register + "/.well-known/did.json"))
keys = {{method["id"]: method["publicKeyMultibase"] for method in issuer["verificationMethod"]}}
key = PublicKey.from_multikey(keys[answer["proof"]["verificationMethod"]])
assert verify(answer, public_key=key)"""


def with_curl(answer_url: str) -> str:
    return f"curl {shell_quote(answer_url)}\ncurl {settings.PUBLIC_URL}/.well-known/did.json"


def with_cli(question: str) -> str:
    return f"attorn resolve {shell_quote(question)} --verify --registry {settings.PUBLIC_URL}"


def with_python(answer_url: str) -> str:
    return PYTHON.format(register=settings.PUBLIC_URL, answer_url=answer_url)


def in_three_lines(question: str) -> str:
    """For the home page: ask, get the key, check."""
    return "\n".join(
        [
            f"curl {settings.PUBLIC_URL}/v1/resolve/{question}  # ask",
            f"curl {settings.PUBLIC_URL}/.well-known/did.json  # the register's key, once",
            with_cli(question) + "  # check",
        ]
    )
