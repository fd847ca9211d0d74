"""What stands around a running installation: a mail server, a clock, a line that can be cut, a disk that is full."""

from __future__ import annotations

import asyncio
import logging
import re
import resource
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

#: What a mail server does with what comes, from now on.
TAKES, REFUSES, STALLS, DROPS_BEFORE, DROPS_AFTER = "takes", "refuses", "stalls", "drops before", "drops after"


class Sink:
    """The mail server: takes everything and keeps it, until it is told otherwise by `mood`, or is stopped.

    `at` names a moment of one mail (hello, from, to, data, taken, quit) and what happens then, once.
    """

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.mood = TAKES
        #: Seconds that it takes over each mail.
        self.slowness = 0.0
        self.at: dict[str, Callable[[], None]] = {}
        self.met = Counter[str]()
        self.port = free_port()
        self._controller: Controller | None = None
        # It tells each line of each mail, and buries what a failing story has to say.
        logging.getLogger("mail.log").setLevel(logging.ERROR)

    @property
    def refuse(self) -> bool:
        return self.mood == REFUSES

    @refuse.setter
    def refuse(self, wanted: bool) -> None:
        self.mood = REFUSES if wanted else TAKES

    def start(self) -> None:
        if self._controller is not None:
            return
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Nobody answers any more."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def taken(self) -> Counter[str]:
        """How many mails were taken under each Message-ID."""
        return Counter(str(mail["Message-ID"]) for mail in list(self.mails))

    def _meet(self, moment: str) -> None:
        self.met[moment] += 1
        if happens := self.at.pop(moment, None):
            happens()

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]) -> Any:
        self._meet("hello")
        if self.mood == STALLS:
            await asyncio.sleep(3600)
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        self._meet("from")
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        self._meet("to")
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self._meet("data")
        if self.slowness:
            await asyncio.sleep(self.slowness)
        if self.mood == REFUSES:
            return "451 not now"
        if self.mood == DROPS_BEFORE:
            server.transport.abort()
            return "451 gone"
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        self._meet("taken")
        if self.mood == DROPS_AFTER:
            # Once: the mail is taken, and the line breaks before it could say so.
            self.mood = TAKES
            server.transport.abort()
        return "250 taken"

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:
        self._meet("quit")
        return "221 Bye"


def text_of(mail: Message) -> str:
    body = mail.get_body(("plain",))  # type: ignore[attr-defined]
    return str(body.get_content())


def links_of(mail: Message) -> list[str]:
    return re.findall(r"https?://\S+", text_of(mail))


class Clock:
    """The time of day of every process at once: a file that says how far it is shifted (CLOCK_FILE)."""

    def __init__(self, path: Path, shift: float = 0.0) -> None:
        self.path, self.shift = path, shift
        self.forward()

    def forward(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> None:
        """Time passes, or goes back where it is less than nothing."""
        self.shift += days * 86400 + hours * 3600 + minutes * 60
        fresh = self.path.with_suffix(".new")
        fresh.write_text(str(self.shift))
        fresh.replace(self.path)

    def now(self) -> float:
        return time.time() + self.shift


@contextmanager
def full_disk(after: int = 64_000) -> Iterator[None]:
    """The system takes so many bytes of a file, and no more."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (after, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def store_away(at: str) -> Iterator[None]:
    """Where files are kept nobody answers any more, at this step: _save, _open, delete."""
    from partnerships.documents.storage import StoreAway, WholeFiles

    def away(*args: Any, **kwargs: Any) -> Any:
        raise StoreAway("nobody answers")

    before = WholeFiles.__dict__.get(at)
    setattr(WholeFiles, at, away)
    try:
        yield
    finally:
        delattr(WholeFiles, at)
        if before is not None:
            setattr(WholeFiles, at, before)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Wire:
    """A way to a server that can be cut, and that can swallow everything without a word."""

    def __init__(self, to: int) -> None:
        self.to, self.mood = to, "open"
        self._pairs: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    @contextmanager
    def cut(self, mood: str = "cut") -> Iterator[None]:
        """Connections end and no new ones come about; or, `silent`, they stand and nothing goes through."""
        self.mood = mood
        if mood == "cut":
            self._end_all()
        try:
            yield
        finally:
            self.mood = "open"
            # What stood silent is dead by now, as after a firewall that forgot it.
            self._end_all()

    def close(self) -> None:
        self._server.close()
        self._end_all()

    def _end_all(self) -> None:
        with self._lock:
            for each in self._pairs:
                _hang_up(each)
            self._pairs.clear()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._server.accept()
            except OSError:
                return
            if self.mood == "cut":
                _hang_up(near)
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.to), timeout=5)
            except OSError:
                _hang_up(near)
                continue
            far.settimeout(None)
            with self._lock:
                self._pairs |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                while self.mood == "silent":
                    time.sleep(0.05)
                other.sendall(data)
        with self._lock:
            self._pairs -= {one, other}
        _hang_up(one)
        _hang_up(other)


def _hang_up(one: socket.socket) -> None:
    for act in (lambda: one.shutdown(socket.SHUT_RDWR), one.close):
        with suppress(OSError):
            act()
