"""Who may lend how much in an organization's name: one rule a role, set by those above it, asked at every root.

A rule bounds what a person consents to, not what was lent before: that is revoked or changed by hand, and making limits
narrower is free. It is asked when a root is drafted, so that nobody fills in a form in vain, and again, under the
principal's fence, when it is issued.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.db import connection, transaction

from identity.accounts.models import Membership, Organization, Role, ServiceKey
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission
from identity.agents import fence
from identity.delegation.drafts import signed_terms
from identity.delegation.lending_bounds import (
    FREE,
    NOTHING,
    WINDOWS,
    Beyond,
    Bounds,
    Ceiling,
    Excess,
    beyond,
    is_play_money,
)
from identity.delegation.limits import LENDING_CEILINGS_MAX, LENDING_OPEN_MAX, VALID_DAYS_MAX
from identity.delegation.link import Terms
from identity.delegation.models import Delegation, DelegationStatus, LendingCeiling, LendingRule
from identity.delegation.widening import widenings
from identity.journal.actor import Actor, ActorKind
from identity.journal.lending_kinds import LendingRuleChanged
from identity.journal.record import record
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from identity.primitives.money import AMOUNT_MAX, EXPONENTS

# Where an organization says nothing. Whoever was made a lender and no more lends nothing until somebody says how much.
STANDARD: dict[str, Bounds] = {Role.OWNER: FREE, Role.ADMINISTRATOR: FREE, Role.LENDER: NOTHING}
LENDING_ROLES = tuple(role for role in Role if Permission.DELEGATIONS_WRITE in ROLE_PERMISSIONS[role])
# Whose rules a role may set: those below it. An owner may bind herself and take it back; nobody else can do either.
RULED_BY: dict[str, tuple[str, ...]] = {Role.OWNER: LENDING_ROLES, Role.ADMINISTRATOR: (Role.LENDER,)}


def bounds_of(organization: Organization, role: str) -> Bounds:
    """What the role may lend there. Roles that lend nowhere lend nothing."""
    if role not in LENDING_ROLES:
        return NOTHING
    rule = LendingRule.objects.filter(organization=organization, role=role).prefetch_related("ceilings").first()
    return rule.bounds if rule else STANDARD[role]


def bounds_by_role(organization: Organization) -> dict[str, Bounds]:
    """Of every role that lends, in the order of roles; two queries."""
    rules = {rule.role: rule.bounds for rule in rules_of(organization)}
    return {role: rules.get(role, STANDARD[role]) for role in LENDING_ROLES}


def rules_of(organization: Organization) -> list[LendingRule]:
    """The rules that somebody set."""
    return list(LendingRule.objects.filter(organization=organization).prefetch_related("ceilings").order_by("id"))


def set_lending_rule(
    *, organization: Organization, role: str, bounds: Bounds, seen: str | None = None, actor: Actor, at: datetime
) -> Bounds:
    """Let whoever has the role lend within ``bounds`` from now on; every consent that is not given yet is held to it.

    ``seen`` is the fingerprint of the bounds that the change was made to, where somebody looked at them first.

    Raises NotPermitted ``lending_rule_above_you``, InvalidInput ``role_unknown`` or ``lending_rule_invalid``, Conflict
    ``lending_rule_changed``. Writes nothing when nothing differs.
    """
    if role not in LENDING_ROLES:
        raise InvalidInput("role_unknown", f"A role that lends is one of {', '.join(LENDING_ROLES)}.", field="role")
    _check(bounds)
    with transaction.atomic():
        fence.exclusive(organization.pk)  # a consent either committed before, or sees the new rule
        _require_above(organization, role, actor)
        standing = bounds_of(organization, role)
        if standing == bounds:
            return bounds
        if seen is not None and seen != standing.fingerprint:
            raise Conflict("lending_rule_changed", "Somebody changed this rule meanwhile. Look at it again.")
        LendingRule.objects.filter(organization=organization, role=role).delete()
        _store(organization, role, bounds, at)
        event = LendingRuleChanged(
            role=role,
            may_lend=bounds.may_lend,
            days_max=bounds.days_max,
            open_max=bounds.open_max,
            ceilings=[asdict(ceiling) for ceiling in bounds.ceilings],
        )
        record(event, subject=organization.pk, actor=actor, at=at, organization=organization.pk)
    return bounds


def rulable_by(role: str) -> tuple[str, ...]:
    """The roles whose rules somebody of ``role`` may set."""
    return RULED_BY.get(role, ())


def lender_of(actor: Actor) -> str:
    """The login behind a consent: the person herself or, of a service key, whoever made it; empty for the registry."""
    if actor.kind is ActorKind.USER:
        return actor.id
    if actor.kind is not ActorKind.SERVICE_KEY:
        return ""
    return ServiceKey.objects.filter(pk=actor.id).values_list("created_by_id", flat=True).first() or ""


def refuse_beyond_when_drafting(
    *, principal: Organization, actor: Actor | None, terms: Terms, replaces: Delegation | None, at: datetime
) -> None:
    """NotPermitted ``lending_rule_exceeded``, ``lending_not_allowed``: said early. A key whose maker lends nothing any
    more still drafts for others to sign."""
    lender = lender_of(actor) if actor else ""
    role = _role_of(principal, lender) if lender else None
    if role in LENDING_ROLES or (lender and actor is not None and actor.kind is ActorKind.USER):
        _refuse(principal, lender, role, terms, replaces, at)


def refuse_beyond(
    *, principal: Organization, lender: str, terms: Terms, replaces: Delegation | None, at: datetime
) -> None:
    """NotPermitted ``lending_rule_exceeded``, ``lending_not_allowed``; for the transaction that issues, under the
    principal's fence. The membership stays locked until it ends, so that neither a lower role nor a second delegation
    of hers slips in between.

    Stops whoever drafted within a rule, or got hold of somebody else's draft, from signing what the rule in force
    does not allow, and a member who was removed from lending on an open page. ``lender`` is empty for the registry.
    """
    if lender:
        _refuse(principal, lender, _role_of(principal, lender, is_locked=True), terms, replaces, at)


def refuse_resuming(*, principal: Organization, lender: str, role: str, delegation: Delegation | None) -> None:
    """NotPermitted ``lending_not_allowed``; None is everything at once.

    Stops somebody who lends within a rule from letting go on what an owner stopped: that would be lending it anew.
    """
    if role in RULED_BY or (delegation is not None and lender and delegation.root.lent_by == lender):
        return
    raise NotPermitted("lending_not_allowed", "Only an owner or an administrator resumes what somebody else lent.")


def _refuse(
    principal: Organization, lender: str, role: str | None, terms: Terms, replaces: Delegation | None, at: datetime
) -> None:
    if role not in LENDING_ROLES:
        raise NotPermitted("lending_not_allowed", "Only members whose role lends may lend in this organization's name.")
    found = _beyond(bounds_of(principal, role), principal, lender, terms, replaces, at)
    if any(each.excess is Excess.NOTHING_ALLOWED for each in found):
        raise NotPermitted(
            "lending_not_allowed", f"The organization lets nobody with the role {role} lend.", role=str(role)
        )
    if found:
        raise NotPermitted(
            "lending_rule_exceeded",
            " ".join([f"This goes beyond what the role {role} may lend here.", *(each.detail for each in found)]),
            role=str(role),
            excesses=[each.excess.value for each in found],
        )


def _beyond(
    bounds: Bounds, principal: Organization, lender: str, terms: Terms, replaces: Delegation | None, at: datetime
) -> tuple[Beyond, ...]:
    if replaces is not None and not widenings(signed_terms(replaces), terms):
        return ()
    found = beyond(bounds, terms)
    if (
        bounds.open_max is None
        or is_play_money(terms)
        or open_delegations(principal, lender, replaces, at) < bounds.open_max
    ):
        return found
    words = "delegation" if bounds.open_max == 1 else "delegations"
    return (*found, Beyond(Excess.COUNT, f"One person has at most {bounds.open_max} {words} in force at one time."))


def open_delegations(principal: Organization, lender: str, replaces: Delegation | None, at: datetime) -> int:
    """How many roots of this person's are in force or paused; what is being replaced does not count."""
    mine = Delegation.objects.filter(principal=principal, lent_by=lender, depth=0, valid_until__gt=at)
    return mine.exclude(status=DelegationStatus.REVOKED).exclude(pk=replaces.pk if replaces else "").count()


def _role_of(organization: Organization, user_id: str, *, is_locked: bool = False) -> str | None:
    rows = Membership.objects.filter(organization=organization, user_id=user_id, user__is_active=True)
    if is_locked:
        # In the order of whoever changes a membership: the organization's row first. The delegation's row will refer
        # to it, and asking for that only after the membership's lock could wait in a ring.
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM accounts_organization WHERE id = %s FOR KEY SHARE", [organization.pk])
        rows = rows.select_for_update(of=("self",), no_key=True)
    return rows.values_list("role", flat=True).first()


def _require_above(organization: Organization, role: str, actor: Actor) -> None:
    """Stops an administrator from lifting the rule that bounds her, and a service key from setting any."""
    if actor.kind in (ActorKind.SYSTEM, ActorKind.OPERATOR):
        return
    own = _role_of(organization, actor.id) if actor.kind is ActorKind.USER else None
    if role not in rulable_by(own or ""):
        raise NotPermitted(
            "lending_rule_above_you",
            "Owners set the rule of every role, administrators that of lenders; nobody else sets any.",
            role=role,
        )


def _check(bounds: Bounds) -> None:
    """InvalidInput ``lending_rule_invalid``."""
    _check_count(bounds.days_max, VALID_DAYS_MAX, "days_max", "days")
    _check_count(bounds.open_max, LENDING_OPEN_MAX, "open_max", "delegations in force")
    currencies = [ceiling.currency for ceiling in bounds.ceilings]
    if len(currencies) > LENDING_CEILINGS_MAX:
        raise _invalid(f"A rule speaks of at most {LENDING_CEILINGS_MAX} currencies.", "ceilings")
    if len(set(currencies)) != len(currencies):
        raise _invalid("Each currency stands in a rule once.", "ceilings")
    for ceiling in bounds.ceilings:
        _check_ceiling(ceiling)


def _check_ceiling(ceiling: Ceiling) -> None:
    if ceiling.currency not in EXPONENTS:
        raise InvalidInput("currency_unknown", "A currency is a code of ISO 4217, such as EUR.", field="ceilings")
    said = [amount for amount in (ceiling.per_purchase, ceiling.per_window, ceiling.total) if amount is not None]
    if not said or not all(0 < amount <= AMOUNT_MAX for amount in said):
        raise _invalid("A currency has at least one amount above zero.", "ceilings")
    if (ceiling.per_window is None) != (ceiling.window == "") or (ceiling.window and ceiling.window not in WINDOWS):
        raise _invalid(f"An amount for each time goes with one of {', '.join(WINDOWS)}.", "ceilings")


def _check_count(count: int | None, most: int, field: str, words: str) -> None:
    if count is not None and not 1 <= count <= most:
        raise _invalid(f"It is 1 to {most} {words}.", field)


def _store(organization: Organization, role: str, bounds: Bounds, at: datetime) -> None:
    rule = LendingRule.objects.create(
        organization=organization,
        role=role,
        may_lend=bounds.may_lend,
        days_max=bounds.days_max,
        open_max=bounds.open_max,
        changed_at=at,
    )
    LendingCeiling.objects.bulk_create([LendingCeiling(rule=rule, **asdict(each)) for each in bounds.ceilings])


def _invalid(detail: str, field: str) -> InvalidInput:
    return InvalidInput("lending_rule_invalid", detail, field=field)
