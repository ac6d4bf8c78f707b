"""What each word means where it stands: JSON-LD 1.1 context processing (W3C JSON-LD-API 1.1, sections 4.1 and 4.2).

Whole for what the bundled contexts use (scoped and protected terms, ``@vocab``, prefixes, coercion). Inline contexts
may bring new terms and nothing else: ``@base``, ``@import``, ``@reverse``, ``@nest``, ``@index`` and ``@propagate``
are refused, and so is a second name for something that a bundled context names already.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import takewhile
from typing import Any

from identity.credentials.contexts import EXAMPLES_V2, context_document, known_urls
from identity.credentials.iri import is_absolute_iri
from identity.primitives.errors import InvalidInput

INLINE_TERMS_MAX = 100  # of one context object; our own largest has 25
SCOPED_TERMS_MAX = 16  # of a context within a term of such an object: it is worked out anew for each node it reaches
_PREFIX_DEPTH_MAX = 8  # terms defined by terms defined by terms
_GENERIC_DELIMITERS = tuple(":/?#[]@")
_LITERAL_KEYWORDS = frozenset({"@language", "@direction"})
_CONTEXT_KEYWORDS = frozenset({"@protected", "@version", "@vocab"}) | _LITERAL_KEYWORDS
_TERM_KEYWORDS = frozenset(
    {"@id", "@type", "@container", "@context", "@protected", "@prefix", "@language", "@direction"}
)
_CONTAINERS = frozenset({"@set", "@list", "@graph", "@language"})
_COERCIONS = frozenset({"@id", "@vocab", "@json", "@none"})
_ALIASES = {"id": "@id", "type": "@type"}
_ABSENT = object()
_EXAMPLES_VOCAB: str = context_document(EXAMPLES_V2)["@context"]["@vocab"]


@dataclass(frozen=True, slots=True)
class Term:
    """A term definition (JSON-LD-API 4.2). ``iri`` is None for a term that was taken away by ``null``."""

    iri: str | None
    coercion: str | None = None
    containers: frozenset[str] = frozenset()
    scoped: Any = _ABSENT
    is_prefix: bool = False
    is_protected: bool = False
    is_bundled: bool = False
    language: Any = None
    direction: Any = None

    @property
    def has_scope(self) -> bool:
        return self.scoped is not _ABSENT

    def says_the_same_as(self, other: Term) -> bool:
        """Whether it differs from ``other`` in no more than being protected."""
        return replace(self, is_protected=False, is_bundled=False) == replace(
            other, is_protected=False, is_bundled=False
        )


@dataclass(frozen=True, slots=True)
class ActiveContext:
    """The terms in force at one place. ``previous`` is what comes back inside the next node (type-scoped contexts
    do not reach further); ``derived`` remembers what was made of this one, so that a context is worked out once."""

    terms: Mapping[str, Term] = field(default_factory=dict)
    vocab: str | None = None
    previous: ActiveContext | None = None
    derived: dict[Hashable, tuple[Any, ActiveContext]] = field(default_factory=dict, compare=False, repr=False)

    def with_local(self, local: Any) -> ActiveContext:
        """This context with the value of an ``@context`` member put over it. InvalidInput."""
        parts = local if isinstance(local, list) else [local]
        if self is not INITIAL:
            return _processed(self, parts, is_bundled=False, overrides=False)
        urls = tuple(takewhile(lambda part: isinstance(part, str), parts))
        return _processed(_of_urls(urls), parts[len(urls) :], is_bundled=False, overrides=False)

    def inside(self, name: str, term: Term) -> ActiveContext:
        """The context inside a value of the property ``name`` (JSON-LD-API 5.1.2 step 8)."""
        return self if term.scoped is _ABSENT else self._scoped(("in", name), term, overrides=True)

    def with_types(self, types: list[str]) -> ActiveContext:
        """The context of a node of these types, applied in the order of their names (JSON-LD-API 5.1.2 step 11)."""
        scoping = tuple(sorted({name for name in types if name in self.terms and self.terms[name].has_scope}))
        if not scoping:
            return self
        known = self.derived.get(scoping)
        if known is not None:
            return known[1]
        active = self
        for name in scoping:
            active = active._scoped(("of", name), self.terms[name], overrides=False)
        active = replace(active, previous=self.previous or self, derived={})
        self.derived[scoping] = (None, active)
        return active

    def _scoped(self, key: Hashable, term: Term, *, overrides: bool) -> ActiveContext:
        origin, known = self.derived.get(key, (None, None))
        if known is None or origin is not term:
            known = _processed(self, term.scoped, is_bundled=term.is_bundled, overrides=overrides)
            self.derived[key] = (term, known)
        return known

    def iri_of(self, word: str) -> str | None:
        """The IRI or keyword that ``word`` stands for as a property or type, None when it has no meaning here."""
        term = self.terms.get(word)
        if term is not None:
            return term.iri
        if word.startswith("@"):
            return None
        if ":" in word:
            return self.iri_of_reference(word)
        return None if self.vocab is None else self.vocab + word

    def iri_of_reference(self, text: str) -> str:
        """The IRI that ``text`` stands for as an id: itself, unless what comes before its colon is a prefix here."""
        prefix, _, suffix = text.partition(":")
        term = self.terms.get(prefix)
        if term is not None and term.iri is not None and term.is_prefix and not suffix.startswith("//"):
            return term.iri + suffix
        return text


INITIAL = ActiveContext()


@lru_cache(maxsize=256)
def _of_urls(urls: tuple[str, ...]) -> ActiveContext:
    """Documents that begin with the same contexts share one active context and all that is derived from it."""
    return _processed(INITIAL, list(urls), is_bundled=False, overrides=False)


def unwrapped(part: Any) -> Any:
    """Some issuers write a whole context document, ``{"@context": …}``, where its inside belongs; processors read
    it as that."""
    while isinstance(part, dict) and set(part) == {"@context"}:
        part = part["@context"]
    return part


def _processed(active: ActiveContext, local: Any, *, is_bundled: bool, overrides: bool) -> ActiveContext:
    for part in local if isinstance(local, list) else [local]:
        part = unwrapped(part)
        if part is None:
            if not overrides and any(term.is_protected for term in active.terms.values()):
                raise _refused("protected_term", "A null context would take protected terms away.")
            active = INITIAL
        elif isinstance(part, list):
            active = _processed(active, part, is_bundled=is_bundled, overrides=overrides)
        elif isinstance(part, str):
            active = _processed(active, context_document(part)["@context"], is_bundled=True, overrides=overrides)
        elif isinstance(part, dict):
            active = _Definitions(active, part, is_bundled=is_bundled, overrides=overrides).finished()
        else:
            raise _refused("malformed_context", "A context is a URL or an object.")
    return active


class _Definitions:
    """One context object on its way into an active context: terms may use each other as prefixes."""

    def __init__(self, active: ActiveContext, local: dict[str, Any], *, is_bundled: bool, overrides: bool) -> None:
        self.active, self.local, self.is_bundled, self.overrides = active, local, is_bundled, overrides
        self.terms = dict(active.terms)
        self.defined: dict[str, bool] = {}  # False while the definition is being made
        self._check_keywords()
        self.vocab = self._vocab()

    def finished(self) -> ActiveContext:
        for name in self.local:
            if not name.startswith("@"):
                self._define(name, depth=0)
        return ActiveContext(self.terms, self.vocab, self.active.previous)

    def _check_keywords(self) -> None:
        names = [name for name in self.local if not name.startswith("@")]
        unknown = set(self.local) - set(names) - _CONTEXT_KEYWORDS
        if unknown:
            raise _refused("unsupported_context", f"A context with {min(unknown)} is not taken.")
        if not self.is_bundled and len(names) > INLINE_TERMS_MAX:
            raise _refused("unsupported_context", f"An inline context defines at most {INLINE_TERMS_MAX} terms.")

    def _vocab(self) -> str | None:
        if "@vocab" not in self.local:
            return self.active.vocab
        vocab = self.local["@vocab"]
        if vocab is None:
            return None
        if not isinstance(vocab, str) or not is_absolute_iri(vocab):
            raise _refused("malformed_context", "@vocab is an absolute IRI or null.")
        return vocab

    def _define(self, name: str, *, depth: int) -> None:
        if self.defined.get(name):
            return
        if name in self.defined or depth > _PREFIX_DEPTH_MAX:
            raise _refused("malformed_context", "The terms of a context lean on each other in a circle or too deep.")
        self.defined[name] = False
        term = self._term(name, self.local[name], depth)
        self.defined[name] = True
        before = self.active.terms.get(name)
        if before is not None and before.is_protected and not self.overrides:
            if not term.says_the_same_as(before):
                raise _refused("protected_term", f"The term {name!r} is protected and cannot be given another meaning.")
            term = before
        self.terms[name] = term

    def _term(self, name: str, value: Any, depth: int) -> Term:
        if not name or (":" in name and not self.is_bundled) or "/" in name:
            raise _refused("malformed_context", f"{name!r} cannot be a term.")
        if value is None or (isinstance(value, dict) and value.get("@id", _ABSENT) is None):
            return Term(None, is_protected=self._is_protected(value), is_bundled=self.is_bundled)
        if isinstance(value, str):
            value, is_simple = {"@id": value}, True
        elif isinstance(value, dict):
            is_simple = False
        else:
            raise _refused("malformed_context", f"The term {name!r} is defined by neither a text nor an object.")
        if unknown := set(value) - _TERM_KEYWORDS:
            raise _refused("unsupported_context", f"A term with {min(unknown)} is not taken.")
        self._check_scoped(value.get("@context"))
        iri = self._iri(value.get("@id", name), depth, is_own_name="@id" not in value)
        self._check_name(name, iri)
        return Term(
            iri=iri,
            coercion=self._coercion(value.get("@type"), depth),
            containers=self._containers(value.get("@container")),
            scoped=value.get("@context", _ABSENT),
            is_prefix=value.get("@prefix") is True or (is_simple and iri.endswith(_GENERIC_DELIMITERS)),
            is_protected=self._is_protected(value),
            is_bundled=self.is_bundled,
            language=value.get("@language"),
            direction=value.get("@direction"),
        )

    def _check_scoped(self, scoped: Any) -> None:
        """Stops a context of 90 terms from being laid over 1,500 nodes, a second of work for 50 kB."""
        if self.is_bundled or scoped is None:
            return
        if not isinstance(scoped, dict) or len(scoped) > SCOPED_TERMS_MAX:
            sentence = f"A context within an inline term is an object of at most {SCOPED_TERMS_MAX} terms."
            raise _refused("unsupported_context", sentence)

    def _is_protected(self, value: Any) -> bool:
        own = value.get("@protected") if isinstance(value, dict) else None
        return own is True or (own is None and self.local.get("@protected") is True)

    def _iri(self, text: Any, depth: int, *, is_own_name: bool = False) -> str:
        if not isinstance(text, str):
            raise _refused("malformed_context", "An @id in a context is a text.")
        if text.startswith("@"):
            if text not in ("@id", "@type"):
                raise _refused("unsupported_context", f"A second name for {text} is not taken.")
            return text
        iri = self._expanded(text, depth, is_own_name=is_own_name)
        if iri is None or not (iri.startswith("@") or is_absolute_iri(iri)):
            raise _refused("malformed_context", f"{text!r} is no absolute IRI in this context.")
        return iri

    def _expanded(self, text: str, depth: int, *, is_own_name: bool) -> str | None:
        if not is_own_name and text in self.local:
            self._define(text, depth=depth + 1)
        if not is_own_name and text in self.terms:
            return self.terms[text].iri
        prefix, colon, suffix = text.partition(":")
        if colon:
            if prefix in self.local:
                self._define(prefix, depth=depth + 1)
            term = self.terms.get(prefix)
            if term is not None and term.iri is not None and not suffix.startswith("//"):
                return term.iri + suffix
            return text
        return None if self.vocab is None else self.vocab + text

    def _check_name(self, name: str, iri: str) -> None:
        """Stops a holder from hiding a signed member behind a new name: the dataset of ``"ends": …`` with a context
        that maps ``ends`` to validUntil is the dataset that was signed, and no reader would see an expiry."""
        if self.is_bundled:
            return
        if _ALIASES.get(name) != iri if iri.startswith("@") else name not in names_of(iri, name):
            raise _refused("renamed_term", f"An inline context may not give {iri} the name {name!r}.")

    def _coercion(self, value: Any, depth: int) -> str | None:
        if value is None or value in _COERCIONS:
            return value if isinstance(value, str) else None
        return self._iri(value, depth)

    def _containers(self, value: Any) -> frozenset[str]:
        containers = frozenset(value if isinstance(value, list) else [value]) if value is not None else frozenset()
        if not containers <= _CONTAINERS:
            raise _refused("unsupported_context", "A term's container is @set, @list, @graph or @language.")
        return containers


def names_of(iri: str, otherwise: str) -> frozenset[str]:
    """The names that the bundled contexts give to ``iri``; just ``otherwise`` when none has one."""
    if iri.startswith(_EXAMPLES_VOCAB):
        return frozenset({iri.removeprefix(_EXAMPLES_VOCAB)})
    return _names(known_urls()).get(iri) or frozenset({otherwise})


@lru_cache(maxsize=8)
def _names(urls: tuple[str, ...]) -> dict[str, frozenset[str]]:
    names: dict[str, set[str]] = {}
    for url in urls:
        for name, iri in _terms_within(_of_urls((url,))):
            names.setdefault(iri, set()).add(name)
    return {iri: frozenset(found) for iri, found in names.items()}


def _terms_within(active: ActiveContext) -> Iterator[tuple[str, str]]:
    for name, term in active.terms.items():
        if term.iri is None:
            continue
        yield name, term.iri
        if term.has_scope and term.scoped is not None:
            inner = _processed(INITIAL, term.scoped, is_bundled=True, overrides=True)
            yield from _terms_within(inner)


def _refused(code: str, sentence: str) -> InvalidInput:
    return InvalidInput(code, sentence, field="@context")
