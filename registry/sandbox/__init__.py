"""A shop and an agent of the registry's own, for trying everything out: with play money, by the real rules."""
