"""What the credential engine keeps: the registry's keys, and everything that says whether a credential still counts."""

from __future__ import annotations

from identity.credentials.models.credential import (
    Credential,
    CredentialKind,
    CredentialStatus,
    PreparedCredential,
    Standing,
    StatusSetter,
)
from identity.credentials.models.issuer_key import IssuerKey
from identity.credentials.models.status import (
    EntryStatus,
    StatusEntry,
    StatusList,
    StatusListForm,
    StatusPublication,
    status_list_url,
)
from identity.credentials.models.tenant_issuer import IssuerDidMethod, TenantIssuer, TenantIssuerKey

__all__ = [
    "Credential",
    "CredentialKind",
    "CredentialStatus",
    "EntryStatus",
    "IssuerDidMethod",
    "IssuerKey",
    "PreparedCredential",
    "Standing",
    "StatusEntry",
    "StatusList",
    "StatusListForm",
    "StatusPublication",
    "StatusSetter",
    "TenantIssuer",
    "TenantIssuerKey",
    "status_list_url",
]
