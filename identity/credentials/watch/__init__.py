"""Background checks of credentials that others issued: one fetch serves every credential of a list."""
