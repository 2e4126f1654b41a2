"""Freeze an issue's audience into deliveries, chunk by chunk.

Each chunk moves the content marks of the readers it planned, and the issue's own mark
of how far planning came, in one transaction: a crash is taken up where it stopped.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from dispatch.model import (
    HELD_BACK,
    Choice,
    Departure,
    Issue,
    MailFormat,
    MailingKind,
)
from dispatch.store import mailings
from dispatch.store.transaction import Tx

AUDIENCE = text("""
SELECT u.id, u.topics, u.format, u.covered_to, p.address, p.mailbox_hash
  FROM subscription u JOIN subscriber p ON p.id = u.subscriber
 WHERE u.newsletter = :newsletter AND u.state = 'active' AND u.id > :after
   AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.mailbox_hash = p.mailbox_hash)
 ORDER BY u.id LIMIT :most
""")
ADVANCE = text("""
UPDATE issue SET planned_to = :upto
 WHERE id = :issue AND state = 'ready' AND revision = :revision
   AND COALESCE(planned_to, 0) = :after
""")
COVER = text("""
UPDATE subscription SET covered_to = :position
 WHERE newsletter = :newsletter AND state = 'active' AND id > :after AND id <= :upto
   AND covered_to < :position
""")
PLANNED_TO = text("""
SELECT COALESCE(planned_to, 0) FROM issue
 WHERE id = :issue AND state = 'ready' AND revision = :revision
""")
MARK = text("""
UPDATE newsletter SET mark = :position WHERE name = :newsletter AND mark < :position
""")

AT_ONCE = Departure()


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one planning unit did. `missing` choices have no body yet: nothing done."""

    planned: int = 0
    finished: bool = False
    missing: frozenset[Choice] = frozenset()


def plan_chunk(
    tx: Tx,
    issue: Issue,
    mailing: int,
    bodies: Mapping[Choice, str],
    *,
    most: int = 500,
    departure: Departure = AT_ONCE,
) -> Chunk:
    """Plan the next `most` readers of a READY issue: deliveries, content marks, books.

    `bodies` has the frozen body of each choice, or "" where the choice leaves nothing
    to read; those readers get no mail, and their mark moves all the same. When a
    choice is missing nothing is written, and `missing` names all of this chunk. On
    the last chunk the newsletter's mark moves and the issue becomes PLANNED, to leave
    as `departure` says.
    """
    mine = {"issue": issue.id, "revision": issue.revision}
    after = tx.execute(PLANNED_TO, mine).scalar_one_or_none()
    if after is None:
        return Chunk(finished=True)  # planned, or composed anew, by somebody else
    readers = _audience(tx, issue, after, most)
    choices = [choice(issue, reader) for reader in readers]
    missing = frozenset(choices) - bodies.keys()
    if missing:
        return Chunk(missing=missing)
    if readers and not _advance(tx, issue, after, readers[-1].id):
        return Chunk()  # another planner was here: the next chunk is somewhere else
    rows = [
        _row(reader, bodies[asked])
        for reader, asked in zip(readers, choices, strict=True)
        if bodies[asked]
    ]
    if departure.canary:
        _hold_back(tx, mailing, rows, departure.canary)
    planned = mailings.add(tx, mailing, MailingKind.ISSUE, rows)
    if len(readers) < most:
        _close_audience(tx, issue, departure)
        return Chunk(planned, finished=True)
    return Chunk(planned)


def choice(issue: Issue, reader: Row[Any]) -> Choice:
    """Return what a row of the audience asks of `issue`.

    Nobody is sent entries from before the issue's own; whoever has read further, by
    signing up in between, starts there.
    """
    return Choice(
        topics=tuple(sorted(json.loads(reader.topics))),
        format=MailFormat(reader.format),
        from_position=max(reader.covered_to, issue.from_position),
    )


def _audience(tx: Tx, issue: Issue, after: int, most: int) -> Sequence[Row[Any]]:
    values = {"newsletter": issue.newsletter, "after": after, "most": most}
    return tx.execute(AUDIENCE, values).all()


def _advance(tx: Tx, issue: Issue, after: int, upto: int) -> bool:
    span = {"after": after, "upto": upto}
    mine = {"issue": issue.id, "revision": issue.revision}
    if not tx.execute(ADVANCE, mine | span).rowcount:
        return False
    covered = {"newsletter": issue.newsletter, "position": issue.to_position}
    tx.execute(COVER, covered | span)
    return True


def _row(reader: Row[Any], body: str) -> dict[str, object]:
    return {
        "recipient": reader.address,
        "mailbox_hash": reader.mailbox_hash,
        "subscription": reader.id,
        "body": body,
    }


def _hold_back(
    tx: Tx, mailing: int, rows: Sequence[dict[str, object]], canary: int
) -> None:
    """Let all but the first `canary` of the mailing wait until they are released."""
    already = mailings.size(tx, mailing)
    for row in rows[max(0, canary - already) :]:
        row["priority"] = HELD_BACK


def _close_audience(tx: Tx, issue: Issue, departure: Departure) -> None:
    marked = {"newsletter": issue.newsletter, "position": issue.to_position}
    tx.execute(MARK, marked)
    mailings.close_audience(tx, issue.id, departure)
