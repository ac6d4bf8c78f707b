"""Reading a large JSON array entry by entry, strictly, with the memory of one entry."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from json.decoder import JSONDecodeError
from typing import Any, BinaryIO, NoReturn

CHUNK_BYTES = 1 << 18
ENTRY_CHARACTERS_MAX = 1 << 20  # one entry of a directory is a few kilobytes
_SPACE = re.compile(r"[ \t\n\r]*")


class BrokenFile(Exception):
    """The file as a whole cannot be believed; nothing of it is imported. ``position`` is the entry it happened at."""

    def __init__(self, reason: str, *, position: int | None = None) -> None:
        where = "" if position is None else f"entry {position}: "
        super().__init__(where + reason)
        self.reason = reason
        self.position = position


@dataclass
class _Window:
    """The part of the text in memory: what has been read and not yet been used."""

    file: BinaryIO
    text: str = ""
    place: int = 0
    at_end: bool = False

    def __post_init__(self) -> None:
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.digest = sha256()
        self.bytes_read = 0

    def read_more(self, position: int | None) -> None:
        chunk = self.file.read(CHUNK_BYTES)
        self.at_end = not chunk
        self.digest.update(chunk)
        try:
            self.text = self.text[self.place :] + self.decoder.decode(chunk, final=self.at_end)
        except UnicodeDecodeError as error:
            raise BrokenFile(f"not UTF-8 near byte {self.bytes_read + error.start}", position=position) from error
        self.place = 0
        self.bytes_read += len(chunk)


class JsonArray:
    """The entries of the array in ``file``; ``bytes_read`` and, at the end, ``sha256`` tell how far and of what."""

    def __init__(self, file: BinaryIO) -> None:
        self._window = _Window(file)
        self._decoder = json.JSONDecoder(object_pairs_hook=_unique_members, parse_constant=_refuse_constant)

    @property
    def bytes_read(self) -> int:
        return self._window.bytes_read

    @property
    def sha256(self) -> str:
        return self._window.digest.hexdigest()

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        """(position, value) for each entry, positions from 0. Raises BrokenFile when the text is no array, ends early,
        repeats a member, is not UTF-8 or goes on after the array."""
        self._take_opening()
        position = 0
        if self._next_character(None) != "]":
            while True:
                yield position, self._take_value(position)
                mark = self._next_character(position)
                self._drop(1)
                if mark == "]":
                    break
                if mark != ",":
                    raise BrokenFile(f"expected , or ] but found {mark!r}", position=position)
                position += 1
        else:
            self._drop(1)
        if self._next_character(position, ends=True):
            raise BrokenFile("there is more text after the array", position=position)

    def _take_opening(self) -> None:
        self._window.read_more(None)
        self._window.text = self._window.text.removeprefix("\ufeff")
        if self._next_character(None) != "[":
            raise BrokenFile("the file is not a JSON array of entries")
        self._drop(1)

    def _next_character(self, position: int | None, *, ends: bool = False) -> str:
        """The next character that is no space, left in place; empty at the end when the text may end here."""
        window = self._window
        while True:
            window.place = _SPACE.match(window.text, window.place).end()  # type: ignore[union-attr]
            if window.place < len(window.text):
                return window.text[window.place]
            if window.at_end:
                if ends:
                    return ""
                raise BrokenFile("the file ends early", position=position)
            window.read_more(position)

    def _take_value(self, position: int) -> Any:
        self._next_character(position)
        window = self._window
        while True:
            try:
                value, end = self._decoder.raw_decode(window.text, window.place)
                if end < len(window.text) or window.at_end:
                    window.place = end
                    return value
            except JSONDecodeError as error:
                if window.at_end:
                    raise BrokenFile(self._why(error), position=position) from error
            except (_Refused, RecursionError, ValueError) as error:
                reason = str(error) if isinstance(error, _Refused) else "a number or a nesting is out of bounds"
                raise BrokenFile(reason, position=position) from error
            if len(window.text) - window.place > ENTRY_CHARACTERS_MAX + CHUNK_BYTES:
                raise BrokenFile("not JSON, or an entry of more than a million characters", position=position)
            window.read_more(position)

    def _why(self, error: JSONDecodeError) -> str:
        if error.pos >= len(self._window.text.rstrip()) or "Unterminated" in error.msg:
            return "the file ends early"
        return f"not JSON: {error.msg}"

    def _drop(self, characters: int) -> None:
        self._window.place += characters


class _Refused(ValueError):
    """JSON by the letter, but read differently by different programs."""


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise _Refused(f"the member {twice[:80]!r} is there twice")
    return members


def _refuse_constant(text: str) -> NoReturn:
    raise _Refused(f"{text} is not JSON")
