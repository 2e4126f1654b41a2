"""What a server truly took, against what the books say."""

from collections import Counter

from dispatch.model import IssueState
from support import ledger


def compare(store, issue, received, *, on_unknown, doubts, finished=True):
    """Hold the books against the server; `doubts` bounds what may be in doubt.

    `received` are the recipients of what it accepted, whatever it said.
    """
    got = Counter(received)
    rows = ledger.rows(store, "recipient, state, resends")
    books = ledger.books(store, issue)
    again = sum(count - 1 for count in got.values())

    assert books.gap == 0
    assert set(got) <= {row.recipient for row in rows}
    for row in rows:
        if row.state == "accepted":
            assert got[row.recipient], f"{row.recipient}: falsely accepted"
        if on_unknown == "hold":
            assert got[row.recipient] <= 1, f"{row.recipient}: repeated"
        if finished and not got[row.recipient]:
            assert row.state in {"unknown", "rejected", "expired"}, row
    assert books.unknown <= doubts
    assert again <= doubts
    if finished and not books.unknown:
        assert ledger.state_of(store, issue) is IssueState.DONE
    return books
