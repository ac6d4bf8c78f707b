"""How long, how deep and how many: each bound with its reason."""

from __future__ import annotations

CHAIN_LINKS_MAX = 8  # every authorization locks and judges all of them
DEPTH_MAX = CHAIN_LINKS_MAX - 1
CHAIN_BYTES_MAX = 65_536  # eight links with sixteen constraints each fit; a presentation is read before it is believed
LINK_BYTES_MAX = 32_768
VALID_DAYS_MAX = 1_826  # five years: authority that nobody has looked at for longer is forgotten, not meant
CHILDREN_PER_DELEGATION_MAX = 1_000  # a page of the tree; a wider fan-out is a fleet and wants links between
DELEGATIONS_PER_PRINCIPAL_MAX = 10_000
OPEN_DRAFTS_PER_ORGANIZATION_MAX = 200  # bounds what a loop in somebody's script can leave behind
DRAFT_SECONDS = 3_600  # time to read and sign; the text is displayed again when it has passed
AUDIENCE_ITEMS_MAX = 100
CREATED_SKEW_SECONDS_MAX = 300  # clocks of signers may be off by this much
LENDING_CEILINGS_MAX = 8  # currencies under one rule; a page shows them all at once
LENDING_OPEN_MAX = 1_000  # delegations in force of one person that a rule can speak of
TEMPLATES_PER_ORGANIZATION_MAX = 50  # offered as a list to choose from; a longer one is not read
TEMPLATE_NAME_LENGTH_MAX = 60
APPROVER_GROUPS_MAX = 20  # an organization that needs more wants rules, not lists
GROUP_NAME_LENGTH_MAX = 60
GROUP_PEOPLE_MAX = 20  # each is told of every question; a question lives for minutes
ABSENCE_DAYS_MAX = 180  # who is away for longer hands the role over
ABSENCES_PLANNED_MAX = 10  # of one person at one time
