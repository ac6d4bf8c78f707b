"""Credentials that others issued and that we keep an eye on: what they hang on, and how far a sweep has come."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from identity.agents.models import DID_LENGTH_MAX, Agent
from identity.primitives.clock import now
from identity.primitives.ids import ID_LENGTH_MAX, new_source_id, new_sweep_id, new_watched_credential_id

SOURCE_URL_LENGTH_MAX = 1_000
ISSUER_LENGTH_MAX = DID_LENGTH_MAX
METHOD_LENGTH_MAX = 512
NOTE_LENGTH_MAX = 200


class SourceForm(models.TextChoices):
    """What lies at the address of a source."""

    BITSTRING = "bitstring", _("Bitstring Status List")
    STATUS_LIST_2021 = "status_list_2021", _("StatusList2021")
    TOKEN = "token", _("Token Status List")
    DID_WEB = "did_web", _("DID document of the issuer")


class SourceState(models.TextChoices):
    """How much the last word of a source counts. None of these says anything about a credential's own bit."""

    UNCHECKED = "unchecked", "not checked yet"
    FRESH = "fresh", "confirmed"
    STALE = "stale", "authentic, but too old"
    UNREACHABLE = "unreachable", "does not answer"
    INVALID = "invalid", "answers what cannot be believed"


class WatchSource(models.Model):
    """One address that a whole group of credentials hangs on: a status list, or the DID document of an issuer.

    One fetch serves every credential of the group. ``bits`` is the list as last confirmed, one bit an entry, most
    significant first, and ``entries.is_set`` always agrees with it: both change in one transaction. A source is
    claimed by ``leased_until``; a worker that dies leaves it due again when the lease ends.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_source_id, editable=False)
    url = models.CharField(max_length=SOURCE_URL_LENGTH_MAX)
    issuer = models.CharField(max_length=ISSUER_LENGTH_MAX)
    form = models.CharField(max_length=16, choices=SourceForm.choices)
    purpose = models.CharField(max_length=10, blank=True)
    """What a W3C list must say it is for; empty for forms whose one list says everything."""
    created_at = models.DateTimeField(default=now, editable=False)
    state = models.CharField(max_length=12, choices=SourceState.choices, default=SourceState.UNCHECKED)
    state_since = models.DateTimeField(default=now)
    # What was confirmed last.
    bits = models.BinaryField(default=bytes)
    etag = models.CharField(max_length=256, blank=True)
    last_modified = models.CharField(max_length=256, blank=True)
    issued_at = models.DateTimeField(null=True)
    """When the issuer made the list, by its own word: an older one is never put in its place."""
    expires_at = models.DateTimeField(null=True)
    """When the list ends by its issuer's own word."""
    verified_at = models.DateTimeField(null=True)
    stale_after = models.DateTimeField(null=True)
    """Until when ``verified_at`` counts: the stated bound of freshness, or the list's own end if that comes first."""
    # The tries, and the next one.
    checked_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(default=now)
    leased_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    last_result = models.CharField(max_length=NOTE_LENGTH_MAX, blank=True)
    # An unsigned document is believed only when several looks agree: the keys it withdrew, and how often in a row.
    doubted_methods = ArrayField(models.CharField(max_length=METHOD_LENGTH_MAX), default=list, blank=True)
    doubts = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["url", "issuer", "form", "purpose"], name="one_watch_source"),
            models.CheckConstraint(condition=models.Q(form__in=SourceForm.values), name="watch_source_form_known"),
            models.CheckConstraint(condition=models.Q(state__in=SourceState.values), name="watch_source_state_known"),
        ]
        indexes = [models.Index(fields=["next_check_at"], name="watch_source_due")]

    def __str__(self) -> str:
        return self.url

    def is_overdue(self, at: datetime) -> bool:
        """Whether what was confirmed is older than the stated bound."""
        return self.stale_after is None or self.stale_after <= at


class Seen(models.TextChoices):
    """How a credential came to us. What was only presented is not shown to the public in detail."""

    ATTACHED = "attached", "attached by its organization"
    PRESENTED = "presented", "presented by the agent"


class WatchedCredential(models.Model):
    """A credential of a foreign issuer about one of our agents. Its document never changes; whether it still counts is
    read from its entries, its issuer's key, its dates and the freshness of its sources (``watch.states``)."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_watched_credential_id, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="watched_credentials")
    seen = models.CharField(max_length=10, choices=Seen.choices)
    seen_at = models.DateTimeField(default=now)
    """When it was attached, or last presented."""
    digest = models.CharField(max_length=64)
    """SHA-256 of the document as it came, in hex."""
    document = models.BinaryField()
    credential_id = models.CharField(max_length=500, blank=True)
    type = models.CharField(max_length=120)
    issuer = models.CharField(max_length=ISSUER_LENGTH_MAX)
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    is_expiry_noted = models.BooleanField(default=False)
    # The issuer's key, and whether the issuer still publishes it.
    key_source = models.ForeignKey(
        WatchSource, null=True, on_delete=models.PROTECT, related_name="signed", db_index=False
    )
    verification_method = models.CharField(max_length=METHOD_LENGTH_MAX, blank=True)
    multikey = models.CharField(max_length=140, blank=True)
    key_withdrawn_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "digest"], name="watched_once_an_agent"),
            models.CheckConstraint(condition=models.Q(seen__in=Seen.values), name="watched_seen_known"),
        ]
        indexes = [
            models.Index(
                fields=["valid_until"],
                name="watched_expiring",
                condition=models.Q(is_expiry_noted=False, valid_until__isnull=False),
            ),
            models.Index(fields=["key_source", "verification_method"], name="watched_by_key"),
        ]

    def __str__(self) -> str:
        return f"{self.type} of {self.agent_id}"


class EntryPurpose(models.TextChoices):
    REVOCATION = "revocation", "revocation"
    SUSPENSION = "suspension", "suspension"


class WatchedEntry(models.Model):
    """One place of one credential in one list. A set revocation is never cleared (Bitstring Status List section 2.1:
    it "is not reversible"); an issuer that made a mistake issues anew, and the new credential is attached."""

    id = models.BigAutoField(primary_key=True)
    credential = models.ForeignKey(WatchedCredential, on_delete=models.CASCADE, related_name="entries")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+", db_index=False)
    """The credential's, which never changes: whose answers fall when a list of fifty thousand entries does."""
    source = models.ForeignKey(WatchSource, on_delete=models.PROTECT, related_name="entries", db_index=False)
    index = models.PositiveIntegerField()
    purpose = models.CharField(max_length=10, choices=EntryPurpose.choices)
    is_set = models.BooleanField(default=False)
    changed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["credential", "source", "index"], name="one_watched_entry"),
            models.CheckConstraint(condition=models.Q(purpose__in=EntryPurpose.values), name="watched_purpose_known"),
        ]
        indexes = [
            models.Index(fields=["source", "index"], include=["agent"], name="watched_entry_place_agent"),
            models.Index(fields=["source"], name="watched_entry_set", condition=models.Q(is_set=True)),
        ]

    def __str__(self) -> str:
        return f"{self.credential_id} at {self.index}"


class Sweep(models.Model):
    """One full pass: every source asked anew, then every entry compared with its list. One runs at a time."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_sweep_id, editable=False)
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=96)
    finished_at = models.DateTimeField(null=True)
    source_count = models.PositiveIntegerField(default=0)
    entry_count = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(finished_at__isnull=True), name="one_running_sweep"
            )
        ]

    def __str__(self) -> str:
        return self.id


class SweepRange(models.Model):
    """A stretch of entries, ``[first_id, end_id)``. ``next_id`` moves on in the transaction that checked what lies
    before it: a worker that dies loses nothing, and nothing is done twice."""

    id = models.BigAutoField(primary_key=True)
    sweep = models.ForeignKey(Sweep, on_delete=models.CASCADE, related_name="ranges")
    first_id = models.BigIntegerField()
    next_id = models.BigIntegerField()
    end_id = models.BigIntegerField()
    leased_until = models.DateTimeField(null=True)
    entries_checked = models.PositiveBigIntegerField(default=0)
    entries_corrected = models.PositiveBigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first_id__lte=models.F("next_id"), next_id__lte=models.F("end_id")),
                name="sweep_range_moves_on",
            )
        ]

    def __str__(self) -> str:
        return f"{self.sweep_id} {self.first_id} to {self.end_id}"
