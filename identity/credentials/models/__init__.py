"""What the credential engine keeps: the registry's keys, and everything that says whether a credential still counts."""

from __future__ import annotations

from identity.credentials.models.issuer_key import IssuerKey
from identity.credentials.models.status import (
    EntryStatus,
    StatusEntry,
    StatusList,
    StatusListForm,
    StatusPublication,
    status_list_url,
)

__all__ = [
    "EntryStatus",
    "IssuerKey",
    "StatusEntry",
    "StatusList",
    "StatusListForm",
    "StatusPublication",
    "status_list_url",
]
