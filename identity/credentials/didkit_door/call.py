"""The call itself: the only module that imports didkit, and that not before it is needed."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

from identity.credentials.didkit_door.loop_thread import LoopThread
from identity.primitives.errors import Unavailable

CALL_SECONDS_MAX = 5.0

_thread = LoopThread("didkit", CALL_SECONDS_MAX)


class DidkitSaidNo(Exception):
    """didkit's own exception, as text."""


def ask(function: str, text: str, options: dict[str, Any], *key: str) -> str:
    """What didkit's ``function`` answers. DidkitSaidNo; Unavailable ``didkit_unavailable``."""
    didkit = _didkit()
    call: Callable[..., Awaitable[str]] = getattr(didkit, function)

    async def asked() -> str:
        try:
            return await call(text, json.dumps(options), *key)
        except didkit.DIDKitException as error:
            raise DidkitSaidNo(str(error)[:300]) from error

    return _thread.run(asked)


def _didkit() -> ModuleType:
    try:
        import didkit
    except ImportError as error:
        raise Unavailable("didkit_unavailable", "didkit is not installed for this version of Python.") from error
    module: ModuleType = didkit
    return module
