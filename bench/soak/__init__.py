"""The ledger's promises for long: many clients, stops that race with them, and processes killed at random instants."""
