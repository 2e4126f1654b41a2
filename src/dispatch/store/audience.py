"""Freeze an issue's audience into deliveries, chunk by chunk.

Each chunk moves the content marks of the readers it planned, and the issue's own mark
of how far planning came, in one transaction: a crash is taken up where it stopped.
Whoever is not due by their cadence keeps their mark, and is asked again next time.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, text

from dispatch.model import (
    HELD_BACK,
    Cadence,
    Choice,
    Departure,
    Issue,
    MailFormat,
    MailingKind,
)
from dispatch.store import elsewhere, issues, mailings
from dispatch.store.elsewhere import Elsewhere
from dispatch.store.transaction import Tx, among
from dispatch.store.types import to_micros

Begun = Mapping[Cadence, datetime]
"""When the day, the week and the month of an issue's slot began."""

DUE = """
       (u.cadence = 'each' OR u.covered_at IS NULL
        OR u.covered_at < CASE u.cadence WHEN 'daily' THEN :daily
                          WHEN 'weekly' THEN :weekly ELSE :monthly END)
"""
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
   AND u.id > :after AND u.id <= :upto AND u.covered_to < :position AND {DUE}
 ORDER BY u.id
""")  # noqa: S608 - constants of this file
ADVANCE = text("""
UPDATE issue SET planned_to = :upto
 WHERE id = :issue AND state = 'ready' AND revision = :revision
   AND COALESCE(planned_to, 0) = :after
""")
# Who was read above, and nobody who came to be active since: they had no mail.
COVER = among("""
UPDATE subscription SET covered_to = :position,
       covered_at = CASE WHEN covered_at >= :slot THEN covered_at ELSE :slot END
 WHERE id IN {ids} AND covered_to < :position
""")
# Who found nothing to read in it may still have this week's mail.
READ_ON = among("""
UPDATE subscription SET covered_to = :position
 WHERE id IN {ids} AND covered_to < :position
""")
# A pause is no backlog, nor is a mailbox that bounced: what was due then is over.
PASS_BY = text(f"""
UPDATE subscription AS u SET covered_to = :position,
       covered_at = CASE WHEN u.covered_at >= :slot THEN u.covered_at ELSE :slot END
 WHERE u.newsletter = :newsletter AND u.state IN ('paused', 'suspended')
   AND u.id > :after AND u.id <= :upto AND u.covered_to < :position AND {DUE}
""")  # noqa: S608 - constants of this file
PLANNED_TO = text("""
SELECT COALESCE(planned_to, 0) FROM issue
 WHERE id = :issue AND state = 'ready' AND revision = :revision
""")
MARK = text("""
UPDATE newsletter SET mark = :position WHERE name = :newsletter AND mark < :position
""")
BEHIND = text(f"""
SELECT min(u.covered_to) FROM subscription u
 WHERE u.newsletter = :newsletter AND u.state = 'active'
   AND u.covered_to < :position AND {DUE}
""")  # noqa: S608 - constants of this file
SIZE = text(f"""
SELECT count(*) FROM subscription u JOIN subscriber p ON p.id = u.subscriber
 WHERE u.newsletter = :newsletter AND u.state = 'active'
   AND u.covered_to < :position AND {DUE}
   AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.mailbox_hash = p.mailbox_hash)
""")  # noqa: S608 - constants of this file
# Bodies tell how far the readers of each had read.
GIVE_BACK = text("""
UPDATE subscription SET covered_to = :start, covered_at = NULL
 WHERE cadence <> 'each' AND covered_to = :position AND id IN (
       SELECT subscription FROM delivery
        WHERE mailing IN (SELECT id FROM mailing WHERE issue = :issue)
          AND body = :body AND state = 'skipped' AND reason = 'cancelled'
          AND dot_at IS NULL)
""")
LAST = 2**62  # behind every id

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
    asked = where | _asked(issue, begun) | {"upto": window.upto}
    readers = tx.execute(AUDIENCE, asked).all()
    choices = _choices(tx, readers, others)
    missing = frozenset(choices.values()) - bodies.keys()
    if missing:
        return Chunk(missing=missing)
    step = mine | {"upto": window.upto, "after": after}
    if window.number and not tx.execute(ADVANCE, step).rowcount:
        return Chunk()  # another planner was here: the next chunk is somewhere else
    tx.execute(PASS_BY, asked | {"upto": LAST if last else window.upto})
    planned = _deliver(tx, mailing, choices, bodies, departure)
    _cover(tx, asked, readers, choices, bodies)
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


def behind(tx: Tx, newsletter: str, mark: int, begun: Begun) -> int | None:
    """Return the oldest mark of those who are due and have not had all up to `mark`.

    None when nobody is. Reads every subscription: not for a write.
    """
    values = {"newsletter": newsletter, "position": mark, **_moments(begun)}
    found: int | None = tx.execute(BEHIND, values).scalar_one()
    return found


def give_back(tx: Tx, issue: Issue) -> None:
    """Give readers who have mail rarely back what a cancelled issue had for them.

    For the others it is over; these would lose a week or a month by it. Their next
    issue, in the same period still, has it all.
    """
    for one in issues.variants(tx, issue.id):
        values = {
            "issue": issue.id,
            "body": one.body,
            "start": one.choice.from_position,
            "position": issue.to_position,
        }
        tx.execute(GIVE_BACK, values)


def size(tx: Tx, issue: Issue, begun: Begun) -> int:
    """Count who is due for an issue that is yet to be planned, and may be written to.

    Those whose topics it has nothing of are among them: nobody knows before it is made.
    """
    values = {"newsletter": issue.newsletter, **_asked(issue, begun)}
    found: int = tx.execute(SIZE, values).scalar_one()
    return found


@lru_cache(maxsize=1024)
def _choice(topics: str, asked: str, covered_to: int, languages: str) -> Choice:
    """Return a choice from its columns; most readers of a chunk share a few."""
    return Choice(
        topics=tuple(sorted(json.loads(topics))),
        format=MailFormat(asked),
        from_position=covered_to,
        languages=tuple(sorted(json.loads(languages))),
    )


def _asked(issue: Issue, begun: Begun | None) -> dict[str, int]:
    """Return what decides who is due for an issue."""
    return {
        "position": issue.to_position,
        "slot": to_micros(issue.slot),
        **_moments(begun or {}),
    }


def _moments(begun: Begun) -> dict[str, int]:
    return {
        cadence.value: to_micros(begun[cadence]) if cadence in begun else 0
        for cadence in Cadence
        if cadence is not Cadence.EACH
    }


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
        first = max(0, departure.canary - mailings.size(tx, mailing))
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


def _cover(
    tx: Tx,
    asked: Mapping[str, object],
    readers: Sequence[Row[Any]],
    choices: Mapping[int, Choice],
    bodies: Mapping[Choice, str],
) -> None:
    """Move the marks of all who were due, whether or not they could be written to."""
    unmoved = {id_ for id_, one in choices.items() if not bodies[one]}
    moved = [reader.id for reader in readers if reader.id not in unmoved]
    position = {"position": asked["position"]}
    if moved:
        tx.change_among(COVER, moved, position | {"slot": asked["slot"]})
    if unmoved:
        tx.change_among(READ_ON, sorted(unmoved), position)


def _close_audience(tx: Tx, issue: Issue, departure: Departure) -> None:
    marked = {"newsletter": issue.newsletter, "position": issue.to_position}
    tx.execute(MARK, marked)
    mailings.close_audience(tx, issue.id, departure)
