"""How an operation is described for OpenAPI."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from drf_spectacular.utils import extend_schema

View = TypeVar("View", bound=Callable[..., Any])


def describe(
    summary: str,
    *,
    answers: Mapping[int, Any],
    request: Any = None,
    problems: Sequence[str] = (),
    parameters: Sequence[Any] = (),
    tag: str | None = None,
) -> Callable[[View], View]:
    """Describe one operation.

    ``answers`` maps a 2xx/3xx status to its serializer class (None for no body), ``request`` is the body's
    StrictSerializer class, ``problems`` are the catalogue codes this operation raises itself; those that any
    operation may raise (authentication, body, throttle, idempotency) are added by the frame.
    """

    def decorate(view: View) -> View:
        decorated = extend_schema(
            summary=summary,
            request=request,
            responses=dict(answers),
            parameters=list(parameters),
            tags=[tag] if tag else None,
        )(view)
        decorated.problems = tuple(problems)  # type: ignore[attr-defined]
        return decorated

    return decorate
