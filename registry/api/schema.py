"""The API's description: OpenAPI 3.1, with every problem an operation may answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from inspect import cleandoc
from typing import Any, Final, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, force_instance
from drf_spectacular.utils import OpenApiParameter, extend_schema

from registry.api.catalogue import CATALOGUE
from registry.api.pagination import PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX
from registry.api.problems import PROBLEM_MEDIA_TYPE, problem_document
from registry.api.serializers import StrictSerializer

View = TypeVar("View", bound=Callable[..., Any])

_EVERY: Final = ("malformed_request", "not_acceptable", "too_many_requests", "internal_error", "unavailable")
_WITH_CREDENTIAL: Final = ("invalid_service_key", "invalid_signature", "signature_replayed", "signer_not_permitted")
_NEEDS_CREDENTIAL: Final = ("authentication_required",)
_NEEDS_SCOPE: Final = ("scope_missing",)
_WITH_PATH: Final = ("not_found",)
_WITH_BODY: Final = (
    "malformed_json",
    "duplicate_key",
    "json_too_deep",
    "body_too_large",
    "length_required",
    "unsupported_media_type",
    "invalid_input",
    "unknown_field",
)
_WITH_QUERY: Final = ("invalid_input",)
_WITH_PAGE: Final = ("invalid_input", "invalid_cursor")
_UNSAFE: Final = ("malformed_idempotency_key", "idempotency_key_reused", "idempotency_in_progress")

PAGE_PARAMETERS: Final = (
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": PAGE_SIZE_MAX, "default": PAGE_SIZE_DEFAULT},
        description="How many items a page has at most.",
    ),
    OpenApiParameter(
        "cursor",
        {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "minLength": 1},
        description="`next_cursor` of the page before; absent for the first.",
    ),
)

PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "The page that explains this code."},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What went wrong this time, for a person."},
        "instance": {"type": "string", "description": "The request's id, as in the registry's logs."},
        "code": {"type": "string", "description": "Stable and snake_case: branch on this."},
        "errors": {
            "type": "array",
            "description": "Each value that was refused.",
            "items": {
                "type": "object",
                "required": ["field", "detail", "code"],
                "properties": {
                    "field": {"type": "string"},
                    "detail": {"type": "string"},
                    "code": {"type": "string"},
                },
            },
        },
    },
}

IDEMPOTENCY_PARAMETER: Final[dict[str, Any]] = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "Any text of your own for this request; sent again with it, the request takes effect only once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-\\[\\]-~]+$"},
}


def describe(
    summary: str,
    *,
    answers: Mapping[Any, Any],
    request: Any = None,
    problems: Sequence[str] = (),
    parameters: Sequence[Any] = (),
    tag: str | None = None,
) -> Callable[[View], View]:
    """Describe one operation; the docstring below it becomes its description.

    ``answers`` maps a status, or a status and a media type, to its serializer class (None for no body). ``request``
    is the body's StrictSerializer class. ``problems`` are the catalogue codes this operation raises itself; those
    that any operation may raise (authentication, body, limits, idempotency) are added by the frame, and the page
    parameters when an answer is ``page_of(…)``.
    """
    paged = any(getattr(answer, "is_page", False) for answer in answers.values())

    def decorate(view: View) -> View:
        decorated = extend_schema(
            summary=summary,
            request=request,
            responses=dict(answers),
            parameters=[*parameters, *(PAGE_PARAMETERS if paged else ())],
            tags=[tag] if tag else None,
        )(view)
        decorated.problems = tuple(problems)  # type: ignore[attr-defined]
        decorated.described = True  # type: ignore[attr-defined]
        decorated.paged = paged  # type: ignore[attr-defined]
        return decorated

    return decorate


def only_described(endpoints: Iterable[tuple[str, str, str, Any]], **_: Any) -> list[tuple[str, str, str, Any]]:
    """Keep the operations that are part of the API: those a ``Resource`` describes."""
    return [endpoint for endpoint in endpoints if _is_described(endpoint[2], endpoint[3])]


def problem_codes(view: Any, method: str, *, has_body: bool, has_path: bool, has_query: bool) -> list[str]:
    """Every catalogue code that the operation may answer, the frame's first."""
    from registry.api.views import PUBLIC, SAFE_METHODS

    scope = view.scopes.get(method)
    handler = getattr(view, method.lower())
    codes = [*_EVERY, *(_WITH_CREDENTIAL if view.authentication_classes else ())]
    codes += _NEEDS_CREDENTIAL if scope != PUBLIC else ()
    codes += _NEEDS_SCOPE if scope != PUBLIC else ()
    codes += _WITH_BODY if has_body else ()
    codes += _WITH_PATH if has_path else ()
    codes += _WITH_QUERY if has_query else ()
    codes += _WITH_PAGE if getattr(handler, "paged", False) else ()
    codes += _UNSAFE if method not in SAFE_METHODS and method not in view.reads else ()
    return list(dict.fromkeys([*codes, *getattr(handler, "problems", ())]))


class ProblemAwareSchema(AutoSchema):
    """The framework's description, and beside it the problems, the credential and the idempotency key."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        parameters = operation.get("parameters", [])
        codes = problem_codes(
            self.view,
            self.method,
            has_body="requestBody" in operation,
            has_path=any(parameter["in"] == "path" for parameter in parameters),
            has_query=any(parameter["in"] == "query" for parameter in parameters),
        )
        self._register_problem()
        add_responses(operation["responses"], problem_responses(codes))
        operation["responses"] = dict(sorted(operation["responses"].items()))
        if "idempotency_key_reused" in codes:
            needed = "idempotency_key_required" in codes
            operation["parameters"] = [*parameters, IDEMPOTENCY_PARAMETER | {"required": needed}]
        return operation

    def get_description(self) -> str:  # type: ignore[override]
        """The docstring of the method, or of its class when it has none, and the scope that is needed."""
        from registry.api.views import AUTHENTICATED, PUBLIC

        view: Any = self.view
        written = getattr(view, self.method.lower()).__doc__ or type(view).__dict__.get("__doc__") or ""
        scope = view.scopes.get(self.method)
        needed = "" if scope in (PUBLIC, AUTHENTICATED) else f"Needs the scope `{scope}`."
        return "\n\n".join(filter(None, [cleandoc(written).replace("``", "`"), needed]))

    def get_tags(self) -> list[str]:
        """The resource's name, which is the path's first part; DID documents lie where their standards want them."""
        return super().get_tags() if self.path.startswith("/v1/") else ["did"]

    def get_operation_id(self) -> str:
        """The summary in snake_case: ``register_an_agent``."""
        summary = self.get_summary() or super().get_operation_id()
        return "_".join(re.findall(r"[a-z0-9]+", summary.lower()))

    def get_auth(self) -> list[dict[str, list[str]]]:
        """What the credential must be: none for what is public, though one may be sent."""
        from registry.api.views import PUBLIC

        schemes: list[dict[str, list[str]]] = super().get_auth()
        view: Any = self.view
        return [{}, *schemes] if view.scopes.get(self.method) == PUBLIC else schemes

    def _map_serializer(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        """A StrictSerializer refuses members it does not know, so its description says so too."""
        schema = super()._map_serializer(serializer, direction, bypass_extensions)  # type: ignore[no-untyped-call]
        strict = isinstance(force_instance(serializer), StrictSerializer)  # type: ignore[no-untyped-call]
        if direction == "request" and strict:
            schema["additionalProperties"] = False
        return schema

    def _register_problem(self) -> None:
        component = ResolvedComponent(  # type: ignore[no-untyped-call]
            name="Problem", type=ResolvedComponent.SCHEMA, schema=PROBLEM_SCHEMA, object="problem"
        )
        self.registry.register_on_missing(component)


def add_responses(declared: dict[str, Any], problems: Mapping[str, Any]) -> None:
    """Put the problems beside what the operation declares: one status may answer in two media types."""
    for status, response in problems.items():
        if "content" in declared.get(status, {}):
            declared[status]["content"] |= response["content"]
        else:
            declared[status] = response


def problem_responses(codes: Iterable[str]) -> dict[str, Any]:
    """One response a status, with an example a code."""
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(CATALOGUE[code].status, []).append(code)
    return {str(status): _problem_response(status, names) for status, names in by_status.items()}


def _problem_response(status: int, codes: list[str]) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": f"{HTTPStatus(status).phrase}: " + ", ".join(f"`{code}`" for code in codes),
        "content": {
            PROBLEM_MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {code: {"value": problem_document(code, CATALOGUE[code].title + ".")} for code in codes},
            }
        },
    }
    header = {401: "WWW-Authenticate", 429: "Retry-After"}.get(status)
    if header:
        response["headers"] = {header: {"schema": {"type": "string"}}}
    return response


def _is_described(method: str, callback: Any) -> bool:
    view = getattr(callback, "cls", None)
    return getattr(getattr(view, method.lower(), None), "described", False)


class ServiceKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "registry.api.authentication.ServiceKeyAuthentication"
    name = "serviceKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "atn_…",
            "description": "A service key of an organization, made in the console.",
        }


class AgentSignatureScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "registry.api.authentication.AgentSignatureAuthentication"
    name = "httpSignature"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "signature",
            "description": "The request signed by a registered agent's key (RFC 9421); see the API reference.",
        }
