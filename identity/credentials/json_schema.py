"""A credential against the JSON Schema its issuer names (W3C VC JSON Schema, draft 2020-12 and older), within bounds.

A schema is somebody else's program: it may branch for ever, or carry an expression that takes years to match. So the
steps are counted, expressions are not run, and nothing it refers to is fetched. What stays undecided is *unknown*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from jsonschema import SchemaError
from jsonschema.protocols import Validator
from jsonschema.validators import extend, validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

STEPS_MAX = 5_000  # a schema for a credential takes some hundreds
NODES_MAX = 1_000  # objects, lists and values of a schema; checking its own form costs 0.3 ms each
_NOT_RUN = frozenset({"pattern", "patternProperties"})
_DETAIL_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class Fits:
    """Every rule of the schema holds."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """Some rule does not hold; ``detail`` says where."""

    detail: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """The schema cannot be decided here, with the reason."""

    detail: str


class _TooManySteps(Exception):
    pass


def evaluate(schema: Any, document: dict[str, Any]) -> Fits | Unfit | Undecided:
    """Whether ``document`` follows ``schema``. Never raises for what somebody wrote, never asks the network."""
    if not isinstance(schema, dict):
        return Undecided("The schema is no JSON object.")
    if _nodes(schema) > NODES_MAX:
        return Undecided(f"The schema has more than {NODES_MAX} parts.")
    if _names_any(schema, _NOT_RUN):
        return Undecided("The schema uses regular expressions, which are not run here.")
    kind = validator_for(schema, default=None)
    if kind is None:
        return Undecided("The schema does not say which draft of JSON Schema it follows.")
    try:
        kind.check_schema(schema)
        validator = _counted(kind)(schema, registry=Registry())
        error = next(iter(validator.iter_errors(document)), None)
    except SchemaError as problem:
        return Undecided(f"The schema is not valid: {problem.message[:_DETAIL_LENGTH_MAX]}")
    except Unresolvable:
        return Undecided("The schema refers to another one, which is not fetched.")
    except (_TooManySteps, RecursionError):
        return Undecided(f"The schema takes more than {STEPS_MAX} steps.")
    if error is None:
        return Fits()
    return Unfit(f"{error.json_path}: {error.message}"[:_DETAIL_LENGTH_MAX])


def _counted(kind: type[Validator]) -> type[Validator]:
    """``kind`` with every keyword counting a step. Stops a schema of 64 KiB that doubles its work at each reference."""
    steps = 0

    def counting(rule: Callable[..., Iterator[Any] | None]) -> Callable[..., Iterator[Any]]:
        def counted(*arguments: Any) -> Iterator[Any]:
            nonlocal steps
            steps += 1
            if steps > STEPS_MAX:
                raise _TooManySteps
            yield from rule(*arguments) or ()

        return counted

    rules = {name: counting(rule) for name, rule in kind.VALIDATORS.items()}
    counted_kind: type[Validator] = extend(kind, validators=rules)
    return counted_kind


def _names_any(value: Any, names: frozenset[str]) -> bool:
    if isinstance(value, dict):
        return not names.isdisjoint(value) or any(_names_any(each, names) for each in value.values())
    return isinstance(value, list) and any(_names_any(each, names) for each in value)


def _nodes(value: Any) -> int:
    """How many parts a schema has. Stops 64 KiB of ``{}`` from costing seconds before a single step is counted."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(_nodes(each) for each in inner)
