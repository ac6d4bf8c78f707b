"""Every problem code of the API: its HTTP status, its title, and the page at ``/problems/<code>``.

A code never changes its meaning. ``registry.api.problems`` turns an exception with a code into a problem document
(RFC 9457); a test says that every code raised anywhere has an entry here. Keep the groups, add at a group's end.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """``explanation`` is read by a developer at ``/problems/<code>``: why it happens and what to do about it."""

    status: int
    title: str
    explanation: str


CATALOGUE: dict[str, Problem] = {
    # The request itself
    "malformed_json": Problem(
        400,
        "The body is not JSON",
        "The body must be one JSON value in UTF-8 (RFC 8259); NaN is none.",
    ),
    "duplicate_key": Problem(
        400,
        "A JSON object names a member twice",
        "Two programs that read the same object could each believe another value, so such objects are refused.",
    ),
    "json_too_deep": Problem(400, "The JSON is nested too deep", "At most 32 levels of arrays and objects."),
    "body_too_large": Problem(413, "The body is too large", "A request body may have at most 65,536 bytes."),
    "malformed_request": Problem(
        400, "The request cannot be read", "The request line, a header or the query is not what HTTP allows."
    ),
    "unsupported_media_type": Problem(
        415, "The body's media type is not understood", "Send `Content-Type: application/json`."
    ),
    "not_acceptable": Problem(
        406, "None of the accepted media types can be sent", "Answers are `application/json`; accept it, or `*/*`."
    ),
    "method_not_allowed": Problem(
        405, "The method is not for this resource", "The `Allow` header names the methods that are."
    ),
    "not_found": Problem(
        404,
        "There is no such thing",
        "It does not exist, or this caller may not see it. The two are never told apart, so that nobody can probe.",
    ),
    "invalid_input": Problem(
        422, "A value is not acceptable", "The `errors` member lists each field that was refused, and why."
    ),
    "unknown_field": Problem(
        422,
        "The body has a member that is not known",
        "A misspelt limit that is silently ignored would be dangerous, so unknown members are refused.",
    ),
    "invalid_cursor": Problem(
        400, "The page cursor does not hold", "Use `next_cursor` exactly as it was given, with the same query."
    ),
    # Who is asking
    "authentication_required": Problem(
        401,
        "This needs a credential",
        "Send `Authorization: Bearer <service key>`, or sign the request by a registered agent's key (RFC 9421).",
    ),
    "invalid_service_key": Problem(
        401, "The service key does not hold", "It is unknown, expired or revoked. Make a new one in the console."
    ),
    "invalid_signature": Problem(
        401,
        "The request's signature does not hold",
        "The signature, its parameters or what it covers is not as the API reference asks; the detail says which.",
    ),
    "signature_replayed": Problem(
        401, "This signed request was already received", "Sign every request with a fresh nonce."
    ),
    "signer_not_permitted": Problem(403, "The signing agent may not act", "It is suspended, deactivated or unclaimed."),
    "scope_missing": Problem(
        403,
        "The credential does not carry the needed scope",
        "The detail names the scope. Make a service key that has it; scopes of a key cannot be widened.",
    ),
    "role_lacks_permission": Problem(
        403, "Your role does not allow this", "Ask an owner or administrator of the organization."
    ),
    "not_permitted": Problem(403, "This caller may not do this", "The detail says why."),
    # Repeating
    "malformed_idempotency_key": Problem(
        400,
        "The idempotency key cannot be used",
        "`Idempotency-Key` is 1 to 255 visible ASCII characters, plain or as a quoted string.",
    ),
    "idempotency_key_reused": Problem(
        422,
        "The idempotency key belongs to another request",
        "The same key was sent with another body within 24 hours. Use a fresh key for a new request.",
    ),
    "idempotency_in_progress": Problem(
        409, "The first request with this key is still running", "Wait a moment and send the same request again."
    ),
    "too_many_requests": Problem(
        429, "A rate limit was passed", "Wait as many seconds as the `Retry-After` header says."
    ),
    # Us
    "conflict": Problem(409, "It clashes with what already stands", "The detail says with what."),
    "gone": Problem(410, "It has ended for good", "It existed once; it will not come back."),
    "internal_error": Problem(
        500,
        "The registry failed",
        "This is our fault. It was logged with the request id in `instance`; nothing was changed.",
    ),
    "unavailable": Problem(
        503, "We cannot answer truthfully right now", "Try again after a moment; nothing was changed."
    ),
}
