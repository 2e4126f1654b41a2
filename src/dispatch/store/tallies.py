"""The books: how many deliveries of a mailing or an issue are in which state.

planned = the sum over the states, after every transaction; an issue whose books do not
balance is never done.
"""

from typing import Any

from sqlalchemy import text

from dispatch.model import DeliveryState, IssueState, Tally
from dispatch.store import issues
from dispatch.store.transaction import Tx

STATES = """
SELECT state, count(*) AS number FROM delivery WHERE mailing IN ({of}) GROUP BY state
"""
PLANNED = "SELECT COALESCE(sum(planned), 0) FROM mailing WHERE {which}"
MAILING = (
    text(PLANNED.format(which="id = :of")),
    text(STATES.format(of=":of")),
)
ISSUE = (
    text(PLANNED.format(which="issue = :of AND kind = 'issue'")),
    text(
        STATES.format(of="SELECT id FROM mailing WHERE issue = :of AND kind = 'issue'")
    ),
)

# A look at each open state's end of an index: counting a million rows takes the third
# of a second, and this is asked after every round.
IS_OPEN = "EXISTS (SELECT 1 FROM delivery d WHERE d.mailing = m.id AND d.state = '{}')"
ANY_OPEN = " OR ".join(IS_OPEN.format(one) for one in DeliveryState if not one.final)
NOTHING_OPEN = """
SELECT i.id FROM issue i
 WHERE i.state = 'sending'
   AND NOT EXISTS (SELECT 1 FROM mailing m
                    WHERE m.issue = i.id AND m.kind = 'issue' AND ({any_open}))
"""
BALANCED = text(NOTHING_OPEN.format(any_open=ANY_OPEN))


def size_of_mailing(tx: Tx, mailing: int) -> int:
    """Return how many deliveries a mailing has."""
    return int(tx.execute(MAILING[0], {"of": mailing}).scalar_one())


def size_of_issue(tx: Tx, issue: str) -> int:
    """Return how many deliveries an issue has."""
    return int(tx.execute(ISSUE[0], {"of": issue}).scalar_one())


def of_mailing(tx: Tx, mailing: int) -> Tally:
    """Return the books of one mailing."""
    return _tally(tx, MAILING, mailing)


def of_issue(tx: Tx, issue: str) -> Tally:
    """Return the books of an issue, over all its mailings."""
    return _tally(tx, ISSUE, issue)


def balanced(tx: Tx) -> dict[str, Tally]:
    """Return the books of the SENDING issues of which nothing more will become."""
    over = tx.execute(BALANCED).scalars().all()
    books = {issue: of_issue(tx, issue) for issue in over}
    return {issue: b for issue, b in books.items() if not b.open and not b.gap}


def finish(tx: Tx) -> tuple[str, ...]:
    """End every SENDING issue whose books balance with nothing open; return them.

    An issue of which nothing was accepted before it expired ends EXPIRED.
    """
    ended = []
    for issue, books in balanced(tx).items():
        lost = books.expired and not books.accepted
        end = IssueState.EXPIRED if lost else IssueState.DONE
        if issues.change_state(tx, issue, IssueState.SENDING, end, now=tx.now()):
            ended.append(issue)
    return tuple(ended)


def _tally(tx: Tx, statements: tuple[Any, Any], of: int | str) -> Tally:
    planned, states = statements
    counts: dict[str, int] = {
        DeliveryState(row.state).value: row.number
        for row in tx.execute(states, {"of": of})
    }
    # sum() is a Decimal on PostgreSQL.
    return Tally(planned=int(tx.execute(planned, {"of": of}).scalar_one()), **counts)
