"""What the register itself knows of a credential, whatever the credential says of where to ask.

Formats of VCDM 1.1 name no status list of ours, and whoever may sign for an issuer can leave a status out.
"""

from __future__ import annotations

from datetime import datetime

from identity.credentials.checks import Check, CheckName, failed, passed
from identity.credentials.foreign_status import REVOKED, SUSPENDED
from identity.credentials.issuers import registry_did
from identity.credentials.models import Credential, IssuerKey, Standing

SAME_ID_MAX = 100  # an organization may issue one document again and again under one id

ENDED = {Standing.REVOKED: REVOKED, Standing.SUSPENDED: SUSPENDED}


def recorded_status(credential_id: object, *, issuer: str, at: datetime) -> Check | None:
    """The status check by the register's own record of ``issuer`` and id; None when it never issued that.

    Stops a revoked credential from counting here because its form names no list, or because its issuer signed it
    again without naming one. One of several under the same id that still counts is enough.
    """
    if not isinstance(credential_id, str):
        return None
    rows = Credential.objects.select_related("agent").filter(credential_id=credential_id)
    signed_as = {issuer, registry_did()} if registry_key(issuer) is not None else {issuer}
    standings = [row.standing(at) for row in rows.filter(issuer__in=signed_as).order_by("-id")[:SAME_ID_MAX]]
    if not standings:
        return None
    if all(standing in ENDED for standing in standings):
        return failed(CheckName.STATUS, *ENDED[standings[0]])
    return passed(CheckName.STATUS, "It is neither revoked nor suspended.")


def registry_key(issuer: str) -> IssuerKey | None:
    """The registry's own key, withdrawn ones too, that this did:key is: the older formats know no other name for it."""
    multikey = issuer.removeprefix("did:key:")
    return IssuerKey.objects.filter(multikey=multikey).first() if multikey != issuer else None
