"""Codes of the request itself, of who is asking, and of repeating a request."""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
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
    "length_required": Problem(411, "The body's length is not known", "Send the body with a `Content-Length`."),
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
    "malformed_did": Problem(
        422, "This is not a DID", "A DID reads `did:<method>:<identifier>`, without path, query or fragment."
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
}
