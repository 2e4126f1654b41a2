"""Give what has not left of an issue its newest revision, and let it go on."""

from collections.abc import Mapping, Sequence

from dispatch.actions.issues import steering
from dispatch.actions.issues.steering import find_issue
from dispatch.actions.issues.variants import variant_for
from dispatch.compose.press import Press
from dispatch.errors import UsageError
from dispatch.model import (
    Choice,
    Clock,
    Issue,
    IssueState,
    NewsletterSettings,
    Variant,
)
from dispatch.store import Store, Tx, issues, refit, replacements, variants

ROUNDS = 5  # of stories that go while we render


def resume_issue(
    store: Store,
    press: Press,
    configured: Sequence[NewsletterSettings],
    issue: Issue,
    *,
    clock: Clock,
) -> Issue:
    """Let a paused issue go on with those who have not had it.

    Where a story went meanwhile, they get the issue without it; whoever was at the
    dot keeps the message of then. Raises UsageError for an issue that is not paused,
    or is to be made anew and has lost its newsletter; TemplateError leaves it paused.
    """
    if issue.state is not IssueState.PAUSED:
        raise UsageError(f"{issue.id} is {issue.state}, not paused: nothing to resume.")
    for _round in range(ROUNDS):
        current = find_issue(store, issue.id)
        with store.read() as tx:
            old = outdated(tx, current)
        if old:
            letter = steering.newsletter_of(configured, current)
            fit(store, press, current, letter, old, clock=clock)
        if store.write(lambda tx: _go_on(tx, issue.id, clock)):
            return find_issue(store, issue.id)
    raise UsageError(f"{issue.id} was changed meanwhile and cannot be resumed now.")


def outdated(tx: Tx, issue: Issue) -> Mapping[str, Choice]:
    """Return the messages of older revisions that are still to leave, by their choice.

    Only those that never were at the dot.
    """
    waiting = refit.open_bodies(tx, issue.id)
    if not waiting or issue.revision == 1:
        return {}
    made = variants.of(tx, issue.id)
    current = {one.body for one in made if one.revision == issue.revision}
    return {one.body: one.choice for one in made if one.body in waiting - current}


def fit(
    store: Store,
    press: Press,
    issue: Issue,
    newsletter: NewsletterSettings,
    old: Mapping[str, Choice],
    *,
    clock: Clock,
) -> None:
    """Exchange these old messages for new ones, in small units.

    The issue must not be SENDING. Readers to whom nothing is left are skipped.
    """
    for body, choice in old.items():
        made = variant_for(store, press, issue, newsletter, choice, now=clock.now())
        if made is not None and made.body == body:
            continue  # what they would get says the same
        while _exchange(store, issue, body, made):
            pass


def _exchange(store: Store, issue: Issue, old: str, made: Variant | None) -> int:
    if made is None:
        return store.write(lambda tx: refit.drop(tx, issue.id, old))
    return store.write(lambda tx: refit.exchange(tx, issue.id, old, made.body))


def _go_on(tx: Tx, id: str, clock: Clock) -> bool:  # noqa: A002
    """Resume, unless another story went since the messages were exchanged."""
    current = issues.by_id(tx, id)
    if current is None or outdated(tx, current):
        return False
    if current.replaced:
        old = replacements.old_copies(tx, id)
        if old.at_dot or old.to_leave:
            raise UsageError(
                f"{id} was replaced, and {old.at_dot + old.to_leave} of its old "
                "messages wait for the server's answer. Try again in a few minutes."
            )
    if not issues.change_state(
        tx, id, IssueState.PAUSED, IssueState.SENDING, now=clock.now()
    ):
        raise UsageError(f"{id} is {current.state} and cannot be resumed any more.")
    return True
