"""Credentials in words: their kinds, formats, claims, and the reasons for which they stop counting."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from identity.credentials.checks import CheckName, CredentialFormat
from identity.credentials.lifecycle import AGENT_DEACTIVATED, AGENT_SUSPENDED, CredentialReason
from identity.credentials.models import CredentialKind

KIND_WORDS: dict[CredentialKind, Any] = {
    CredentialKind.IDENTITY: _("Who it is"),
    CredentialKind.STATEMENT: _("What its organization states"),
    CredentialKind.DOCUMENT: _("A document of its organization"),
}

FORMAT_WORDS: dict[CredentialFormat, Any] = {
    CredentialFormat.DATA_INTEGRITY: _("W3C 2.0, signed JSON"),
    CredentialFormat.DATA_INTEGRITY_V1: _("W3C 1.1, signed JSON"),
    CredentialFormat.VC_JWT: _("W3C 2.0, JWT"),
    CredentialFormat.SD_JWT_VC: _("SD-JWT for wallets"),
    CredentialFormat.ED25519_SIGNATURE_2020: _("W3C 1.1, for older wallets"),
    CredentialFormat.VC_CLAIM_JWT: _("W3C 1.1, JWT for older wallets"),
}

REASON_WORDS: dict[str, Any] = {
    CredentialReason.KEY_COMPROMISED: _("somebody else may hold its key"),
    CredentialReason.AFFILIATION_CHANGED: _("what it says is no longer so"),
    CredentialReason.CESSATION_OF_OPERATION: _("no longer in use"),
    CredentialReason.PRIVILEGE_WITHDRAWN: _("the agent may not carry it any more"),
    CredentialReason.ISSUED_BY_MISTAKE: _("issued by mistake"),
    CredentialReason.SUPERSEDED: _("replaced by a newer one"),
    CredentialReason.UNDER_REVIEW: _("under review"),
    AGENT_SUSPENDED: _("the agent itself is suspended"),
    AGENT_DEACTIVATED: _("the agent itself has ended"),
}

CLAIM_WORDS: dict[str, Any] = {
    "id": _("DID"),
    "sub": _("DID"),
    "name": _("Name"),
    "displayName": _("Name"),
    "registry": _("Registered at"),
    "registeredAt": _("Registered"),
    "verificationKey": _("Key"),
    "publicKeyMultibase": _("public key"),
    "accountableParty": _("Answers for it"),
    "partyKind": _("kind"),
    "country": _("country"),
    "assuranceLevel": _("assurance level, 0 to 3"),
    "statement": _("Statement"),
    "capability": _("Capability"),
    "homepage": _("Home page"),
    "description": _("Description"),
}

CHECK_WORDS: dict[CheckName, Any] = {
    CheckName.SCHEMA: _("Form"),
    CheckName.ISSUER: _("Issuer"),
    CheckName.PROOF: _("Signature"),
    CheckName.DATES: _("Dates"),
    CheckName.STATUS: _("Revocation"),
    CheckName.HOLDER_BINDING: _("Holder"),
}
