"""A mailbox that is emptied: each mail is handed over, and goes once it was taken.

Unlike `collect.inbox`, which never touches what it reads. A mail is deleted, or moved
to a folder, after whoever takes it has returned, and never before: a crash between the
two brings it once more. At most the head of a large mail is fetched.
"""

from collections.abc import Callable

from dispatch.collect import imap, inbox
from dispatch.collect.imap import CHATTER, DEFAULT_LIMITS, Client, Context, Limits
from dispatch.errors import SourceError
from dispatch.model import SourceSettings

MOST_MAILS = 500  # of one visit
HEAD = 256 * 1024  # bytes of each

Take = Callable[[bytes], None]


def empty(
    source: SourceSettings,
    take: Take,
    *,
    done: str = "",
    most: int = MOST_MAILS,
    tls: Context | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> int:
    """Hand over up to `most` mails, oldest first; return how many.

    `done` is the folder they go to, if they are to be kept. Raises SourceError, and
    whatever `take` raises: then that mail and those after it stay.
    """
    inbox.check(source)
    where = f"{source.host}:{source.port}"
    client = imap.connect(source, tls, limits)
    try:
        return _Visit(client, where, done).empty(source.mailbox, take, most)
    finally:
        client.leave()


class _Visit:
    """One conversation, from opening the folder to the last mail."""

    def __init__(self, client: Client, where: str, done: str) -> None:
        self._client = client
        self._where = where
        self._done = inbox.wire_name(done) if done else ""

    def empty(self, name: str, take: Take, most: int) -> int:
        taken = 0
        for number in self._open(name)[:most]:
            with imap.in_words(self._where):
                raw = self._fetch(number)
            if raw is not None:
                take(raw)
            with imap.in_words(self._where):
                self._put_away(number)
            taken += 1
        return taken

    def _open(self, name: str) -> list[int]:
        """Open the folder for writing; return the numbers of its mails."""
        with imap.in_words(self._where):
            try:
                answer, _ = self._client.select(inbox.wire_name(name))
            except self._client.readonly:
                answer = "NO"
            if answer == "OK":
                return self._numbers()
        raise SourceError(
            f"{self._where} has no mailbox “{name}”, or does not let us empty it. "
            "Mend `mailbox`."
        )

    def _numbers(self) -> list[int]:
        return sorted(imap.numbers(self._ask("SEARCH", "UID 1:* UNDELETED")))

    def _fetch(self, number: int) -> bytes | None:
        """Return the head of a mail; None for one that is gone."""
        items = f"(UID BODY.PEEK[]<0.{HEAD}>)"
        for part in self._ask("FETCH", str(number), items, room=HEAD):
            if isinstance(part, tuple) and b"BODY[]" in part[0].upper():
                return part[1]
        return None

    def _put_away(self, number: int) -> None:
        """Move a mail that was taken, or delete it: at once, each by itself."""
        able = self._client.capabilities
        if self._done and "MOVE" in able:
            self._ask("MOVE", str(number), self._done)
            return
        if self._done:
            self._ask("COPY", str(number), self._done)
        self._ask("STORE", str(number), "+FLAGS.SILENT", r"(\Deleted)")
        if "UIDPLUS" in able:
            self._ask("EXPUNGE", str(number))
        else:
            self._client.allow(CHATTER)
            self._client.expunge()

    def _ask(
        self, command: str, *arguments: str, room: int = 0
    ) -> list[bytes | tuple[bytes, bytes]]:
        refusal = (
            f"{self._where} refuses {command} in the mailbox of bounces. Let the "
            "user read, delete and move there; `done` must be a folder that exists."
        )
        return self._client.ask(refusal, command, *arguments, room=room)
