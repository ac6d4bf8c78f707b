"""Typed, time-ordered identifiers: ``agt_01jd3z…``.

The prefix says what the id names, the rest is 128 bits as in UUIDv7 (RFC 9562 section 5.7): 48 bits of
milliseconds, then random. In Crockford base32, lower case, the text sorts by time of making.
"""

from __future__ import annotations

import os
import re
import time
from functools import lru_cache, partial

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_LENGTH = 16  # characters of five bits each: the lower 80 bits
_SYMBOLS = bytes(_ALPHABET.encode()[byte & 31] for byte in range(256))  # of each byte its lower five bits, as a symbol
_SHIFTS = range(45, -5, -5)
ID_LENGTH_MAX = 32
_FORM = re.compile(r"^[a-z]{2,4}_[0-9a-hjkmnp-tv-z]{26}$")


def new_id(prefix: str) -> str:
    """A fresh id such as ``agt_01jd3z8c3h0v6v9x7y5w4t2s1r``."""
    chance = os.urandom(_RANDOM_LENGTH).translate(_SYMBOLS).decode("ascii")
    return f"{prefix}_{_moment(time.time_ns() // 1_000_000)}{chance}"


def is_id(text: str, prefix: str) -> bool:
    """Whether ``text`` has the form of an id of this type (it may still name nothing)."""
    return text.startswith(f"{prefix}_") and _FORM.match(text) is not None


@lru_cache(maxsize=64)
def _moment(milliseconds: int) -> str:
    """The first ten characters: two zero bits and the 48 bits of the time."""
    return "".join([_ALPHABET[(milliseconds >> shift) & 31] for shift in _SHIFTS])


new_user_id = partial(new_id, "usr")
new_organization_id = partial(new_id, "org")
new_membership_id = partial(new_id, "mbr")
new_invitation_id = partial(new_id, "inv")
new_service_key_id = partial(new_id, "sky")
new_event_id = partial(new_id, "evt")
new_agent_id = partial(new_id, "agt")
new_challenge_id = partial(new_id, "chl")
new_method_id = partial(new_id, "vmt")
new_issuer_key_id = partial(new_id, "isk")
new_status_entry_id = partial(new_id, "sen")
new_credential_id = partial(new_id, "crd")
new_tenant_issuer_id = partial(new_id, "iss")
new_tenant_issuer_key_id = partial(new_id, "tik")
new_source_id = partial(new_id, "src")
new_watched_credential_id = partial(new_id, "wcr")
new_sweep_id = partial(new_id, "swp")
new_zone_id = partial(new_id, "zon")
new_name_id = partial(new_id, "nam")
new_record_id = partial(new_id, "rec")
new_domain_id = partial(new_id, "dom")
new_transfer_id = partial(new_id, "trf")
new_delegation_id = partial(new_id, "dlg")
new_raise_id = partial(new_id, "rse")
new_lending_rule_id = partial(new_id, "lru")
new_limit_template_id = partial(new_id, "ltm")
new_approver_group_id = partial(new_id, "grp")
new_absence_id = partial(new_id, "abs")
new_authorization_id = partial(new_id, "aut")
new_decision_id = partial(new_id, "dec")
new_approval_id = partial(new_id, "apr")
new_vote_id = partial(new_id, "apv")
new_elevation_id = partial(new_id, "elv")
new_incident_id = partial(new_id, "inc")
new_report_id = partial(new_id, "rpt")
new_attachment_id = partial(new_id, "att")
new_case_id = partial(new_id, "cas")
new_case_note_id = partial(new_id, "cno")
new_bar_id = partial(new_id, "bar")
new_sanction_id = partial(new_id, "snc")
new_signature_id = partial(new_id, "sig")
new_appeal_id = partial(new_id, "apl")
new_notice_id = partial(new_id, "ntc")
new_association_id = partial(new_id, "asc")
new_case_evidence_id = partial(new_id, "cev")
new_contest_id = partial(new_id, "ctt")
new_subscription_id = partial(new_id, "sub")
new_device_id = partial(new_id, "dev")
new_personal_notice_id = partial(new_id, "pnt")
new_sandbox_run_id = partial(new_id, "sbx")
