"""Connections that nobody uses are closed after a while, whatever they were in the middle of."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

KEEP_ALIVE_SECONDS = 75
SWEEP_SECONDS = 5


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's, which also knows when it last heard of its client: its own timer runs only after an answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.last_seen = monotonic()

    def data_received(self, data: bytes) -> None:
        self.last_seen = monotonic()
        super().data_received(data)

    @property
    def is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def close_if_idle(self, *, seconds: float) -> None:
        """Stops abandoned connections, and half a request sent once, from holding descriptors for ever."""
        if not self.is_answering and monotonic() - self.last_seen > seconds:
            self.transport.close()


async def close_idle(server: uvicorn.Server) -> None:
    """Look at every connection of ``server`` now and then. Never returns."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        for connection in list(server.server_state.connections):
            if isinstance(connection, PatientProtocol):
                connection.close_if_idle(seconds=KEEP_ALIVE_SECONDS)
