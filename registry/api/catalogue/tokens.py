"""Codes of signed tokens, of their formats, and of the older formats that go through didkit."""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
    "malformed_jwt": Problem(
        422,
        "The token cannot be read",
        "A compact token is three parts of base64url text (without padding) with dots between them; header and payload "
        "are JSON objects in which no name stands twice.",
    ),
    "malformed_sd_jwt": Problem(
        422,
        "The SD-JWT cannot be read",
        "An SD-JWT is a token, its disclosures and a ~ after each. Every disclosure must belong to exactly one digest, "
        "and what decides whether the credential counts (iss, dates, cnf, vct, status) cannot be disclosed at will.",
    ),
    "issuer_mismatch": Problem(
        422,
        "The issuer is not the one who signs",
        "The document names an issuer or holder other than the key that signs it. In the two oldest formats that is "
        "the did:key of the key itself.",
    ),
    "didkit_unavailable": Problem(
        503,
        "The older formats cannot be used right now",
        "Credentials with Ed25519Signature2020 proofs and vc-claim JWTs go through the library didkit, which is not "
        "installed for this Python, did not answer in time, or was used before this process was forked. Every other "
        "format works.",
    ),
}
