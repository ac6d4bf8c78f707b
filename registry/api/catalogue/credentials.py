"""Codes of credentials, presentations, proofs and status lists."""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {}
