"""What is an absolute URL or IRI, for whoever needs to know before trusting one (RFC 3987)."""

from __future__ import annotations

import re

from pyoxigraph import NamedNode

IRI_LENGTH_MAX = 65_536  # an image as a data: URL may stand where an IRI does; the document's own limit is no larger

_LOOKS_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`\x7f]+")


def is_absolute_iri(text: object) -> bool:
    """Whether ``text`` is an absolute IRI that the RDF library takes too.

    Asking the library itself matters: it drops a statement with an IRI it cannot read and says nothing, so a member
    with such a value would stand in the document without being signed.
    """
    if not isinstance(text, str) or not _LOOKS_ABSOLUTE.fullmatch(text) or len(text) > IRI_LENGTH_MAX:
        return False
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True
