"""Freeze an issue's audience into deliveries, chunk by chunk.

Each chunk moves the content marks of the readers it planned, and the issue's own mark
of how far planning came, in one transaction: a crash is taken up where it stopped.
Whoever is not due by their cadence keeps their mark, and is asked again next time.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
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
from dispatch.store import elsewhere, mailings, marks, tallies
from dispatch.store.elsewhere import Elsewhere
from dispatch.store.marks import Begun
from dispatch.store.transaction import Tx

# Read along the index alone, so that readers who are not due cost next to nothing.
WINDOW = text("""
SELECT count(*) AS number, COALESCE(max(id), 0) AS upto FROM (
       SELECT id FROM subscription
        WHERE newsletter = :newsletter AND state = 'active' AND id > :after
        ORDER BY id LIMIT :most) AS next_readers
""")
AUDIENCE = text(f"""
SELECT u.id, u.topics, u.format, u.languages, u.covered_to, p.address, p.mailbox_hash,
       EXISTS (SELECT 1 FROM suppression s
                WHERE s.mailbox_hash = p.mailbox_hash) AS barred
  FROM subscription u JOIN subscriber p ON p.id = u.subscriber
 WHERE u.newsletter = :newsletter AND u.state = 'active'
   AND u.id > :after AND u.id <= :upto AND u.covered_to < :position AND {marks.DUE}
 ORDER BY u.id
""")  # noqa: S608 - constants of this file
ADVANCE = text("""
UPDATE issue SET planned_to = :upto
 WHERE id = :issue AND state = 'ready' AND revision = :revision
   AND COALESCE(planned_to, 0) = :after
""")
PLANNED_TO = text("""
SELECT COALESCE(planned_to, 0) FROM issue
 WHERE id = :issue AND state = 'ready' AND revision = :revision
""")
MARK = text("""
UPDATE newsletter SET mark = :position WHERE name = :newsletter AND mark < :position
""")
SIZE = text(f"""
SELECT count(*) FROM subscription u JOIN subscriber p ON p.id = u.subscriber
 WHERE u.newsletter = :newsletter AND u.state = 'active'
   AND u.covered_to < :position AND {marks.DUE}
   AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.mailbox_hash = p.mailbox_hash)
""")  # noqa: S608 - constants of this file
BEHIND = text(f"{SIZE.text} AND u.covered_to < :start")
COPIES = text(
    SIZE.text.replace(
        "SELECT count(*)",
        "SELECT u.topics, u.format, u.languages, u.covered_to, count(*) AS readers",
    )
    + """
 GROUP BY u.topics, u.format, u.languages, u.covered_to
 ORDER BY readers DESC, u.covered_to DESC, u.topics, u.format, u.languages
 LIMIT :most
"""
)

AT_ONCE = Departure()
NOTHING = Elsewhere()


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
    begun: Begun | None = None,
    others: Elsewhere = NOTHING,
    most: int = 500,
    departure: Departure = AT_ONCE,
) -> Chunk:
    """Plan the next `most` readers of a READY issue: deliveries, content marks, books.

    `bodies` has the frozen body of each choice, or "" where the choice leaves nothing
    to read; those readers get no mail, and their mark moves all the same. When a
    choice is missing nothing is written, and `missing` names all of this chunk. On
    the last chunk the newsletter's mark moves and the issue becomes PLANNED, to leave
    as `departure` says.

    Without `begun` the issue is for those alone who want each. What readers had by
    the mails of `others` is left out of theirs.
    """
    mine = {"issue": issue.id, "revision": issue.revision}
    after = tx.execute(PLANNED_TO, mine).scalar_one_or_none()
    if after is None:
        return Chunk(finished=True)  # planned, or composed anew, by somebody else
    where = {"newsletter": issue.newsletter, "after": after}
    window = tx.execute(WINDOW, where | {"most": most}).one()
    last = window.number < most
    asked = where | marks.asked(issue, begun) | {"upto": window.upto}
    readers = tx.execute(AUDIENCE, asked).all()
    choices = _choices(tx, readers, others)
    missing = frozenset(choices.values()) - bodies.keys()
    if missing:
        return Chunk(missing=missing)
    step = mine | {"upto": window.upto, "after": after}
    if window.number and not tx.execute(ADVANCE, step).rowcount:
        return Chunk()  # another planner was here: the next chunk is somewhere else
    marks.pass_by(tx, asked, last=last)
    planned = _deliver(tx, mailing, choices, bodies, departure)
    unmoved = {id_ for id_, one in choices.items() if not bodies[one]}
    marks.cover(tx, asked, [reader.id for reader in readers], unmoved)
    if last:
        _close_audience(tx, issue, departure)
    return Chunk(planned, finished=last)


def _choices(
    tx: Tx, readers: Sequence[Row[Any]], others: Elsewhere
) -> dict[int, Choice]:
    """Return what each reader asks for who can be written to, by subscription."""
    choices = {reader.id: choice(reader) for reader in readers if not reader.barred}
    for reader, had in elsewhere.had(tx, others, [*choices]).items():
        asked = choices[reader]
        without = elsewhere.newer(others, had, asked.from_position)
        choices[reader] = replace(asked, without=without)
    return choices


def choice(reader: Row[Any]) -> Choice:
    """Return what a row of the audience asks for: everything since they had mail."""
    return _choice(reader.topics, reader.format, reader.covered_to, reader.languages)


def size(tx: Tx, issue: Issue, begun: Begun) -> int:
    """Count who is due for an issue that is yet to be planned, and may be written to.

    Those whose topics it has nothing of are among them: nobody knows before it is made.
    """
    values = {"newsletter": issue.newsletter, **marks.asked(issue, begun)}
    found: int = tx.execute(SIZE, values).scalar_one()
    return found


def behind(tx: Tx, issue: Issue, begun: Begun) -> int:
    """Count those of `size` whose copy also has what earlier issues had."""
    values = {"newsletter": issue.newsletter, **marks.asked(issue, begun)}
    values["start"] = issue.from_position
    found: int = tx.execute(BEHIND, values).scalar_one()
    return found


def copies(
    tx: Tx, issue: Issue, begun: Begun, *, most: int
) -> tuple[tuple[Choice, int], ...]:
    """Return what those of `size` ask for and how many ask for each, most first.

    What they had from another newsletter is not looked at.
    """
    values = {"newsletter": issue.newsletter, **marks.asked(issue, begun)}
    rows = tx.execute(COPIES, values | {"most": most}).all()
    return tuple((choice(row), row.readers) for row in rows)


@lru_cache(maxsize=1024)
def _choice(topics: str, asked: str, covered_to: int, languages: str) -> Choice:
    """Return a choice from its columns; most readers of a chunk share a few."""
    return Choice(
        topics=tuple(sorted(json.loads(topics))),
        format=MailFormat(asked),
        from_position=covered_to,
        languages=tuple(sorted(json.loads(languages))),
    )


def _deliver(
    tx: Tx,
    mailing: int,
    choices: Mapping[int, Choice],
    bodies: Mapping[Choice, str],
    departure: Departure,
) -> int:
    """Add a delivery for everybody to whom the issue has something to say.

    All but the first few wait where the first are a canary.
    """
    mailed = [(id_, body) for id_, one in choices.items() if (body := bodies[one])]
    first = len(mailed)
    if departure.canary:
        first = max(0, departure.canary - tallies.size_of_mailing(tx, mailing))
    planned = 0
    for priority, part in (
        (MailingKind.ISSUE.priority, mailed[:first]),
        (HELD_BACK, mailed[first:]),
    ):
        readers: dict[str, list[int]] = defaultdict(list)
        for id_, body in part:
            readers[body].append(id_)
        for body, ids in readers.items():
            planned += mailings.add_readers(tx, mailing, body, ids, priority=priority)
    return planned


def _close_audience(tx: Tx, issue: Issue, departure: Departure) -> None:
    marked = {"newsletter": issue.newsletter, "position": issue.to_position}
    tx.execute(MARK, marked)
    mailings.close_audience(tx, issue.id, departure)
