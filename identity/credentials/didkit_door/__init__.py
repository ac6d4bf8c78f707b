"""The one door to didkit: credentials and presentations of the older kind (VCDM 1.1), issued and verified.

Two forms: JSON-LD with an Ed25519Signature2020 proof, and JWTs with a ``vc`` or ``vp`` claim. Issuers and holders are
did:key or did:jwk. didkit refuses VCDM 2.0 and knows no status lists of today; for both there is code of our own.
Nothing outside this folder may import didkit (import-linter says so): it needs every guard of ``guards``.

Never left to didkit: dates, ``credentialStatus``, credentials inside presentations, the choice among proofs, anything
that would make it call another host.
"""

from __future__ import annotations

from identity.credentials.didkit_door.issue import (
    issue_ed25519_2020,
    issue_vc_claim_jwt,
    present_ed25519_2020,
    present_vp_claim_jwt,
)
from identity.credentials.didkit_door.verify import (
    OpenedV1,
    verify_ed25519_2020,
    verify_presentation_2020,
    verify_vc_claim_jwt,
    verify_vp_claim_jwt,
)

__all__ = [
    "OpenedV1",
    "issue_ed25519_2020",
    "issue_vc_claim_jwt",
    "present_ed25519_2020",
    "present_vp_claim_jwt",
    "verify_ed25519_2020",
    "verify_presentation_2020",
    "verify_vc_claim_jwt",
    "verify_vp_claim_jwt",
]
