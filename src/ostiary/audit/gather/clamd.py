"""ClamAV's daemon is asked by INSTREAM, and believed only after it named EICAR's test file; nothing is written to disk.

Source: clamd(8), "COMMANDS". Small files go in one archive, which the engine opens; what it names is asked again alone.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import re
import socket
import struct
import tarfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from ostiary.errors import ConfigError, Unanswerable
from ostiary.evidence.supply import Infected

USUAL: Final = (
    "unix:/run/clamav/clamd.ctl",  # Debian, Ubuntu
    "unix:/run/clamd.scan/clamd.sock",  # Fedora, RHEL
    "unix:/run/clamav/clamd.sock",  # Alpine, Arch
    "unix:/tmp/clamd.socket",
    "tcp:127.0.0.1:3310",
)
SECONDS: Final = 60.0  # for one answer
MOST_SECONDS: Final = 150.0  # for one scan in all: a check has 180
CHUNK: Final = 64 * 1024
_ANSWER: Final = 4096  # bytes
_BUNDLE: Final = 2 * 1024 * 1024  # bytes of one archive
_SMALL: Final = 256 * 1024
_VERSION: Final = re.compile(
    r"(?P<engine>ClamAV [^/]{1,60})(?:/(?P<number>\d+)/(?P<date>[A-Za-z]{3} [A-Za-z]{3} +\d+ [\d:]{8} \d{4}))?"
)
_FOUND: Final = re.compile(r"stream: (?P<name>.+) FOUND")
# EICAR's test file, in halves: scanners read this module too (https://www.eicar.org/download-anti-malware-testfile/)
_EICAR: Final = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-" + "ANTIVIRUS-TEST-FILE!$H+H*"
HOW: Final = "apt-get install clamav-daemon, and freshclam"


class Clamd:
    """The port `ostiary.evidence.supply.Scanner`.

    :param address: ``unix:PATH`` or ``tcp:HOST:PORT``.
    :raises Unanswerable: when nothing answers there, or it does not know EICAR's test file.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.skipped: list[str] = []
        told = _VERSION.match(self._ask(b"VERSION"))
        if told is None:
            raise Unanswerable(f"what answers at {address} is no clamd")
        self.name = told["engine"]
        self._date = told["date"]
        self._prove()

    @property
    def signatures(self) -> dt.datetime:
        """How old what it knows is.

        :raises Unanswerable: when it does not tell: it has none of its makers'.
        """
        if not self._date:
            raise Unanswerable(
                f"{self.name} does not tell how old its signatures are: it has none of ClamAV's own ({HOW})"
            )
        try:
            return dt.datetime.strptime(" ".join(self._date.split()), "%a %b %d %H:%M:%S %Y").replace(tzinfo=dt.UTC)
        except ValueError as error:
            raise Unanswerable(f"{self.name} tells no readable date of its signatures") from error

    def scan(self, files: Iterable[tuple[str, bytes]]) -> Sequence[Infected]:
        """Names every file that is malware, also inside archives; what could not be scanned is in `skipped`.

        :raises Unanswerable: when the engine stops answering, or it takes longer than a check may.
        """
        found: list[Infected] = []
        until = time.monotonic() + MOST_SECONDS
        scanned = 0
        for bundle in _bundled(files):
            if time.monotonic() > until:
                raise Unanswerable(f"{self.name} scanned {scanned} files in {MOST_SECONDS:g} s, and there are more")
            if len(bundle) == 1 or self._suspects(bundle):
                found += [each for one in bundle for each in self._single(*one)]
            scanned += len(bundle)
        return found

    def _suspects(self, bundle: Sequence[tuple[str, bytes]]) -> bool:
        try:
            return bool(self._names(_archive(bundle)))
        except _TooLargeError:
            return True  # each alone may be small enough

    def _single(self, path: str, data: bytes) -> Iterator[Infected]:
        try:
            signature = self._names(data)
        except _TooLargeError:
            self.skipped.append(f"{path} is larger than what clamd takes (StreamMaxLength)")
            return
        if signature:
            yield Infected(path=path, signature=signature)

    def _prove(self) -> None:
        proof = _EICAR.encode()
        for data in (proof, _archive([("one.txt", b"one"), ("proof.com", proof)])):
            if not self._names(data):
                raise Unanswerable(
                    f"{self.name} at {self.address} does not know EICAR's test file: it has no signatures ({HOW})"
                )
        if self._names(b"nothing in particular"):
            raise Unanswerable(f"{self.name} at {self.address} calls everything malware")

    def _names(self, data: bytes) -> str:
        """The signature that data match; empty: none.

        :raises _TooLargeError: when the engine takes no so large a stream.
        """
        answer = self._ask(b"INSTREAM", data)
        found = _FOUND.fullmatch(answer)
        if found is not None:
            return found["name"][:120]
        if answer == "stream: OK":
            return ""
        if "size limit exceeded" in answer:
            raise _TooLargeError
        raise Unanswerable(f"{self.address} answered {answer[:80]!r}")

    def _ask(self, command: bytes, data: bytes | None = None) -> str:
        try:
            with _connected(self.address) as link:
                link.sendall(b"z" + command + b"\0")
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it answers before it hangs up
                    for at in range(0, len(data or b""), CHUNK):
                        piece = (data or b"")[at : at + CHUNK]
                        link.sendall(struct.pack("!I", len(piece)) + piece)
                    if data is not None:
                        link.sendall(struct.pack("!I", 0))
                return _answer(link)
        except (OSError, ValueError) as error:
            said = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise Unanswerable(f"clamd at {self.address} does not answer: {said}") from error


class _TooLargeError(Exception):
    pass


def engine(address: str) -> Clamd:
    """The engine at an address, or the first that answers at the usual ones.

    :param address: as in `Clamd`; empty: the usual places.
    :raises ConfigError: for an address that is none.
    :raises Unanswerable: when there is none, with the reason.
    """
    if address:
        _parts(address)
        return Clamd(address)
    why = ""
    for each in USUAL:
        if each.startswith("unix:") and not Path(each.removeprefix("unix:")).exists():
            continue
        try:
            return Clamd(each)
        except Unanswerable as error:
            why = str(error) if each.startswith("unix:") or "signatures" in str(error) else why
    raise Unanswerable(why or f"no malware engine runs here: clamd is at none of its usual places ({HOW})")


def _parts(address: str) -> tuple[str, str, int]:
    kind, _, rest = address.partition(":")
    host, _, port = rest.rpartition(":")
    if kind == "unix" and rest:
        return kind, rest, 0
    if kind == "tcp" and host and port.isascii() and port.isdigit():
        return kind, host.strip("[]"), int(port)
    raise ConfigError(f"clamd {address}", "is no address", "write unix:/run/clamav/clamd.ctl or tcp:127.0.0.1:3310")


def _connected(address: str) -> socket.socket:
    kind, host, port = _parts(address)
    if kind == "tcp":
        return socket.create_connection((host, port), timeout=SECONDS)
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        link.settimeout(SECONDS)
        link.connect(host)
    except BaseException:
        link.close()
        raise
    return link


def _answer(link: socket.socket) -> str:
    read = b""
    while b"\0" not in read and len(read) < _ANSWER:
        piece = link.recv(_ANSWER)
        if not piece:
            break
        read += piece
    return read.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _bundled(files: Iterable[tuple[str, bytes]]) -> Iterator[list[tuple[str, bytes]]]:
    """Large files alone, small ones together."""
    kept: list[tuple[str, bytes]] = []
    size = 0
    for path, data in files:
        if not data:
            continue
        if len(data) > _SMALL:
            yield [(path, data)]
            continue
        kept.append((path, data))
        size += len(data)
        if size > _BUNDLE:
            yield kept
            kept, size = [], 0
    if kept:
        yield kept


def _archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for number, (_, data) in enumerate(files):
            member = tarfile.TarInfo(f"{number}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return made.getvalue()
