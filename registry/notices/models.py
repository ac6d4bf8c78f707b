"""What people were told, how each wants to be told, and what is still on its way."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from identity.accounts.models import Organization, User
from identity.credentials.models.sealed import SealedKey
from identity.primitives.ids import ID_LENGTH_MAX, new_device_id, new_personal_notice_id
from registry.notices.kinds import FORMS, NoticeKind
from registry.notices.limits import (
    BODY_LENGTH_MAX,
    DAILY_DEFAULT,
    ENDPOINT_LENGTH_MAX,
    KEY_LENGTH_MAX,
    LABEL_LENGTH_MAX,
    LINK_LENGTH_MAX,
    TITLE_LENGTH_MAX,
)


class Way(models.TextChoices):
    """What became of a notice besides standing in the list."""

    OUT = "out", "sent at once"
    QUIET = "quiet", "sent after the quiet hours"
    LIMIT = "limit", "held back: enough for one day"
    LISTED = "listed", "in the list only, as she chose"


class Notice(models.Model):
    """One thing a person was told, once: ``key`` names the occasion. ``link`` is a path of this registry.

    ``until`` is when it stops to matter (a question that ends); None for ever.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_personal_notice_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=24)
    key = models.CharField(max_length=KEY_LENGTH_MAX)
    title = models.CharField(max_length=TITLE_LENGTH_MAX)
    body = models.CharField(max_length=BODY_LENGTH_MAX, blank=True)
    link = models.CharField(max_length=LINK_LENGTH_MAX)
    organization = models.ForeignKey(Organization, null=True, on_delete=models.CASCADE, related_name="+")
    way = models.CharField(max_length=8, choices=Way.choices)
    created_at = models.DateTimeField(editable=False)
    until = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="personal_notice_once"),
            models.CheckConstraint(condition=Q(way__in=Way.values), name="notice_way_known"),
            models.CheckConstraint(
                condition=Q(link__startswith="/") & ~Q(link__startswith="//"), name="notice_link_is_ours"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_by_user"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(fields=["created_at"], name="notice_by_age"),
            models.Index(fields=["key"], name="notice_by_key"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def is_urgent(self) -> bool:
        """Whether it comes by itself, at once, and is never held back."""
        return FORMS[NoticeKind(self.kind)].is_urgent if self.kind in FORMS else False


class NoticeSettings(models.Model):
    """When, and how often, somebody lets herself be told. Quiet hours are in the time zone of the person."""

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE, related_name="notice_settings")
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    daily_max = models.PositiveSmallIntegerField(default=DAILY_DEFAULT)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~Q(quiet_from=F("quiet_until")),
                name="quiet_hours_are_some",
            )
        ]

    def __str__(self) -> str:
        return f"notices of {self.user_id}"


class NoticeChoice(models.Model):
    """How one kind reaches one person, where she chose; ``kinds.FORMS`` says how otherwise."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notice_choices")
    kind = models.CharField(max_length=24)
    by_mail = models.BooleanField()
    by_push = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="notice_choice_once")]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class PushDevice(models.Model):
    """A browser that takes Web Push (RFC 8030): where to, and the keys that messages are encrypted for (RFC 8291).

    ``p256dh`` and ``auth`` are base64url without padding, as the browser gives them.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_device_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="push_devices")
    endpoint = models.CharField(max_length=ENDPOINT_LENGTH_MAX, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=32)
    label = models.CharField(max_length=LABEL_LENGTH_MAX)
    created_at = models.DateTimeField(editable=False)
    last_success_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    last_failure = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "id"], name="push_device_by_user")]

    def __str__(self) -> str:
        return f"{self.label} ({self.pk})"


class Channel(models.TextChoices):
    MAIL = "mail", "e-mail"
    PUSH = "push", "push"


class DeliveryState(models.TextChoices):
    WAITING = "waiting", "waiting"
    TAKEN = "taken", "taken"
    WITHDRAWN = "withdrawn", "no longer needed"
    GIVEN_UP = "given_up", "given up"


class Delivery(models.Model):
    """One notice on one way. Queued in the transaction of the notice; ``due_at`` is when it is tried (again)."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=4, choices=Channel.choices)
    device = models.ForeignKey(PushDevice, null=True, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice"], condition=Q(channel="mail"), name="delivery_by_mail_once"),
            models.UniqueConstraint(
                fields=["notice", "device"], condition=Q(channel="push"), name="delivery_by_push_once"
            ),
            models.CheckConstraint(
                condition=Q(channel="mail", device__isnull=True) | Q(channel="push", device__isnull=False),
                name="delivery_has_its_way",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at__isnull=True)
                | (~Q(state="waiting") & Q(state__in=DeliveryState.values, ended_at__isnull=False)),
                name="delivery_ends_once",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="delivery_by_due")]

    def __str__(self) -> str:
        return f"{self.notice_id} by {self.channel}"


class VapidKey(SealedKey):
    """The P-256 key by which push services know this registry (RFC 8292), sealed. There is one: browsers bind their
    subscription to it."""

    id = models.CharField(primary_key=True, max_length=8, default="vapid", editable=False)
    public_key = models.CharField(max_length=100)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id="vapid"), name="vapid_key_is_one")]

    def __str__(self) -> str:
        return self.public_key

    @property
    def seal_label(self) -> str:
        return self.pk
