"""How a party has behaved and what was done about it. Its apps, scoring and moderation, stand between identity
and registry; until they land, every answer says ``unknown`` where they will speak."""
