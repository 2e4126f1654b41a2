"""A small IMAP server on loopback: real conversation, real faults, on demand."""

import contextlib
import socket
import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dispatch.collect import inbox

MONTHS = inbox.MONTHS


@dataclass
class Stored:
    uid: int
    raw: bytes
    arrived: datetime
    size: int = 0  # what it claims, when that is not the truth
    deleted: bool = False


@dataclass
class Behaviour:
    """What the server does wrong. Each is off until a test sets it."""

    greeting: bytes = b"* OK ready\r\n"
    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    drop_at: str = ""  # a command at which the connection is cut
    drop_after: int = 0  # … from the nth time on
    silent_at: str = ""  # a command that is never answered
    say_at: dict = field(default_factory=dict)  # command → bytes instead of an answer
    read_only: bool = False  # whatever was asked for
    after_starttls: bytes = b""  # what somebody injects in clear


class Server:
    """`server.deliver(raw)`; `server.heard` are the commands that came in."""

    def __init__(self, tls=None, implicit=False):
        self.tls, self.implicit = tls, implicit
        self.login = ("desk@example.org", "a secret")
        self.mailboxes = {"INBOX": []}
        self.uidvalidity = 7
        self.next_uid = 1
        self.behaviour = Behaviour()
        self.heard = []
        self.counts = {}
        self.stopping = threading.Event()
        self._open = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._accept)

    def deliver(self, raw, *, arrived, mailbox="INBOX", size=0):
        """Put a mail into a mailbox; return its UID."""
        uid, self.next_uid = self.next_uid, self.next_uid + 1
        self.mailboxes.setdefault(mailbox, []).append(Stored(uid, raw, arrived, size))
        return uid

    def renumber(self):
        """What a restored or moved mailbox does: all numbers are new."""
        self.uidvalidity += 1
        for at, one in enumerate(self.mailboxes["INBOX"], 1):
            one.uid = at
        self.next_uid = len(self.mailboxes["INBOX"]) + 1

    def fetched(self):
        """The UIDs whose whole message was asked for."""
        return [int(one.split()[2]) for one in self.heard if "BODY.PEEK[])" in one]

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for one in self._open:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(one, socket.SHUT_RDWR)
            one.close()
        self._thread.join()

    def _accept(self):
        threads = []
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listening.accept()
                threads.append(threading.Thread(target=self._serve, args=(sock,)))
                threads[-1].start()
        for one in threads:
            one.join()

    def _serve(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open.append(sock)
        try:
            if self.implicit:
                sock = self.tls.wrap_socket(sock, server_side=True)
                self._open.append(sock)
            _Conversation(self, sock).hold()
        except (OSError, ssl.SSLError, ValueError):
            pass
        finally:
            sock.close()


class _Conversation:
    def __init__(self, server, sock):
        self.server, self.sock = server, sock
        self.file = sock.makefile("rb")
        self.box = None

    def hold(self):
        self.sock.sendall(self.server.behaviour.greeting)
        while line := self.file.readline():
            tag, _, rest = line.decode("ascii").rstrip("\r\n").partition(" ")
            self.server.heard.append(rest)
            words = rest.split(" ", 1)
            command = words[0].upper()
            if command == "UID":
                command = "UID " + words[1].split()[0].upper()
            if not self.misbehave(command):
                self.answer(tag, command, rest)
            if command == "LOGOUT":
                return

    def misbehave(self, command):
        how, counts = self.server.behaviour, self.server.counts
        counts[command] = counts.get(command, 0) + 1
        if command == how.drop_at and counts[command] > how.drop_after:
            raise OSError
        if command == how.silent_at:
            self.server.stopping.wait(30)
            raise OSError
        if command in how.say_at:
            self.sock.sendall(how.say_at[command])
            return True
        return False

    def say(self, *lines):
        for line in lines:
            data = line if isinstance(line, bytes) else line.encode("ascii")
            self.sock.sendall(data + b"\r\n")

    def answer(self, tag, command, rest):
        handler = getattr(self, "do_" + command.replace(" ", "_").lower(), None)
        if handler is None:
            self.say(f"{tag} BAD what?")
        else:
            handler(tag, rest)

    def do_capability(self, tag, _):
        self.say(f"* CAPABILITY {self.server.behaviour.capabilities}", f"{tag} OK done")

    def do_noop(self, tag, _):
        self.say(f"{tag} OK done")

    def do_logout(self, tag, _):
        self.say("* BYE farewell", f"{tag} OK done")

    def do_starttls(self, tag, _):
        self.sock.sendall(
            f"{tag} OK go\r\n".encode() + self.server.behaviour.after_starttls
        )
        self.sock = self.server.tls.wrap_socket(self.sock, server_side=True)
        self.server._open.append(self.sock)
        self.file = self.sock.makefile("rb")

    def do_login(self, tag, rest):
        user, password = (f'"{one}"' for one in self.server.login)
        good = rest.split(" ", 1)[1] == f"{user} {password}"
        self.say(f"{tag} OK in" if good else f"{tag} NO [AUTHENTICATIONFAILED] {rest}")

    def do_authenticate(self, tag, _):
        import base64  # noqa: PLC0415 - only here

        self.say("+ ")
        given = base64.b64decode(self.file.readline())
        good = given == "\0{}\0{}".format(*self.server.login).encode()
        self.say(f"{tag} OK in" if good else f"{tag} NO {given!r}")

    def do_examine(self, tag, rest):
        name = rest.split(" ", 1)[1].strip('"').replace('\\"', '"')
        box = self.server.mailboxes.get(name.replace("\\\\", "\\"))
        if box is None:
            self.say(f"{tag} NO there is none")
            return
        self.box = box
        self.say(
            f"* {len(box)} EXISTS",
            "* 0 RECENT",
            "* FLAGS (\\Seen)",
            f"* OK [UIDVALIDITY {self.server.uidvalidity}] lasting",
            f"{tag} OK [READ-ONLY] done",
        )

    def do_select(self, tag, rest):
        name = rest.split(" ", 1)[1].strip('"')
        box = self.server.mailboxes.get(name)
        if box is None:
            self.say(f"{tag} NO there is none")
            return
        self.box = box
        right = "READ-ONLY" if self.server.behaviour.read_only else "READ-WRITE"
        self.say(f"* {len(box)} EXISTS", f"{tag} OK [{right}] done")

    def do_uid_store(self, tag, rest):
        uid = int(rest.split()[2])
        for one in self.box:
            one.deleted = one.deleted or one.uid == uid
        self.say(f"{tag} OK done")

    def do_expunge(self, tag, _, only=None):
        self.box[:] = [
            one for one in self.box if not one.deleted or only not in (None, one.uid)
        ]
        self.say(f"{tag} OK done")

    def do_uid_expunge(self, tag, rest):
        self.do_expunge(tag, rest, only=int(rest.split()[2]))

    def do_uid_copy(self, tag, rest):
        _, _, uid, name = rest.split(" ", 3)
        target = self.server.mailboxes.get(name.strip('"'))
        if target is None:
            self.say(f"{tag} NO [TRYCREATE] there is none")
            return
        target += [one for one in self.box if one.uid == int(uid)]
        self.say(f"{tag} OK done")

    def do_uid_move(self, tag, rest):
        _, _, uid, name = rest.split(" ", 3)
        target = self.server.mailboxes[name.strip('"')]
        target += [one for one in self.box if one.uid == int(uid)]
        self.box[:] = [one for one in self.box if one.uid != int(uid)]
        self.say(f"{tag} OK done")

    def do_uid_search(self, tag, rest):
        words = rest.split()
        first = int(words[3].partition(":")[0])
        since = datetime.min.replace(tzinfo=UTC)
        if "SINCE" in words:
            day, month, year = words[words.index("SINCE") + 1].split("-")
            at = MONTHS.index(month) + 1
            since = datetime(int(year), at, int(day), tzinfo=UTC)
        last = max((one.uid for one in self.box), default=0)
        found = [
            str(one.uid)
            for one in self.box
            if (one.uid >= first or one.uid == last)
            and one.arrived >= since
            and not (one.deleted and "UNDELETED" in words)
        ]
        self.say("* SEARCH" + "".join(f" {uid}" for uid in found), f"{tag} OK done")

    def do_uid_fetch(self, tag, rest):
        uid = int(rest.split()[2])
        at, one = next(
            ((n, m) for n, m in enumerate(self.box, 1) if m.uid == uid), (0, None)
        )
        self.say("* 1 FETCH (FLAGS (\\Seen))")  # what another client did meanwhile
        if one is not None and "BODY.PEEK[HEADER]" in rest:
            header = one.raw.partition(b"\n\n")[0].partition(b"\r\n\r\n")[0] + b"\r\n"
            arrived = one.arrived
            stamp = f"{arrived.day:2}-{MONTHS[arrived.month - 1]}-{arrived.year}"
            self.say(
                f"* {at} FETCH (UID {uid} RFC822.SIZE {one.size or len(one.raw)} "
                f'INTERNALDATE "{stamp} {arrived:%H:%M:%S} +0000" '
                f"BODY[HEADER]<0> {{{len(header)}}}"
            )
            self.sock.sendall(header + b")\r\n")
        elif one is not None:
            whole = "BODY.PEEK[])" in rest
            raw = one.raw if whole else one.raw[: int(rest.split(".")[-1][:-2])]
            at_0 = "" if whole else "<0>"
            self.say(f"* {at} FETCH (UID {uid} BODY[]{at_0} {{{len(raw)}}}")
            self.sock.sendall(raw + b")\r\n")
        self.say(f"{tag} OK done")
