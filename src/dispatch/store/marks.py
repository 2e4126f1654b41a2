"""Readers' marks: how far each has read, and the slot of the newest issue of theirs.

Only planning moves them; cancelling and expiring give some back. `compose.cadence` says
when a period began, and in words who is due; DUE says it in SQL, for a whole issue.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import text

from dispatch.model import Cadence, Issue
from dispatch.store import variants
from dispatch.store.transaction import Tx, among
from dispatch.store.types import to_micros

Begun = Mapping[Cadence, datetime]
"""When the day, the week and the month of an issue's slot began."""

DUE = """
       (u.cadence = 'each' OR u.covered_at IS NULL
        OR u.covered_at < CASE u.cadence WHEN 'daily' THEN :daily
                          WHEN 'weekly' THEN :weekly ELSE :monthly END)
"""
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
BEHIND = text(f"""
SELECT min(u.covered_to) FROM subscription u
 WHERE u.newsletter = :newsletter AND u.state = 'active'
   AND u.covered_to < :position AND {DUE}
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
# What was sent once more after a doubt may have come the first time. Whoever got
# another issue since is left alone: its stories would come twice.
EXPIRED = among("""
SELECT d.subscription, d.body, m.issue, i.to_position AS position
  FROM delivery d JOIN mailing m ON m.id = d.mailing JOIN issue i ON i.id = m.issue
  JOIN subscription u ON u.id = d.subscription AND u.covered_to = i.to_position
 WHERE d.id IN {ids} AND d.state = 'expired' AND d.resends = 0 AND m.kind = 'issue'
""")
UNREAD = among("""
UPDATE subscription SET covered_to = :start, covered_at = NULL
 WHERE id IN {ids} AND covered_to = :position
""")
LAST = 2**62  # behind every id


def asked(issue: Issue, begun: Begun | None) -> dict[str, int]:
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


def cover(
    tx: Tx, asked: Mapping[str, int], readers: Collection[int], unmoved: Collection[int]
) -> None:
    """Move the marks of readers who were due, whether or not they could be written to.

    Those of `unmoved` found nothing to read, and may still have this week's mail.
    """
    moved = [id_ for id_ in readers if id_ not in unmoved]
    position = {"position": asked["position"]}
    if moved:
        tx.change_among(COVER, moved, position | {"slot": asked["slot"]})
    if unmoved:
        tx.change_among(READ_ON, sorted(unmoved), position)


def pass_by(tx: Tx, asked: Mapping[str, object], *, last: bool) -> None:
    """Move the marks of those in the chunk who were due, but paused or suspended.

    The `last` chunk has all that follow, too.
    """
    tx.execute(PASS_BY, {**asked, "upto": LAST} if last else asked)


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
    for body, start in variants.starts(tx, issue.id).items():
        values = {
            "issue": issue.id,
            "body": body,
            "start": start,
            "position": issue.to_position,
        }
        tx.execute(GIVE_BACK, values)


def give_back_expired(tx: Tx, deliveries: Sequence[int]) -> None:
    """Give those whose copy of an issue has just expired back what it had for them.

    They have not had it: their next issue begins where this one did.
    """
    found = tx.run(EXPIRED, {"ids": tx.listed(deliveries)}).all()
    starts = {id_: variants.starts(tx, id_) for id_ in {row.issue for row in found}}
    readers: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row in found:
        start = starts[row.issue].get(row.body, row.position)
        readers[start, row.position].append(row.subscription)
    for (start, position), ids in readers.items():
        values = {"start": start, "position": position}
        tx.change_among(UNREAD, ids, values)
