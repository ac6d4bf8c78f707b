"""Who stands behind things: a login, the person or organization it acts for, and keys for their programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from identity.primitives.clock import now
from identity.primitives.ids import (
    ID_LENGTH_MAX,
    new_bar_id,
    new_invitation_id,
    new_membership_id,
    new_organization_id,
    new_service_key_id,
    new_user_id,
)


class DeskRole(models.TextChoices):
    """What an operator may sign: a manager's signature is needed where the ladder says so."""

    ANALYST = "analyst", _("Analyst")
    MANAGER = "manager", _("Manager")


class Language(models.TextChoices):
    """What the pages speak, each called by its own name."""

    ENGLISH = "en", "English"
    GERMAN = "de", "Deutsch"


class Clock(models.TextChoices):
    """How the hours of a day are counted."""

    TWENTY_FOUR = "24", _("24 hours, such as 14:30")
    TWELVE = "12", _("12 hours, such as 2:30 PM")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A login. It is never a principal itself: it acts for an Organization, if only the one of its own person."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_user_id, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    display_name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    desk_role = models.CharField(max_length=8, choices=DeskRole.choices, blank=True, default="", db_default="")
    language = models.CharField(max_length=2, choices=Language.choices, blank=True, default="", db_default="")
    time_zone = models.CharField(max_length=40, blank=True, default="", db_default="")
    clock = models.CharField(max_length=2, choices=Clock.choices, blank=True, default="", db_default="")
    date_joined = models.DateTimeField(default=now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique"),
            models.CheckConstraint(condition=models.Q(desk_role__in=["", *DeskRole.values]), name="desk_role_known"),
            models.CheckConstraint(condition=models.Q(language__in=["", *Language.values]), name="user_language_known"),
            models.CheckConstraint(condition=models.Q(clock__in=["", *Clock.values]), name="user_clock_known"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.email

    @property
    def desk_duty(self) -> DeskRole | None:
        """The operator's role: analyst unless another one was given; None for whoever is no operator."""
        if not self.is_staff or not self.is_active:
            return None
        return DeskRole(self.desk_role) if self.desk_role else DeskRole.ANALYST


class OrganizationKind(models.TextChoices):
    """The one of the sandbox has no members, and nobody but the registry makes it."""

    PERSON = "person", _("person")
    ORGANIZATION = "organization", _("organization")
    SANDBOX = "sandbox", _("the registry's sandbox")


class Organization(models.Model):
    """The accountable party: the legal person that runs agents, or one natural person acting for herself.

    ``legal_id`` is how its commercial register knows it, in the canonical form of ``legal_ids``. ``deplatformed_at``
    is the instant from which its agents speak for nobody; it lies ahead while they wind down.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_organization_id, editable=False)
    kind = models.CharField(max_length=16, choices=OrganizationKind.choices)
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2, blank=True)
    website = models.URLField(max_length=300, blank=True)
    assurance_level = models.PositiveSmallIntegerField(default=0)
    legal_id = models.CharField(max_length=40, blank=True, default="", db_default="")
    deplatformed_at = models.DateTimeField(null=True, editable=False)
    person = models.OneToOneField(
        User, null=True, on_delete=models.PROTECT, related_name="personal_organization", editable=False
    )
    created_at = models.DateTimeField(default=now, editable=False)
    members: models.ManyToManyField[User, Membership] = models.ManyToManyField(User, through="Membership")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(assurance_level__lte=3), name="assurance_level_0_to_3"),
            models.CheckConstraint(
                condition=models.Q(kind__in=OrganizationKind.values), name="organization_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(person__isnull=True) | models.Q(kind="person"), name="organization_person_is_person"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_deplatformed(self, at: datetime) -> bool:
        return self.deplatformed_at is not None and self.deplatformed_at <= at

    @property
    def is_sandbox(self) -> bool:
        """Whether it is the registry's own for trying things out: its agents are in no standing at all."""
        return self.kind == OrganizationKind.SANDBOX


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    ADMINISTRATOR = "administrator", _("Administrator")
    LENDER = "lender", _("Lender")
    APPROVER = "approver", _("Approver")
    REGISTRAR = "registrar", _("Registrar")
    DEVELOPER = "developer", _("Developer")
    AUDITOR = "auditor", _("Auditor")
    MEMBER = "member", _("Member")


class Membership(models.Model):
    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_membership_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.role} of {self.organization}"


class Invitation(models.Model):
    """An offer of membership to whoever reads the mail of an address. Only the token's SHA-256 is kept."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_invitation_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=16, choices=Role.choices)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "email"],
                condition=models.Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_open_once",
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invitation_role_known"),
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True) | models.Q(revoked_at__isnull=True),
                name="invitation_ends_one_way",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.organization}"

    def is_open(self, at: datetime) -> bool:
        return self.accepted_at is None and self.revoked_at is None and at < self.expires_at


class ServiceKey(models.Model):
    """A bearer credential of an organization's own programs. Only its SHA-256 is kept; the text is shown once."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_service_key_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="service_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=40))
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=now, editable=False)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_active(self, at: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


class BarKind(models.TextChoices):
    """What a deplatformed organization is recognized by when it comes back."""

    THUMBPRINT = "thumbprint", _("key")
    DOMAIN = "domain", _("domain")
    LEGAL_ID = "legal_id", _("legal id")
    OWNER = "owner", _("owner")


class Bar(models.Model):
    """One thing that a deplatformed organization may not come back with. ``sanction`` is the decision it follows from;
    ``until`` None means until that decision ends."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_bar_id, editable=False)
    kind = models.CharField(max_length=12, choices=BarKind.choices)
    value = models.CharField(max_length=253)
    sanction = models.CharField(max_length=ID_LENGTH_MAX)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="bars")
    created_at = models.DateTimeField(default=now, editable=False)
    until = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sanction", "kind", "value"], name="bar_once"),
            models.CheckConstraint(condition=models.Q(kind__in=BarKind.values), name="bar_kind_known"),
        ]
        indexes = [
            models.Index(fields=["kind", "value"], condition=models.Q(lifted_at__isnull=True), name="bar_in_force")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.organization_id}"
