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
from identity.credentials.models.watch import (
    EntryPurpose,
    Seen,
    SourceForm,
    SourceState,
    Sweep,
    SweepRange,
    WatchedCredential,
    WatchedEntry,
    WatchSource,
)

__all__ = [
    "Credential",
    "CredentialKind",
    "CredentialStatus",
    "EntryPurpose",
    "EntryStatus",
    "IssuerDidMethod",
    "IssuerKey",
    "PreparedCredential",
    "Seen",
    "SourceForm",
    "SourceState",
    "Standing",
    "StatusEntry",
    "StatusList",
    "StatusListForm",
    "StatusPublication",
    "StatusSetter",
    "Sweep",
    "SweepRange",
    "TenantIssuer",
    "TenantIssuerKey",
    "WatchSource",
    "WatchedCredential",
    "WatchedEntry",
    "status_list_url",
]
