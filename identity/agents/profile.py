"""What an agent says of itself: cleaned and checked text, so that no page or terminal can be deceived by it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

from identity.agents.limits import (
    CAPABILITIES_MAX,
    CAPABILITY_LENGTH_MAX,
    DESCRIPTION_LENGTH_MAX,
    DISPLAY_NAME_LENGTH_MAX,
    HOMEPAGE_LENGTH_MAX,
)
from identity.primitives.errors import InvalidInput

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
# Unicode general categories that show nothing themselves but change how the text beside them reads: control,
# format (bidirectional overrides, zero-width characters), surrogates, private use, unassigned, line separators.
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean_display_name(text: str) -> str:
    """One line of visible text, 1 to 120 characters, NFC. InvalidInput ``display_name_invalid``.

    Stops a name that reads as another one: bidirectional overrides, zero-width characters, line breaks.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not name or len(name) > DISPLAY_NAME_LENGTH_MAX:
        raise _invalid("display_name", f"A display name has 1 to {DISPLAY_NAME_LENGTH_MAX} characters.")
    _refuse_unseen(name, field="display_name", allowed="")
    return name


def clean_description(text: str) -> str:
    """Up to 2,000 characters; line breaks are kept. InvalidInput ``description_invalid``."""
    description = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
    if len(description) > DESCRIPTION_LENGTH_MAX:
        raise _invalid("description", f"A description has at most {DESCRIPTION_LENGTH_MAX} characters.")
    # Zero-width joiners shape Persian and Indic words and emoji; in running text they deceive nobody.
    _refuse_unseen(description, field="description", allowed="\n\u200c\u200d")
    return description


def clean_capabilities(values: Iterable[str]) -> list[str]:
    """Sorted, each once. InvalidInput ``capabilities_invalid``."""
    capabilities = sorted(set(values))
    if len(capabilities) > CAPABILITIES_MAX:
        raise _invalid("capabilities", f"An agent names at most {CAPABILITIES_MAX} capabilities.")
    for capability in capabilities:
        if len(capability) > CAPABILITY_LENGTH_MAX or _SLUG.fullmatch(capability) is None:
            raise _invalid(
                "capabilities",
                f"A capability is lower-case words joined by hyphens, such as book-flights, of at most "
                f"{CAPABILITY_LENGTH_MAX} characters; {capability[:80]!r} is not.",
            )
    return capabilities


def clean_homepage(text: str) -> str:
    """An https address or nothing. InvalidInput ``homepage_invalid``.

    Stops links that run script or hide where they lead (``javascript:``, ``https://bank.example@evil.example``).
    """
    homepage = text.strip()
    if not homepage:
        return ""
    _refuse_unseen(homepage, field="homepage", allowed="")
    try:
        parts = urlsplit(homepage)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise _invalid("homepage", "This is not an address.") from error
    plain = parts.scheme == "https" and "@" not in parts.netloc and _HOST.fullmatch(host) is not None
    if not plain or len(homepage) > HOMEPAGE_LENGTH_MAX or re.search(r"[\s\\<>\"]", homepage):
        raise _invalid(
            "homepage",
            f"A homepage is an https:// address with a host name, at most {HOMEPAGE_LENGTH_MAX} characters.",
        )
    return homepage


def _refuse_unseen(text: str, *, field: str, allowed: str) -> None:
    for character in text:
        if character not in allowed and unicodedata.category(character) in _UNSEEN_CATEGORIES:
            raise _invalid(field, f"The character U+{ord(character):04X} cannot be seen and is not taken here.")


def _invalid(field: str, detail: str) -> InvalidInput:
    return InvalidInput(f"{field}_invalid", detail, field=field)
