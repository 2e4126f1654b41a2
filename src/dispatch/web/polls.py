"""The commonest request of all, answered without the machinery of a request.

A reader's program asks for a feed with the tag of what it has, and has it still:
that is nine tenths of all requests. Such a one is known by its bytes, if it has
come whole, alone, and says nothing but what is known to be harmless; its 304 is the one
that the site would give. Whatever else it may be is none of ours: h11 reads it, and the
site answers.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from dispatch.web import conditional
from dispatch.web.shelf import Published, Shelf

LONGEST = 4096  # bytes of a request
_POLL = re.compile(
    rb"GET /feeds/([A-Za-z0-9_/-]{1,200}\.(?:rss|atom|json|opml)) HTTP/1\.1\r\n"
    rb"((?:[A-Za-z-]{1,40}: [\x20-\x7e]{1,2000}\r\n){2,40})\r\n"
)
# Headers that change nothing about what is answered, or that are looked at here. None
# of them says where a request ends, what it expects, or that the connection closes.
_KNOWN = frozenset(
    b"host user-agent accept accept-encoding accept-language accept-charset "
    b"if-none-match if-modified-since cache-control pragma referer from dnt a-im "
    b"sec-fetch-dest sec-fetch-mode sec-fetch-site x-forwarded-for x-forwarded-host "
    b"x-forwarded-proto x-real-ip connection".split()
)
_STAYS = b"keep-alive"

# What a 200 of a file and its 304 have in common, of its name, tag and date.
Says = Callable[[str, str, datetime], Mapping[str, str]]


class Polls:
    """Knows a poll by its bytes. `now` is asked so that nothing is dated later."""

    def __init__(self, shelf: Shelf, says: Says, now: Callable[[], datetime]) -> None:
        self._shelf, self._says, self._now = shelf, says, now
        self._written: dict[tuple[str, str], tuple[Published, bytes]] = {}

    def answer(self, request: bytes) -> bytes | None:
        """Return the header lines of a 304; None for what is not such a poll.

        Only for what the site has read before. Takes one `stat` and no thread.
        """
        whole = _POLL.fullmatch(request) if len(request) <= LONGEST else None
        fields = _fields(whole[2]) if whole else None
        if whole is None or fields is None:
            return None
        name = whole[1].decode()
        found = self._shelf.glance(name)
        if found is None or found.changed_at > self._now():
            return None
        accepted = fields.get(b"accept-encoding", b"").decode("ascii")
        coding = conditional.liked(accepted, tuple(found.forms))
        wanted = fields[b"if-none-match"].decode("ascii")
        if not conditional.matches(wanted, found.etag(coding)):
            return None
        return self._lines(name, coding, found)

    def _lines(self, name: str, coding: str, found: Published) -> bytes:
        known = self._written.get((name, coding))
        if known is None or known[0] is not found:
            said = self._says(name, found.etag(coding), found.changed_at)
            lines = (f"{key.lower()}: {value}\r\n" for key, value in said.items())
            known = found, "".join(lines).encode("ascii")
            self._written[name, coding] = known
        return known[1]


def _fields(block: bytes) -> dict[bytes, bytes] | None:
    """Return the fields of a header by their names in small letters; None if unsure.

    One that is there twice, or is not known, is for somebody else to judge.
    """
    lines = block.split(b"\r\n")[:-1]
    pairs = [line.split(b": ", 1) for line in lines]
    fields = {name.lower(): value for name, value in pairs}
    stays = fields.get(b"connection", _STAYS).lower() == _STAYS
    plain = len(fields) == len(lines) and fields.keys() <= _KNOWN
    sure = plain and stays and b"host" in fields and b"if-none-match" in fields
    return fields if sure else None
