"""Verifying: one verdict on a credential or a batch, with every check it rests on, by what this registry knows.

Expected failures are values. Nothing here raises for what somebody sent, and nothing is remembered between calls but
verdicts on signatures (spec guard 5): dates, status and standing are asked each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from identity.credentials.asking import Asking, asking
from identity.credentials.checks import Check, CheckName, Verification, VerifyOptions
from identity.credentials.issuer_check import check_issuer, keys_of_holders
from identity.credentials.keys import KeyFor
from identity.credentials.limits import BATCH_MAX
from identity.credentials.opening import Binding, Opened
from identity.credentials.proofs.ahead import verify_ahead
from identity.credentials.schema_check import check_schemas
from identity.credentials.status_check import check_credential_status, check_token_status
from identity.credentials.verdict import judge_credential
from identity.primitives.errors import TooLarge

_DEFAULT = VerifyOptions()


def verify_credential(
    data: dict[str, Any] | str | bytes,
    *,
    at: datetime,
    options: VerifyOptions = _DEFAULT,
    binding: Binding | None = None,
    questions: Asking | None = None,
) -> Verification:
    """The verdict on one credential in any format we know, as it came: an object, JSON text, or a token.

    ``binding`` is what an SD-JWT VC must be bound to; ``questions`` are shared by the credentials of one request.
    """
    return judge_credential(data, questions=Register(questions or asking(at)), options=options, binding=binding)


def verify_batch(
    items: Sequence[dict[str, Any] | str | bytes], *, at: datetime, options: VerifyOptions = _DEFAULT
) -> list[Verification]:
    """A verdict an item, in their order. Signatures are checked on two cores, lists and keys that several share are
    asked once. TooLarge ``batch_too_large`` beyond 100."""
    if len(items) > BATCH_MAX:
        raise TooLarge("batch_too_large", f"At most {BATCH_MAX} credentials are verified at once.")
    questions = asking(at)
    verify_ahead(items, key_for=questions.key_for)
    return [verify_credential(item, at=at, options=options, questions=questions) for item in items]


@dataclass(frozen=True, slots=True)
class Register:
    """The questions of a verdict, answered by this registry's tables and, for others, by one request's look-ups."""

    asking: Asking

    @property
    def at(self) -> datetime:
        return self.asking.at

    @property
    def key_for(self) -> KeyFor:
        return self.asking.key_for

    @property
    def holder_key_for(self) -> KeyFor:
        return keys_of_holders(self.asking.key_for)

    def issuer_check(self, opened: Opened) -> Check:
        proof = next((check for check in opened.checks if check.name is CheckName.PROOF), None)
        return check_issuer(opened.issuer, proof=proof)

    def status_check(self, opened: Opened) -> Check:
        ask = check_token_status if opened.is_token_status else check_credential_status
        return ask(opened.document, issuer=opened.issuer, asking=self.asking)

    def schema_check(self, opened: Opened) -> Check | None:
        return check_schemas(opened.document, body=self.asking.schema)
