"""Authority passed on: a principal's to an agent, an agent's to another, in signed links that only narrow."""
