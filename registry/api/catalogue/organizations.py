"""Codes of organizations, their members and their service keys."""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
    "organization_name_invalid": Problem(
        422, "The organization's name is not taken", "1 to 120 visible characters on one line."
    ),
    "organization_kind_unknown": Problem(422, "There is no such kind of organization", "`person` or `organization`."),
    "country_invalid": Problem(422, "The country is not taken", "Two letters as in ISO 3166-1, such as `DE`."),
    "website_invalid": Problem(422, "The website is not taken", "A full `https://` or `http://` address."),
    "language_unknown": Problem(
        422, "The pages do not speak this language", "`en` or `de`; empty follows the browser."
    ),
    "clock_unknown": Problem(422, "There is no such clock", "`24` or `12` hours; empty is 24."),
    "time_zone_unknown": Problem(
        422, "There is no such time zone", "A name of the IANA tz database, such as `Europe/Berlin`."
    ),
    "too_many_organizations": Problem(409, "You own as many organizations as one login may", "20."),
    "already_has_personal": Problem(409, "You act for yourself already", "There is one personal organization each."),
    "too_many_members": Problem(409, "The organization has as many members as it may", "200."),
    "role_unknown": Problem(
        422,
        "There is no such role",
        "`owner`, `administrator`, `lender`, `approver`, `registrar`, `developer`, `auditor` or `member`.",
    ),
    "owner_only": Problem(403, "Only an owner may do this", "Owners alone make, change and remove owners."),
    "last_owner": Problem(409, "It would leave no owner", "Make somebody else an owner first."),
    "already_member": Problem(409, "This person is a member already", "Change the role instead."),
    "email_invalid": Problem(422, "This is not an e-mail address", "One address, at most 254 characters."),
    "invitation_ended": Problem(
        410,
        "The invitation has ended",
        "It was used, revoked or replaced, is older than seven days, or whoever sent it may no longer invite.",
    ),
    "invitation_for_another": Problem(
        403, "The invitation is for another address", "Sign in with the address that it was sent to."
    ),
    "too_many_invitations": Problem(409, "As many invitations are open as may be", "50. Revoke some, or wait."),
    "invitations_per_day": Problem(429, "Too many invitations today", "At most 100 in 24 hours."),
    "service_key_name_invalid": Problem(
        422, "The key's name is not taken", "1 to 80 visible characters, to tell it apart later."
    ),
    "scopes_required": Problem(422, "A key needs a scope", "Without one it could do nothing."),
    "scope_unknown": Problem(
        422,
        "There is no such scope",
        "The table of scopes in the API reference names each.",
    ),
    "scope_beyond_role": Problem(
        403, "You may not give this scope", "A key never reaches further than the role of whoever makes it."
    ),
    "expiry_out_of_range": Problem(422, "The expiry is out of range", "In the future, at most 730 days from now."),
    "service_key_ended": Problem(409, "The key has ended", "Create a new one instead of rotating it."),
    "too_many_service_keys": Problem(409, "The organization has as many keys as it may", "50 active ones."),
    "consent_malformed": Problem(
        422, "This is not a passkey's answer", "The browser sends what the passkey signed; nothing else is taken."
    ),
    "consent_not_given": Problem(
        403,
        "The passkey did not confirm it",
        "Consent counts when your own passkey signed exactly what was shown, on this site, after asking for your "
        "finger, face or PIN.",
    ),
    "second_factor_unreadable": Problem(
        503, "The second factor cannot be opened", "The registry's master key changed; its operator must look."
    ),
    "barred": Problem(
        403,
        "The registry does not take this registration",
        "Appeal if this is a mistake: whoever was told of a decision finds the address in its statement of reasons, "
        "everybody else writes to the operators. What was recognized is never said.",
    ),
    "legal_id_invalid": Problem(
        422,
        "The legal id is not taken",
        "4 to 40 letters and digits, such as an LEI or a VAT id.",
    ),
    "legal_id_verified": Problem(
        409,
        "The registry verified this legal id",
        "An operator changes it and looks at the level anew.",
    ),
    "legal_id_required": Problem(
        409, "The organization has no legal id", "Note it first: a level from 2 on is about it."
    ),
    "assurance_level_invalid": Problem(422, "There is no such assurance level", "0 to 3."),
    "reason_required": Problem(422, "A reason is needed", "Say in a sentence why."),
    "own_organization": Problem(
        403, "You are involved", "An operator decides nothing about an organization that she belongs to."
    ),
    "manager_only": Problem(403, "A manager is needed", "`manage.py operator add ADDRESS --role manager` makes one."),
    "user_unknown": Problem(404, "Nobody signs in with this address", "The person signs up first."),
    "position_out_of_range": Problem(
        422, "The reader was never there", "A journal reader is set back to a position it has reached already."
    ),
}
