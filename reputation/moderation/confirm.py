"""Four eyes: signatures under a sanction, and whether they are enough."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from identity.accounts.models import DeskRole, User
from identity.accounts.operators import is_involved
from identity.journal.actor import Actor
from identity.journal.moderation_kinds import SanctionSigned
from identity.journal.record import record
from identity.primitives.errors import Conflict, NotPermitted
from reputation.moderation.involvement import operator_of, require_uninvolved
from reputation.moderation.ladder import Missing, is_enough, missing_of
from reputation.moderation.models import Case, Sanction, Signature


def deciding_operator(actor: Actor, *, case: Case | None, organization_id: str | None) -> User:
    """The operator behind ``actor``, who has no part in what she decides. NotPermitted ``operators_only`` or
    ``conflict_of_interest``: stops an operator from deciding her own case, or that of an organization of hers."""
    operator = operator_of(actor)
    if case is not None:
        require_uninvolved(operator, case)
    if organization_id is not None and is_involved(operator, [organization_id]):
        raise NotPermitted("conflict_of_interest", "You belong to the organization that this concerns.")
    return operator


def add_signature(sanction: Sanction, operator: User, *, actor: Actor, at: datetime) -> Signature:
    """Write the operator's signature under the locked sanction. Conflict ``signed_already``: one person's two
    signatures are one."""
    role = operator.desk_duty or DeskRole.ANALYST
    try:
        with transaction.atomic():
            signature = Signature.objects.create(sanction=sanction, operator=operator, role=role, at=at)
    except IntegrityError as error:
        raise Conflict("signed_already", "You have signed this measure; somebody else must confirm it.") from error
    event = SanctionSigned(about=sanction.about_id, level=sanction.level, case=sanction.case_id, role=role.value)
    record(event, subject=sanction.pk, actor=actor, at=at)
    return signature


def missing_signatures(sanction: Sanction) -> Missing:
    """Who must still sign before the measure stands by itself."""
    return missing_of(sanction.level, **_signed(sanction))


def is_fully_signed(sanction: Sanction) -> bool:
    return is_enough(sanction.level, **_signed(sanction))


def signers_of(sanction: Sanction) -> set[str]:
    """The ids of the operators who signed."""
    return set(sanction.signatures.values_list("operator_id", flat=True))


def _signed(sanction: Sanction) -> dict[str, int]:
    roles = list(sanction.signatures.values_list("role", flat=True))
    return {"signatures": len(roles), "managers": roles.count(DeskRole.MANAGER)}
