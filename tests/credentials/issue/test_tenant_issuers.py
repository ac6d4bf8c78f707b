"""Organizations as issuers: one current DID, one key in charge of each kind, former ones good for what they signed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.credentials.issuers import reencrypt_registry_keys, registry_did
from identity.credentials.keys import ResolvedKey
from identity.credentials.limits import CLOCK_SKEW, VALID_FOR_MAX
from identity.credentials.models import IssuerDidMethod, TenantIssuer, TenantIssuerKey
from identity.credentials.tenant_issuers import (
    add_issuer_key,
    choose_issuer,
    current_issuer,
    issuer_did_document,
    issuer_signer,
    resolved_issuer_key,
    revoke_issuer_key,
)
from identity.journal.actor import system
from identity.journal.models import Event
from identity.primitives.errors import Conflict, InvalidInput
from identity.primitives.multikey import KeyAlgorithm, PrivateKey
from registry.resolution.did_resolution import DidError, resolve_did

pytestmark = pytest.mark.django_db
TESTS = system("tests")


@pytest.fixture
def issuer(acme, at):
    return current_issuer(acme, actor=TESTS, at=at)


def signer(issuer, at, algorithm=KeyAlgorithm.ED25519):
    return issuer_signer(issuer, algorithm, actor=TESTS, at=at)


def test_it_makes_an_issuer_on_the_first_question_and_keeps_it(acme, issuer, at):
    assert issuer.did == f"{registry_did()}:organizations:{acme.pk}"
    assert current_issuer(acme, actor=TESTS, at=at) == issuer
    assert TenantIssuer.objects.count() == TenantIssuerKey.objects.count() == 1


def test_it_makes_a_did_key_where_the_instance_says_so(acme, at, settings):
    settings.ISSUER_DID_METHOD = "key"
    issuer = current_issuer(acme, actor=TESTS, at=at)
    assert issuer.did == f"did:key:{issuer.keys.get().multikey}"
    assert signer(issuer, at).verification_method == f"{issuer.did}#{issuer.keys.get().multikey}"


def test_it_publishes_what_a_verifier_needs(acme, issuer, at):
    document = issuer_did_document(acme.pk, at=at)
    method = signer(issuer, at).verification_method
    assert document["assertionMethod"] == [method]
    assert resolve_did(issuer.did, at=at).document == document
    assert isinstance(resolved_issuer_key(method, at=at), ResolvedKey)
    assert resolve_did(f"{registry_did()}:organizations:org_none", at=at) == DidError.NOT_FOUND


def test_it_never_stores_a_private_key_in_the_clear(issuer, at):
    sealed = bytes(issuer.keys.get().private_key_encrypted)
    assert b"PRIVATE KEY" not in sealed
    assert signer(issuer, at).private_key.to_pem().encode() not in sealed


def test_it_seals_them_anew_with_the_registrys_own(issuer, at, settings):
    import base64

    fresh = base64.b64encode(b"another-master-key-of-32-bytes!!").decode()
    settings.MASTER_KEY, settings.MASTER_KEY_PREVIOUS = fresh, settings.MASTER_KEY
    assert reencrypt_registry_keys() == 1
    settings.MASTER_KEY_PREVIOUS = ""
    assert signer(issuer, at).sign(b"m")


def test_it_keeps_a_replaced_key_published_and_withdraws_a_revoked_one(acme, issuer, at):
    old = signer(issuer, at).verification_method
    add_issuer_key(issuer=issuer, actor=TESTS, at=at)
    assert signer(issuer, at).verification_method != old
    assert resolved_issuer_key(old, at=at).valid_until == at + VALID_FOR_MAX + CLOCK_SKEW
    revoke_issuer_key(issuer=issuer, fragment=old.rpartition("#")[2], actor=TESTS, at=at)
    assert resolved_issuer_key(old, at=at).refusal(purpose="assertionMethod", at=at).code == "key_revoked"
    assert len(issuer_did_document(acme.pk, at=at)["verificationMethod"]) == 1


def test_it_makes_a_key_of_another_kind_when_it_is_first_needed(issuer, at):
    assert signer(issuer, at, KeyAlgorithm.P256).public_key.algorithm is KeyAlgorithm.P256
    assert issuer.keys.count() == 2


def test_it_makes_no_key_for_an_organization_that_keeps_its_own(acme, at):
    own = PrivateKey.generate().public_key
    issuer = choose_issuer(organization=acme, method=IssuerDidMethod.HOSTED, public_key=own, actor=TESTS, at=at)
    for algorithm, code in ((KeyAlgorithm.ED25519, "issuer_key_elsewhere"), (KeyAlgorithm.P256, "issuer_key_missing")):
        with pytest.raises(Conflict) as refusal:
            signer(issuer, at, algorithm)
        assert refusal.value.code == code


def test_it_issues_under_a_proven_domain_only_and_never_under_the_registrys_own(acme, at):
    def choose(domain, proven):
        return choose_issuer(
            organization=acme,
            method=IssuerDidMethod.DOMAIN,
            domain=domain,
            proven_domains=proven,
            actor=TESTS,
            at=at,
        )

    assert choose("acme.example", {"acme.example"}).did == "did:web:acme.example"
    for domain, proven in (("bank.example", {"acme.example"}), ("localhost:8000", {"localhost:8000"})):
        with pytest.raises(InvalidInput) as refusal:
            choose(domain, proven)
        assert refusal.value.code == "issuer_domain_unproven"


def test_it_keeps_one_current_issuer_and_remembers_the_former(acme, issuer, at):
    later = at + timedelta(minutes=1)
    fresh = choose_issuer(organization=acme, method=IssuerDidMethod.KEY, actor=TESTS, at=later)
    issuer.refresh_from_db()
    assert (issuer.is_current, issuer.retired_at, fresh.is_current) == (False, later, True)
    with pytest.raises(Conflict) as refusal:
        add_issuer_key(issuer=fresh, actor=TESTS, at=later)
    assert refusal.value.code == "issuer_is_its_key"
    back = choose_issuer(organization=acme, method=IssuerDidMethod.HOSTED, actor=TESTS, at=later)
    assert back.pk == issuer.pk
    assert Event.objects.filter(kind="issuer.changed", organization=acme.pk).count() == 3
