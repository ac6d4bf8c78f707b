"""The eddsa-rdfc-2022 cryptosuite: W3C Data Integrity EdDSA Cryptosuites 1.0, section 3.2.

The suite most verifiers know.
"""

from __future__ import annotations

from identity.credentials.proofs.cryptosuite import Canonicalization, Cryptosuite
from identity.primitives.multikey import KeyAlgorithm

SUITE = Cryptosuite("eddsa-rdfc-2022", Canonicalization.RDFC, frozenset({KeyAlgorithm.ED25519}))
