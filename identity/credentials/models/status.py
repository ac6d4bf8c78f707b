"""Whether a credential still counts: one entry a credential, its bits gathered into public lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models

from identity.primitives.ids import ID_LENGTH_MAX, new_status_entry_id

# W3C Bitstring Status List v1.0, section 2.2: fewer than 131,072 entries would give away who holds which credential.
LIST_ENTRIES = 131_072


class StatusListForm(models.TextChoices):
    """The public forms of one list's bits; the value is the letter in its address, ``/status/<letter>/<number>``."""

    REVOCATION = "r", "Bitstring Status List of revocations"
    SUSPENSION = "s", "Bitstring Status List of suspensions"
    TOKEN = "t", "Token Status List"


class EntryStatus(models.TextChoices):
    """What an entry says. The words are those of delegations and credentials themselves."""

    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"
    REVOKED = "revoked", "Revoked"


def status_list_url(number: int, form: StatusListForm) -> str:
    """Where a list stands for everybody, in one of its forms."""
    return f"{settings.PUBLIC_URL}/status/{form.value}/{number}"


class StatusList(models.Model):
    """131,072 places, handed out at random. One list is open at a time; a closed one hands out no more places and
    is published as long as the instance stands."""

    number = models.BigAutoField(primary_key=True)
    entries = models.PositiveIntegerField(default=LIST_ENTRIES, editable=False)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(entries__gte=LIST_ENTRIES), name="status_list_hides_in_a_crowd"),
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(closed_at__isnull=True), name="one_open_status_list"
            ),
        ]

    def __str__(self) -> str:
        return f"status list {self.number}"


class StatusEntry(models.Model):
    """One place in a list. The same index serves revocation and suspension. Dates are the truth, online answers read
    them; lists follow within seconds. The database itself refuses to lift a revocation or to move an entry."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_status_entry_id, editable=False)
    status_list = models.ForeignKey(StatusList, on_delete=models.PROTECT, related_name="handed_out")
    index = models.PositiveIntegerField()
    # The typed id of the credential or delegation whose place this is; they are above this table and point to it.
    subject = models.CharField(max_length=64, unique=True)
    allocated_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    suspended_at = models.DateTimeField(null=True)
    # Set with every change, cleared by the publication that carries it: nothing depends on a message arriving.
    awaits_publication = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["status_list", "index"], name="one_status_entry_an_index"),
        ]
        indexes = [
            models.Index(
                fields=["status_list", "index"],
                name="status_entry_set",
                condition=models.Q(revoked_at__isnull=False) | models.Q(suspended_at__isnull=False),
            ),
            models.Index(
                fields=["status_list"], name="status_entry_awaits", condition=models.Q(awaits_publication=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} at {self.index} of list {self.status_list_id}"

    def status(self, at: datetime) -> EntryStatus:
        """What this row says at ``at``; a revocation outweighs a suspension."""
        if self.revoked_at is not None and self.revoked_at <= at:
            return EntryStatus.REVOKED
        if self.suspended_at is not None and self.suspended_at <= at:
            return EntryStatus.SUSPENDED
        return EntryStatus.ACTIVE

    def credential_status(self) -> list[dict[str, Any]]:
        """The ``credentialStatus`` of a W3C credential, one object a purpose (Bitstring Status List v1.0, 2.1)."""
        return [self._bitstring_entry(form) for form in (StatusListForm.REVOCATION, StatusListForm.SUSPENSION)]

    def token_status(self) -> dict[str, Any]:
        """The ``status`` claim of a JWT or SD-JWT VC (Token Status List section 6)."""
        return {"status_list": {"idx": self.index, "uri": status_list_url(self.status_list_id, StatusListForm.TOKEN)}}

    def _bitstring_entry(self, form: StatusListForm) -> dict[str, Any]:
        url = status_list_url(self.status_list_id, form)
        return {
            "id": f"{url}#{self.index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": form.name.lower(),
            "statusListIndex": str(self.index),
            "statusListCredential": url,
        }


class StatusPublication(models.Model):
    """The signed bytes of a list in one form, served as they are until the next publication replaces them."""

    status_list = models.ForeignKey(StatusList, on_delete=models.PROTECT, related_name="publications")
    form = models.CharField(max_length=1, choices=StatusListForm.choices)
    body = models.BinaryField()
    # SHA-256 of the encoded bits alone: says whether they changed, whatever the dates and the signature.
    bits_digest = models.CharField(max_length=64)
    etag = models.CharField(max_length=66)
    published_at = models.DateTimeField()
    valid_until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["status_list", "form"], name="one_publication_a_form"),
            models.CheckConstraint(
                condition=models.Q(form__in=StatusListForm.values), name="status_publication_form_known"
            ),
        ]

    def __str__(self) -> str:
        return f"/status/{self.form}/{self.status_list_id}"
