"""Deliveries that have not left, given the message of their issue's new revision.

A row that was ever at the dot keeps its message: a second try must be the same bytes.
Rows only change their message or their state, so the books stay balanced; nobody
gets a second row. A claim that is on its way with the old message is fenced off.
"""

from collections.abc import Collection

from sqlalchemy import Executable, bindparam, text

from dispatch.store.transaction import Tx
from dispatch.store.types import Words, to_micros

MOST = 500  # rows of one unit

OPEN = """
 mailing IN (SELECT id FROM mailing WHERE issue = :issue AND kind = 'issue')
   AND state IN ('pending', 'claimed', 'deferred') AND dot_at IS NULL
"""
SOME = f"""
SELECT id FROM delivery WHERE {OPEN} AND body = :old ORDER BY id LIMIT :most
"""  # noqa: S608 - constants of this file
OPEN_BODIES = text("SELECT DISTINCT body FROM delivery WHERE " + OPEN)  # noqa: S608
BODIES = bindparam("bodies", type_=Words, expanding=True)
ANY_OPEN = text(
    "SELECT EXISTS (SELECT 1 FROM delivery WHERE body IN :bodies AND " + OPEN + ")"  # noqa: S608
).bindparams(BODIES)
ANY_LEFT = text("""
SELECT EXISTS (
       SELECT 1 FROM delivery
        WHERE mailing IN (SELECT id FROM mailing
                           WHERE issue = :issue AND kind = 'issue')
          AND dot_at IS NOT NULL AND body IN :bodies)
""").bindparams(BODIES)
ACCEPTED = text("""
SELECT count(*) FROM delivery
 WHERE mailing IN (SELECT id FROM mailing WHERE issue = :issue AND kind = 'issue')
   AND state = 'accepted' AND body IN :bodies
""").bindparams(BODIES)
CHANGE = """
UPDATE delivery SET fence = fence + 1, worker = '', lease_until = NULL, {what}
 WHERE id IN ({some})
"""
EXCHANGE = text(
    CHANGE.format(
        what="body = :new,"
        " state = CASE WHEN state = 'deferred' THEN state ELSE 'pending' END",
        some=SOME,
    )
)
DROP = text(
    CHANGE.format(
        what="state = 'skipped', reason = 'withdrawn', settled_at = :now", some=SOME
    )
)


def open_bodies(tx: Tx, issue: str) -> frozenset[str]:
    """Return the messages that are still to leave to somebody for the first time."""
    return frozenset(tx.execute(OPEN_BODIES, {"issue": issue}).scalars())


def is_open(tx: Tx, issue: str, bodies: Collection[str]) -> bool:
    """Whether one of these messages is still to leave for the first time."""
    return _any(tx, ANY_OPEN, issue, bodies)


def has_left(tx: Tx, issue: str, bodies: Collection[str]) -> bool:
    """Whether one of these messages was ever at the dot."""
    return _any(tx, ANY_LEFT, issue, bodies)


def accepted(tx: Tx, issue: str, bodies: Collection[str]) -> int:
    """Return how many mailboxes took one of these messages."""
    if not bodies:
        return 0
    values = {"issue": issue, "bodies": sorted(bodies)}
    return int(tx.execute(ACCEPTED, values).scalar_one())


def exchange(tx: Tx, issue: str, old: str, new: str) -> int:
    """Give some rows another message; return how many. 0: none is left."""
    values = {"issue": issue, "old": old, "new": new, "most": MOST}
    return tx.execute(EXCHANGE, values).rowcount


def drop(tx: Tx, issue: str, old: str) -> int:
    """Skip some rows for which nothing is left to read; return how many."""
    values = {"issue": issue, "old": old, "now": to_micros(tx.now()), "most": MOST}
    return tx.execute(DROP, values).rowcount


def _any(tx: Tx, statement: Executable, issue: str, bodies: Collection[str]) -> bool:
    if not bodies:
        return False
    values = {"issue": issue, "bodies": sorted(bodies)}
    return bool(tx.execute(statement, values).scalar_one())
