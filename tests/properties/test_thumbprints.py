"""One key has one thumbprint, whatever form it came in; two keys have two."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from identity.primitives.multikey import PublicKey

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def _pem(private_key):
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


public_keys = st.one_of(
    st.binary(min_size=32, max_size=32).map(Ed25519PrivateKey.from_private_bytes),
    st.integers(1, P256_ORDER - 1).map(lambda secret: ec.derive_private_key(secret, ec.SECP256R1())),
).map(lambda private_key: PublicKey.from_pem(_pem(private_key)))


@given(public_keys, st.dictionaries(st.sampled_from(["kid", "use", "alg"]), st.text(max_size=8)))
def test_it_is_the_same_from_every_form_of_the_key(key, decoration):
    forms = [
        PublicKey.from_multikey(key.multikey),
        PublicKey.from_jwk({**key.jwk(), **decoration}),
        PublicKey.from_pem(key.to_pem()),
    ]
    assert {form.thumbprint() for form in forms} == {key.thumbprint()}
    assert len(key.thumbprint()) == 43


@given(public_keys, public_keys)
def test_it_tells_two_keys_apart(one, other):
    assert (one.thumbprint() == other.thumbprint()) == (one.multikey == other.multikey)
