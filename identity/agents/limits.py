"""How much of everything an organization and an agent may have, each with its reason."""

from __future__ import annotations

AGENTS_PER_ORGANIZATION_MAX = 10_000  # a fleet; above it the console's pages and counts stop being useful
KEYS_PER_AGENT_MAX = 16  # valid at one time: bounds the DID document that every verifier downloads
OPEN_CHALLENGES_PER_ORGANIZATION_MAX = 100  # bounds what a loop in somebody's script can leave behind
CHALLENGE_SECONDS = 600  # long enough to sign by hand with openssl, short enough to make theft of it dull
CAPABILITIES_MAX = 32
CAPABILITY_LENGTH_MAX = 64
DISPLAY_NAME_LENGTH_MAX = 120
DESCRIPTION_LENGTH_MAX = 2_000
HOMEPAGE_LENGTH_MAX = 500
OVERLAP_SECONDS_DEFAULT = 86_400  # verifiers may hold a DID document for a day
OVERLAP_SECONDS_MAX = 2_592_000  # 30 days: a longer one is no rotation but a second key
