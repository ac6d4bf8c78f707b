"""How a commercial register knows an organization: one canonical form, so that a bar cannot be passed by a hyphen."""

from __future__ import annotations

import re
import unicodedata

from identity.primitives.errors import InvalidInput

LEGAL_ID_LENGTH_MAX = 40
_PASSED_OVER = re.compile(r"[\s./_-]+")
_FORM = re.compile(r"[A-Z0-9]{4,40}")


def canonical_legal_id(text: str) -> str:
    """Capital letters and digits only: ``de-hrb 123 45`` becomes ``DEHRB12345``; empty stays empty.

    Take an LEI (ISO 17442), a VAT id, or the country, the register and the number in it.
    Raises InvalidInput ``legal_id_invalid``.
    """
    bare = _PASSED_OVER.sub("", unicodedata.normalize("NFKC", text)).upper()
    if bare and _FORM.fullmatch(bare) is None:
        raise InvalidInput(
            "legal_id_invalid",
            f"A legal id is 4 to {LEGAL_ID_LENGTH_MAX} letters and digits, such as an LEI or DE-HRB-12345.",
            field="legal_id",
        )
    return bare
