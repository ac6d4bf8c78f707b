"""The syntax of names: labels as in DNS (RFC 9499 words), in one writing system, stored as a reader sees them.

A label is kept in Unicode, lower case, NFC (its U-label, RFC 5890 section 2.3.2.1); its A-label is derived for DNS.
Pure: no database; ``root_zone`` may be given, and is the instance's own otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import idna
from django.conf import settings

from identity.primitives.errors import InvalidInput
from registry.directory.limits import LABEL_OCTETS_MAX, NAME_OCTETS_MAX
from registry.directory.scripts import is_single_number_system, is_single_script, scripts_of

MCP_DIRECTORY_LABEL = "mcp-registry"
TEXT_LENGTH_MAX = 1_024  # before any work is done on it

_LDH = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
# The MCP Registry's own rule for ``name``: reverse-DNS namespace, one slash, the server's name.
_DIRECTORY_FORM = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")
# Control, format (direction marks, joiners), lone surrogate, private use: nothing a reader could check.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co"})
# Full stops of other scripts that IDNA readers take for a dot (RFC 3490 section 3.1).
_OTHER_DOTS = re.compile("[\u3002\uff0e\uff61]")


@dataclass(frozen=True, slots=True)
class NameForm:
    """A well-formed name. ``labels`` from left to right, ``zone`` all but the first, ``fqn`` the canonical relative
    form. A directory's own name (with a slash) is one label in the zone of its directory."""

    labels: tuple[str, ...]
    zone: str
    fqn: str

    @property
    def label(self) -> str:
        return self.labels[0]

    @property
    def is_directory_form(self) -> bool:
        return "/" in self.fqn

    @property
    def ascii(self) -> str:
        """The A-label form that DNS carries."""
        return self.fqn if self.is_directory_form else ascii_form(self.fqn)


def parse_name(text: str, *, root_zone: str | None = None) -> NameForm:
    """Read a name as people write it: any case, a trailing dot, relative or under the root zone, U- or A-labels.

    Raises InvalidInput ``name_invalid`` or ``name_mixed_scripts``.
    """
    if "/" in text:
        return _directory_form(text)
    labels = split_labels(text)
    root = tuple((root_zone or settings.ROOT_ZONE).lower().split("."))
    if len(labels) > len(root) and labels[-len(root) :] == root:
        labels = labels[: -len(root)]
    if len(labels) < 2:
        raise _invalid("A name has at least two labels, such as concierge.acme.")
    fqn = ".".join(labels)
    if len(ascii_form(fqn)) > NAME_OCTETS_MAX:
        raise _invalid(f"A name has at most {NAME_OCTETS_MAX} octets.")
    return NameForm(labels=labels, zone=".".join(labels[1:]), fqn=fqn)


def full_form(fqn: str) -> str:
    """The whole DNS name: under the root zone for a name there, itself for one under a proven domain.

    A zone under the root zone is one label, a domain has at least two: that tells them apart.
    """
    return f"{fqn}.{settings.ROOT_ZONE}" if "/" not in fqn and fqn.count(".") < 2 else fqn


def split_labels(text: str) -> tuple[str, ...]:
    """The canonical labels of ``text``, without a trailing dot. Raises as ``parse_name``."""
    if len(text) > TEXT_LENGTH_MAX:
        raise _invalid(f"A name has at most {NAME_OCTETS_MAX} octets.")
    plain = _OTHER_DOTS.sub(".", text.strip()).removesuffix(".")
    if not plain:
        raise _invalid("The name is empty.")
    if any(unicodedata.category(character) in _INVISIBLE for character in plain):
        raise _invalid("The name has characters that cannot be seen.")
    return tuple(canonical_label(part) for part in plain.split("."))


def canonical_label(text: str) -> str:
    """One label as it is stored: U-label or plain ASCII, lower case, NFC.

    Raises InvalidInput ``name_invalid`` for what DNS or IDNA 2008 (RFC 5891, 5892) do not allow, and
    ``name_mixed_scripts`` for letters of several writing systems, by which a look-alike would be hidden.
    """
    lowered = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())
    if lowered.isascii():
        return _ascii_label(lowered)
    if not is_single_script(lowered):
        found = ", ".join(script.capitalize() for script in scripts_of(lowered))
        raise InvalidInput(
            "name_mixed_scripts", f"The label “{lowered}” mixes writing systems ({found}); use one.", field="name"
        )
    if not is_single_number_system(lowered):
        raise InvalidInput(
            "name_mixed_scripts", f"The label “{lowered}” mixes digits of several writing systems.", field="name"
        )
    return _checked_by_idna(lowered)


def ascii_form(labels: str) -> str:
    """The A-label form of canonical dotted ``labels``."""
    return ".".join(label if label.isascii() else idna.alabel(label).decode("ascii") for label in labels.split("."))


def _ascii_label(label: str) -> str:
    if label.startswith("xn--"):
        return _from_a_label(label)
    if len(label) > LABEL_OCTETS_MAX:
        raise _invalid(f"The label “{label[:20]}…” is longer than {LABEL_OCTETS_MAX} characters.")
    if not _LDH.fullmatch(label):
        raise _invalid(
            f"The label “{label}” may have the letters a to z, digits and hyphens inside only."
            if label
            else "There is an empty label: two dots in a row, or one at the start."
        )
    if label[2:4] == "--":  # RFC 5891 section 4.2.3.1
        raise _invalid(f"The label “{label}” has hyphens in third and fourth place, which is kept for encodings.")
    return label


def _from_a_label(label: str) -> str:
    """The U-label of ``label``; refuses one whose decoding is not exactly it, a classic way past a filter."""
    try:
        decoded = idna.ulabel(label)
    except (idna.IDNAError, UnicodeError) as error:
        raise _invalid(f"The label “{label[:70]}” is not valid IDNA.") from error
    canonical = canonical_label(decoded)
    if canonical.isascii() or idna.alabel(canonical).decode("ascii") != label:
        raise _invalid(f"The label “{label}” is not the encoding of a label in lower case.")
    return canonical


def _checked_by_idna(label: str) -> str:
    try:
        idna.alabel(label)  # also measures the encoded form against 63 octets
    except (idna.IDNAError, UnicodeError) as error:
        raise _invalid(f"The label “{label[:70]}” is not valid IDNA: {error}") from error
    return label


def _directory_form(text: str) -> NameForm:
    fqn = text.strip().lower()
    if len(fqn) > NAME_OCTETS_MAX:
        raise _invalid(f"A name has at most {NAME_OCTETS_MAX} octets.")
    if not fqn.isascii() or not _DIRECTORY_FORM.fullmatch(fqn):
        raise _invalid("A name of the MCP Registry reads like io.github.acme/server.")
    return NameForm(labels=(fqn,), zone=MCP_DIRECTORY_LABEL, fqn=fqn)


def _invalid(detail: str) -> InvalidInput:
    return InvalidInput("name_invalid", detail, field="name")
