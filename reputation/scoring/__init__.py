"""How an agent has behaved, counted: evidence, and one score from it by a published formula."""
