"""Variants of issues at rest: what the readers of one choice get."""

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, select, text

from dispatch.model import Choice, IssueState, MailFormat, Variant
from dispatch.store import issues, schema
from dispatch.store.transaction import Tx

S = IssueState
ISSUE, VARIANT = schema.issue, schema.variant
YET_TO_LEAVE = (*issues.UNPLANNED, S.PLANNED, S.SENDING, S.PAUSED)

ADD = text("""
INSERT INTO variant (issue, choice, revision, asked, subject, articles, more, html,
                     text, body, left_out)
VALUES (:issue, :choice, :revision, :asked, :subject, :articles, :more, :html,
        :text, :body, :left_out)
ON CONFLICT (issue, choice, revision) DO NOTHING
""")
# Who has mail once a week is shown what earlier issues had, by an issue of today.
REACH = text("""
UPDATE issue SET reaches_to = :start WHERE id = :issue AND reaches_to > :start
""")


def add(tx: Tx, made: Variant) -> Variant:
    """Store a variant, unless its choice has one; return the one that counts."""
    row = {
        "issue": made.issue,
        "choice": made.choice.key,
        "revision": made.revision,
        "asked": json.dumps(asdict(made.choice)),
        "subject": made.subject,
        "articles": json.dumps(made.articles),
        "more": made.more,
        "left_out": made.left_out,
        "html": made.html,
        "text": made.text,
        "body": made.body,
    }
    tx.execute(ADD, row)
    start = {"issue": made.issue, "start": made.choice.from_position}
    tx.execute(REACH, start)
    stored = one(tx, made.issue, made.choice, made.revision)
    return stored or made


def one(tx: Tx, issue: str, choice: Choice, revision: int) -> Variant | None:
    """Return the variant of an issue for a choice, or None when it is not made yet."""
    row = tx.execute(
        select(VARIANT).where(
            VARIANT.c.issue == issue,
            VARIANT.c.choice == choice.key,
            VARIANT.c.revision == revision,
        )
    ).one_or_none()
    return None if row is None else _variant(row)


def of(tx: Tx, issue: str) -> tuple[Variant, ...]:
    """Return every variant of an issue, oldest revision first."""
    query = select(VARIANT).where(VARIANT.c.issue == issue)
    rows = tx.execute(query.order_by(VARIANT.c.revision, VARIANT.c.choice))
    return tuple(map(_variant, rows))


def starts(tx: Tx, issue: str) -> dict[str, int]:
    """Return how far the readers of each body of an issue had read before it."""
    query = select(VARIANT.c.body, VARIANT.c.asked).where(VARIANT.c.issue == issue)
    rows = tx.execute(query.order_by(VARIANT.c.revision))
    return {row.body: row.asked["from_position"] for row in rows}


def plain_styled(tx: Tx, mark: str) -> tuple[str, ...]:
    """Return the issues that are yet to leave with a page that holds `mark`."""
    query = (
        select(ISSUE.c.id)
        .join_from(VARIANT, ISSUE, VARIANT.c.issue == ISSUE.c.id)
        .where(ISSUE.c.state.in_(YET_TO_LEAVE))
        .where(VARIANT.c.revision == ISSUE.c.revision)
        .where(VARIANT.c.html.contains(mark, autoescape=True))
    )
    return tuple(tx.execute(query.distinct().order_by(ISSUE.c.id)).scalars())


def _variant(row: Row[Any]) -> Variant:
    asked = row.asked
    return Variant(
        issue=row.issue,
        choice=Choice(
            topics=tuple(asked["topics"]),
            format=MailFormat(asked["format"]),
            from_position=asked["from_position"],
            languages=tuple(asked.get("languages", ())),
            without=tuple(asked.get("without", ())),
        ),
        revision=row.revision,
        subject=row.subject,
        articles=tuple(row.articles),
        more=row.more,
        left_out=row.left_out,
        html=row.html,
        text=row.text,
        body=row.body,
    )
