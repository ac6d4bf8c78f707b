"""Codes of authorizations, captures, refunds and approvals."""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {}
