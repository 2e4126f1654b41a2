"""An editor's page of one issue: look, hold, drop a story, change the subject, send.

The link in a proof is all an editor needs, and names the editor and the issue. Mail
scanners follow it, so GET and HEAD only show; a POST acts. When the issue has left,
the page says what became of it, and nothing more can be done there.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from dispatch.actions.issues import (
    approving,
    copies,
    issue_editing,
    issue_history,
    proof_words,
)
from dispatch.actions.issues.issue_editing import Target, Wish
from dispatch.app import App
from dispatch.compose import edits as editors
from dispatch.errors import UsageError
from dispatch.model import EditKind, Issue, IssueState, NewsletterSettings
from dispatch.store import issues, proofs
from dispatch.store.proofs import Proof
from dispatch.web import forms, security
from dispatch.web.forms import Form
from dispatch.web.pages import Pages

K = EditKind
OF_STORIES = {"pin": K.PIN, "drop": K.DROP, "restore": K.RESTORE}
BARE = {"hold": K.HOLD, "skip": K.SKIP, "undo": K.UNDO}
RELEASE = {"approve": K.APPROVE, "send": K.SEND}
DONE = {
    K.PIN: "It leads now.",
    K.DROP: "Dropped. The next issue has it.",
    K.RESTORE: "It is back.",
    K.SUBJECT: "The subject is changed.",
    K.NOTE: "The note is changed.",
    K.HOLD: "Held. It waits until somebody approves it.",
    K.UNDO: "Taken back.",
    K.APPROVE: "Approved.",
}

CSP = "Content-Security-Policy"
OF_A_MAIL = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src *; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Whose link was followed, and to which issue."""

    token: str
    proof: Proof
    newsletter: NewsletterSettings
    issue: Issue


class Proofs:
    """/proof/TOKEN. `changed` is called when an issue may have become ready to go."""

    def __init__(self, app: App, pages: Pages, changed: Callable[[], None]) -> None:
        self._app = app
        self._pages = pages
        self._changed = changed

    def routes(self) -> list[Route]:
        """Return the address, to look and to act."""
        return [
            Route("/proof/{token}", self.look),
            Route("/proof/{token}", forms.posted(self.act), methods=["POST"]),
            Route("/proof/{token}/copy/{name}", self.copy),
        ]

    def look(self, request: Request) -> Response:
        """The issue as it stands, or what became of it."""
        desk = self._desk(request)
        return self._unknown() if desk is None else self._page(desk)

    def copy(self, request: Request) -> Response:
        """What some readers get that is not what the proof shows."""
        desk = self._desk(request)
        if desk is None or desk.issue.state not in issues.UNPLANNED:
            return self._unknown() if desk is None else self._past(desk)
        zone = self._pages.zone_of(desk.issue.newsletter)
        with self._app.store.read() as tx:
            found = copies.find(tx, desk.issue, zone, request.path_params["name"])
        made = found and copies.look(
            self._app.store,
            self._app.press,
            desk.newsletter,
            desk.issue,
            found,
            now=self._app.clock.now(),
        )
        if not made:
            return self._pages.message(
                "Nobody gets this copy now",
                "Those who chose so find nothing to read in it, or chose again.",
                status=404,
                headers=security.PRIVATE,
            )
        if made.html:
            return HTMLResponse(made.html, headers=security.PRIVATE | {CSP: OF_A_MAIL})
        return PlainTextResponse(made.text, headers=security.PRIVATE)

    def act(self, request: Request, form: Form) -> Response:
        """Do what one button says, once, and show what came of it."""
        desk = self._desk(request)
        if desk is None:
            return self._unknown()
        if desk.issue.state not in issues.UNPLANNED:
            return self._page(desk)
        try:
            said = self._do(desk, form)
        except (UsageError, ValueError) as error:
            return self._page(self._again(desk), problem=str(error), form=form)
        self._changed()
        return self._page(self._again(desk), said=said)

    def _do(self, desk: _Desk, form: Form) -> str:
        """Act, and return what to say. Raises UsageError or ValueError."""
        name = form.one("do")
        if name in RELEASE:
            return self._release(desk, RELEASE[name], form)
        wish = _wish(name, form)
        issue_editing.edit(
            self._app.store,
            self._app.press,
            Target(desk.newsletter, desk.issue),
            [wish],
            by=desk.proof.editor,
            clock=self._app.clock,
        )
        log.info("issue edited by a link issue=%s kind=%s", desk.issue.id, wish.kind)
        return DONE.get(wish.kind, "")

    def _release(self, desk: _Desk, kind: EditKind, form: Form) -> str:
        """Approve the revision that the editor was shown, and no other."""
        seen = form.one("revision")
        revision = int(seen) if seen.isdecimal() and len(seen) < 9 else 0  # noqa: PLR2004
        approving.approve(
            self._app.store,
            self._app.press,
            [desk.newsletter],
            replace(desk.issue, revision=revision),
            clock=self._app.clock,
            by=desk.proof.editor,
            kind=kind,
        )
        log.info("issue released by a link issue=%s kind=%s", desk.issue.id, kind)
        return DONE.get(kind, "It leaves now.")

    def _desk(self, request: Request) -> _Desk | None:
        """Return what a link is about; None when it is none of ours, or is no more."""
        token = request.path_params["token"]
        number = self._app.tokens.read("proof", token)
        if number is None:
            return None
        with self._app.store.read() as tx:
            proof = proofs.by_id(tx, number)
            issue = issues.by_id(tx, proof.issue) if proof else None
        if proof is None or issue is None:
            return None
        for newsletter in self._app.settings.newsletter:
            if (
                newsletter.name == issue.newsletter
                and proof.editor in newsletter.proof_to
            ):
                return _Desk(token, proof, newsletter, issue)
        return None

    def _again(self, desk: _Desk) -> _Desk:
        with self._app.store.read() as tx:
            return replace(desk, issue=issues.by_id(tx, desk.issue.id) or desk.issue)

    def _page(
        self,
        desk: _Desk,
        *,
        said: str = "",
        problem: str = "",
        form: Form | None = None,
    ) -> Response:
        issue, newsletter = desk.issue, desk.newsletter
        if issue.state not in issues.UNPLANNED:
            return self._past(desk)
        with self._app.store.read() as tx:
            contents = issue_history.contents(tx, issue)
            zone = self._pages.zone_of(issue.newsletter)
            readers = proof_words.readers(tx, issue, zone)
            others = copies.of(tx, issue, zone)
        cover = proof_words.cover(
            newsletter,
            issue,
            link="",
            title=self._pages.newsletter_title(newsletter.name),
            stories=len(contents.shown) + contents.more,
            readers=readers,
        )
        typed = form if problem else None
        return self._pages.render(
            "proof",
            status=409 if problem else 200,
            headers=security.PRIVATE,
            token=desk.token,
            issue=issue,
            cover=cover,
            waits=issue.state is IssueState.HELD,
            contents=contents,
            copies=others,
            editor=desk.proof.editor,
            subject=_typed(typed, "subject", contents.wanted.subject),
            note=_typed(typed, "note", contents.wanted.note),
            longest_subject=editors.LONGEST_SUBJECT,
            longest_note=editors.LONGEST_NOTE,
            said=said,
            problem=problem,
        )

    def _past(self, desk: _Desk) -> Response:
        """Say what became of an issue that cannot be edited any more."""
        title = self._pages.newsletter_title(desk.newsletter.name)
        return self._pages.message(
            *proof_words.past(desk.issue, title), headers=security.PRIVATE
        )

    def _unknown(self) -> Response:
        return self._pages.message(
            "This link is not known here",
            "It may have been cut off on its way: copy it whole from the proof.",
            "Or you are no longer among those who get proofs of this newsletter.",
            status=404,
            headers=security.PRIVATE,
        )


def _wish(name: str, form: Form) -> Wish:
    """Return what a button asks for. Raises UsageError or ValueError."""
    number = form.one("story")
    if name in OF_STORIES and number.isdecimal() and len(number) <= 18:  # noqa: PLR2004
        return Wish(OF_STORIES[name], (int(number),))
    if name in BARE:
        return Wish(BARE[name])
    if name == "subject":
        return Wish(K.SUBJECT, words=editors.subject(form.one("subject")))
    if name == "note":
        return Wish(K.NOTE, words=editors.note(form.one("note")))
    raise UsageError("That did not arrive whole. Please try it once more.")


def _typed(form: Form | None, name: str, stored: str) -> str:
    """Return what stands in a field: as it was typed when that was no good."""
    return (form.one(name) if form else "") or stored
