"""All there is to say of one issue: how it stands, who gets what, what came back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from dispatch.actions.bounces import came_back
from dispatch.actions.delivery import relay_status
from dispatch.actions.delivery.relay_status import RelayLine
from dispatch.actions.issues import issue_history, preflight
from dispatch.actions.issues.issue_history import Contents
from dispatch.actions.operations import progress
from dispatch.actions.operations.progress import Progress
from dispatch.actions.operations.status_report import relay_json
from dispatch.app import App
from dispatch.cli import books, output, variants as choices
from dispatch.compose.preflight import Preflight
from dispatch.model import BounceClass, Issue, Mailing, Tally, Variant
from dispatch.store import bounces, mailings, readership, tallies, variants
from dispatch.text.moments import iso


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is known of an issue at one moment; `readers` by the message they get."""

    issue: Issue
    tally: Tally
    variants: Sequence[Variant]
    readers: Mapping[str, int]
    corrected: Sequence[tuple[Mailing, Tally]]
    contents: Contents
    leaving: Sequence[RelayLine]
    returned: Mapping[BounceClass, int]
    progress: Progress
    judged: Preflight | None
    page: str
    zone: str


def look(opened: App, issue: Issue) -> Sheet:
    """Gather what is known of an issue."""
    zone = opened.settings.site.timezone
    used, routes = opened.relays_used, opened.routes
    judged = preflight.of_issue(
        opened.store,
        opened.press,
        opened.settings.newsletter,
        issue,
        now=opened.clock.now(),
    )
    seen = progress.look(opened.store, issue.id)
    with opened.store.read() as tx:
        return Sheet(
            issue=issue,
            tally=tallies.of_issue(tx, issue.id),
            variants=variants.of(tx, issue.id),
            readers=readership.by_body(tx, issue.id),
            corrected=mailings.corrections_of(tx, issue.id),
            contents=issue_history.contents(tx, issue),
            leaving=relay_status.of_issue(tx, used, routes, issue.id, zone=zone),
            returned=bounces.of_issue(tx, issue.id),
            progress=seen,
            judged=judged,
            page=opened.links.issue(issue.id),
            zone=zone,
        )


def lines(sheet: Sheet) -> list[str]:
    """Say it in sentences."""
    return [
        *_standing(sheet.issue, sheet.tally, sheet.zone),
        *(words for relay in sheet.leaving for words in relay.sentences()),
        *choices.lines(sheet.issue, sheet.variants, sheet.readers),
        *filter(None, [came_back.of_issue(sheet.returned)]),
        *(
            line
            for one in sheet.corrected
            for line in books.correction(*one, sheet.zone)
        ),
        *_contents(sheet.contents, sheet.zone),
        f"Page: {sheet.page}",
        *(sheet.judged.lines() if sheet.judged else ()),
    ]


def to_json(sheet: Sheet) -> dict[str, object]:
    """Say it to a machine."""
    contents = sheet.contents
    return {
        **books.to_json(sheet.issue, sheet.tally),
        "variants": len(sheet.variants),
        "choices": choices.to_json(sheet.variants, sheet.readers),
        "page": sheet.page,
        "progress": sheet.progress.to_json(),
        "relays": [relay_json(relay) for relay in sheet.leaving],
        "bounces": {kind.value: number for kind, number in sheet.returned.items()},
        "corrections": [
            {"at": iso(one.created_at), **asdict(theirs), "gap": theirs.gap}
            for one, theirs in sheet.corrected
        ],
        "stories": [one.id for one in contents.shown],
        "dropped": [one.id for one in contents.dropped],
        "edits": [
            {"at": iso(edit.at), "by": edit.by, "kind": edit.kind.value, "did": did}
            for edit, did in contents.done
        ],
        "preflight": sheet.judged.to_json() if sheet.judged else None,
    }


def _standing(issue: Issue, tally: Tally, zone: str) -> list[str]:
    reason = f": {issue.held_reason}" if issue.held_reason else ""
    early = issue.leaves_at is not None and issue.planned is None
    leaves = f" It leaves {output.local(issue.leaves_at, zone)}." if early else ""
    lines = [
        f"{issue.id}: {issue.subject or 'no subject yet'}",
        f"Slot {output.local(issue.slot, zone)}. It is {issue.state}{reason}.{leaves}",
    ]
    return [*lines, *filter(None, [books.waits(issue, zone)]), *books.lines(tally)]


def _contents(found: Contents, zone: str) -> list[str]:
    """Name the stories with their numbers, and say what editors did."""
    stories = [f"  {one.id}: {one.content.headline}" for one in found.shown]
    gone = [f"  {one.id}: {one.content.headline} (dropped)" for one in found.dropped]
    done = [f"{output.local(one.at, zone)}: {one.by} {did}." for one, did in found.done]
    return [*stories, *gone, *done]
