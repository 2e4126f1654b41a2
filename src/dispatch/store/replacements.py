"""What becomes of an issue's rows when another version takes the place of a wrong one.

`issue.replaced` is the first revision that may still leave. Rows that the server took
are left alone; rows in doubt stay in doubt, since the old version is never sent again;
all others get the new one (`store.refit`).
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from dispatch.store.transaction import Tx
from dispatch.store.types import to_micros

MOST = 500  # rows of one unit

MINE = "mailing IN (SELECT id FROM mailing WHERE issue = :issue AND kind = 'issue')"
OLD = """
 body NOT IN (SELECT v.body FROM variant v JOIN issue i ON i.id = v.issue
               WHERE v.issue = :issue AND v.revision >= i.replaced)
"""
# The same, seen from any delivery: its message was replaced by another.
SUPERSEDED = """
 EXISTS (SELECT 1 FROM mailing m JOIN issue i ON i.id = m.issue
          WHERE m.id = delivery.mailing AND m.kind = 'issue' AND i.replaced > 0
            AND delivery.body NOT IN (
                SELECT v.body FROM variant v
                 WHERE v.issue = i.id AND v.revision >= i.replaced))
"""

REPLACE = text("UPDATE issue SET replaced = revision WHERE id = :issue")
# A resent one may have arrived the first time; the old version must not go again.
DOUBT = text(f"""
UPDATE delivery SET state = 'unknown', fence = fence + 1, lease_until = :now,
       worker = '', reason = 'replaced while it was sent once more'
 WHERE {MINE} AND {OLD} AND state IN ('pending', 'claimed', 'deferred') AND resends > 0
""")  # noqa: S608 - constants of this file
# The server refused each of their dots, so nobody has the old version.
REFUSED = text(f"""
UPDATE delivery SET dot_at = NULL WHERE id IN (
       SELECT id FROM delivery
        WHERE {MINE} AND {OLD} AND state IN ('pending', 'claimed', 'deferred')
          AND resends = 0 AND dot_at IS NOT NULL
        LIMIT :most)
""")  # noqa: S608
COUNTS = text(f"""
SELECT state, count(*) AS number FROM delivery WHERE {MINE} AND {OLD} GROUP BY state
""")  # noqa: S608


@dataclass(frozen=True, slots=True)
class OldCopies:
    """How many rows still hang on a version that was replaced, by what they are."""

    accepted: int = 0  # have it
    in_doubt: int = 0  # may have it: unknown, or closed
    at_dot: int = 0  # their answer is awaited
    to_leave: int = 0


def begin(tx: Tx, issue: str) -> None:
    """Say that nothing older than the issue's revision of now may leave."""
    tx.execute(REPLACE, {"issue": issue})


def settle_old(tx: Tx, issue: str) -> bool:
    """Sort some rows of older versions; whether there may be more of them."""
    tx.execute(DOUBT, {"issue": issue, "now": to_micros(tx.now())})
    return tx.execute(REFUSED, {"issue": issue, "most": MOST}).rowcount == MOST


def old_copies(tx: Tx, issue: str) -> OldCopies:
    """Count the rows whose message is of a version that was replaced."""
    found: dict[str, Any] = {
        row.state: row.number for row in tx.execute(COUNTS, {"issue": issue})
    }
    return OldCopies(
        accepted=found.get("accepted", 0),
        in_doubt=found.get("unknown", 0) + found.get("closed", 0),
        at_dot=found.get("dot", 0),
        to_leave=sum(found.get(one, 0) for one in ("pending", "claimed", "deferred")),
    )
