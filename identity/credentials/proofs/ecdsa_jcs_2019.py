"""The ecdsa-jcs-2019 cryptosuite: W3C Data Integrity ECDSA Cryptosuites 1.0, section 3.3.

P-256 hashes with SHA-256, P-384 with SHA-384.
"""

from __future__ import annotations

from identity.credentials.proofs.cryptosuite import Canonicalization, Cryptosuite
from identity.primitives.multikey import KeyAlgorithm

SUITE = Cryptosuite("ecdsa-jcs-2019", Canonicalization.JCS, frozenset({KeyAlgorithm.P256, KeyAlgorithm.P384}))
