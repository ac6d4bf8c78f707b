"""Small real servers on loopback: one that speaks HTTP as a test wants it, and one that speaks DNS."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Answer = Callable[[bytes, socket.socket], None]


@dataclass
class Web:
    """``answer`` gets the request's bytes and the connection, and does with it what it likes."""

    port: int
    requests: list[bytes] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def web(
    answer: Callable[[bytes, socket.socket], None], wrap: Callable[..., socket.socket] | None = None
) -> Iterator[Web]:
    listener = socket.create_server(("127.0.0.1", 0))
    served = Web(listener.getsockname()[1])

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    def talk(connection: socket.socket) -> None:
        try:
            with wrap(connection, server_side=True) if wrap else connection as stream:
                request = b""
                while b"\r\n\r\n" not in request and (part := stream.recv(65_536)):
                    request += part
                served.requests.append(request)
                answer(request, stream)
        except OSError:
            pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(2)


def says(body: bytes, status: str = "200 OK", headers: bytes = b"") -> Answer:
    """Answer every request with this."""

    def answer(request: bytes, connection: socket.socket) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n".encode()
        connection.sendall(head + headers + b"\r\n" + body)

    return answer


@dataclass
class Names:
    """A name server: ``records`` by (name, type), ``rcode`` for everything when set, silence when ``mute``."""

    port: int = 0
    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    rcode: dns.rcode.Rcode | None = None
    mute: bool = False

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def reply(self, wire: bytes) -> bytes | None:
        if self.mute:
            return None
        query = dns.message.from_wire(wire)
        question = query.question[0]
        response = dns.message.make_response(query)
        name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
        values = self.records.get((name.lower(), kind))
        if self.rcode is not None:
            response.set_rcode(self.rcode)
        elif values:
            response.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, values))
        elif not any(known == name.lower() for known, _ in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire()


@contextmanager
def name_server() -> Iterator[Names]:
    names = Names()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire, sock = self.request
            reply = names.reply(wire)
            if reply is not None:
                sock.sendto(reply, self.client_address)

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler) as server:
        names.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield names
        server.shutdown()
        thread.join(2)
