"""Look at an issue as bytes before it may leave: a sample reader's copy, signed.

The copy goes the way that every reader's goes, through the same splicing and signing.
What blocks holds the issue: `actions.issues.variants` refuses to keep such a variant.
"""

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from dispatch.compose import letterhead, mime, preflight, splice
from dispatch.compose.preflight import Preflight, Sample
from dispatch.compose.preflight.page import Page
from dispatch.compose.preflight.remark import Check, Remark
from dispatch.compose.press import Press
from dispatch.deliver import dkim, dkim_standing, profiles, receiver
from dispatch.deliver.dkim import Signer
from dispatch.deliver.route import Routes
from dispatch.errors import DispatchError, PreflightError
from dispatch.model import (
    Article,
    Choice,
    Fetch,
    Frozen,
    Image,
    Issue,
    Links,
    NewsletterSettings,
    RelaySettings,
    Submit,
)
from dispatch.store import Store, articles, bodies, issues, variants
from dispatch.text import address, html, urls

READER = "reader@example.org"
NOBODYS = "sample-{}-link-of-a-preflight-and-nobody"
PERSONAL_PAGE = re.compile(r"/(?:unsubscribe|preferences|confirm)/")
MOST_ASKED = 40  # links
AT_ONCE = 4
ANSWERED = range(200, 400)
TAKEN = 200  # RFC 8058: at once, without a redirect

log = logging.getLogger(__name__)


def pass_or_hold(
    press: Press,
    newsletter: NewsletterSettings,
    issue: Issue,
    frozen: Frozen,
    stories: Sequence[Article],
    *,
    now: datetime,
) -> None:
    """Raise PreflightError, with the reasons, for an issue that must not leave."""
    if press.gate is None:
        return
    known = words_of(stories)
    found = press.gate.inspect(press, newsletter, issue, frozen, now=now, known=known)
    if found.ok:
        return
    if newsletter.preflight == "hold":
        raise PreflightError(issues.BY_PREFLIGHT + found.reason)
    log.warning("preflight says issue=%s reason=%s", issue.id, found.reason)


def at_release(
    store: Store,
    press: Press,
    newsletter: NewsletterSettings,
    issue: Issue,
    *,
    now: datetime,
) -> str:
    """Return why an issue that passed when it was composed must not leave now.

    Between the two a key can end or go, and a relay can change. Nothing for one whose
    audience is being frozen already, or that is yet to be composed.
    """
    choice = Choice(from_position=issue.from_position)
    with store.read() as tx:
        made = variants.one(tx, issue.id, choice, issue.revision)
        if made is None or issues.planning(tx, issue.id):
            return ""
        frozen = bodies.get(tx, made.body)
        stories = tuple(articles.by_ids(tx, made.articles).values())
    try:
        pass_or_hold(press, newsletter, issue, frozen, stories, now=now)
    except PreflightError as error:
        return str(error)
    return ""


def of_issue(
    store: Store,
    press: Press,
    configured: Sequence[NewsletterSettings],
    issue: Issue,
    *,
    now: datetime,
) -> Preflight | None:
    """Look at what most readers of a composed issue get; None where nothing is."""
    newsletter = next((n for n in configured if n.name == issue.newsletter), None)
    if newsletter is None:
        return None
    choice = Choice(from_position=issue.from_position)
    with store.read() as tx:
        made = variants.one(tx, issue.id, choice, issue.revision)
        if made is None or press.gate is None:
            return None
        frozen = bodies.get(tx, made.body)
        stories = articles.by_ids(tx, made.articles).values()
    known = words_of(stories)
    return press.gate.inspect(press, newsletter, issue, frozen, now=now, known=known)


def words_of(stories: Iterable[Article]) -> str:
    """Return what stories say, and where they lead: it is no leftover of ours."""
    lines: list[str] = []
    for content in (one.content for one in stories):
        picture = content.image or Image()
        lines += (content.headline, content.summary, content.deck, content.section)
        lines += (*content.bylines, content.correction)
        lines += (picture.alt, picture.caption, picture.credit)
        lines += (html.to_text(content.html), *Page(content.html).links)
    return "\n".join(lines)


@dataclass(frozen=True)
class Gate:
    """What every issue passes before it may leave: how mail leaves here, and when not.

    A `compose.press.Gate`; `app` puts it together.
    """

    relays: Sequence[RelaySettings]
    signers: Sequence[Signer] = ()
    no_logo: str = ""  # why the logo of the config cannot be used
    routes: Routes = field(default_factory=Routes)  # which mail takes which relay

    def inspect(
        self,
        press: Press,
        newsletter: NewsletterSettings,
        issue: Issue,
        frozen: Frozen,
        *,
        now: datetime,
        known: str = "",
    ) -> Preflight:
        """Return what is to be said of an issue's bytes. Raises nothing.

        `known` are words that its stories brought.
        """
        sender = letterhead.sender(press, newsletter).address
        relay = self._relay(newsletter, sender)
        sample = self._sample(frozen, sender, issue.slot, known, relay)
        found = preflight.inspect(sample)
        more = (*self._signatures(sample, relay, now), *self._logo())
        return found + Preflight(more)

    def _relay(self, newsletter: NewsletterSettings, sender: str) -> RelaySettings:
        name = self.routes.relay_of(newsletter.name, sender)
        return next((one for one in self.relays if one.name == name), self.relays[0])

    def _logo(self) -> tuple[Remark, ...]:
        check = Check("Logo")
        if self.no_logo:
            check.warn(f"{self.no_logo} The title stands in its place.")
            return check.remarks("")
        return ()

    def _sample(
        self,
        frozen: Frozen,
        sender: str,
        slot: datetime,
        known: str,
        relay: RelaySettings,
    ) -> Sample:
        """Build a made-up reader's copy, to the last byte as it would leave."""
        texts = {span.name: NOBODYS.format(span.name) for span in frozen.spans}
        texts |= {
            "to": READER,
            "message_id": f"preflight@{address.domain(sender)}",
            "date": format_datetime(slot),
            "delivery": "preflight",
        }
        values = {name: text.encode() for name, text in texts.items()}
        message = dkim.sign(
            splice.splice(frozen, values),
            self._of(sender),
            at=slot,
            profile=relay.profile,
        )
        marks = {frozen.data[span.start : span.end].decode() for span in frozen.spans}
        return Sample(
            raw=mime.unstuff(message),
            recipient=READER,
            sender=sender,
            away=not urls.is_loopback(relay.host),
            marks=tuple(marks - {*texts.values()}),
            known=known,
        )

    def _of(self, sender: str) -> list[Signer]:
        return [one for one in self.signers if one.aligned(sender)]

    def _signatures(
        self, sample: Sample, relay: RelaySettings, now: datetime
    ) -> tuple[Remark, ...]:
        """Look at our own signatures as a receiver does."""
        check = Check("DKIM")
        signers = self._of(sample.sender)
        rebuilds = profiles.of(relay.profile).rebuilds
        if rebuilds or not signers:
            if sample.away and not rebuilds:
                check.warn("no [[dkim]] key for the sender: the relay must sign.")
            return check.remarks("left to the relay.")
        for signer in signers:
            if why := receiver.objection(sample.raw, signer):
                check.block(f"{signer.selector} would not be accepted: {why}")
            if why := dkim_standing.objection(signer, now=now):
                check.block(why)
            elif why := dkim_standing.warning(signer, now=now):
                check.warn(why)
        names = ", ".join(f"{one.selector} ({one.algorithm})" for one in signers)
        return check.remarks(f"accepted as a receiver judges: {names}.")


def ask(page: str, links: Links, fetch: Fetch, submit: Submit) -> Preflight:
    """Ask the world: whether each address answers, and the one-click one takes a POST.

    The token in it is nobody's: nothing can come of it.
    """
    return Preflight((*_reach(Page(page).links, fetch), *_one_click(links, submit)))


def _reach(found: Iterable[str], fetch: Fetch) -> tuple[Remark, ...]:
    check = Check("Reachable")
    asked = [one for one in dict.fromkeys(found) if urls.is_web(one)]
    asked = [one for one in asked if not PERSONAL_PAGE.search(one)]

    def silence(link: str) -> str:
        return _silence(lambda: fetch(link).status in ANSWERED)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for link, why in zip(
            asked, pool.map(silence, asked[:MOST_ASKED]), strict=False
        ):
            if why:
                check.warn(f"{link}: {why}")
    left = len(asked) - MOST_ASKED
    more = f", {left} not asked" if left > 0 else ""
    return check.remarks(f"{min(len(asked), MOST_ASKED)} addresses answer{more}.")


def _one_click(links: Links, submit: Submit) -> tuple[Remark, ...]:
    check = Check("One click")
    url = links.unsubscribe(NOBODYS.format("unsubscribe"))
    fields = {"List-Unsubscribe": "One-Click"}
    if why := _silence(lambda: submit(url, fields) == TAKEN):
        check.warn(f"{links.home()} does not take it: {why}")
    return check.remarks("taken at once, without a redirect.")


def _silence(answers: Callable[[], bool]) -> str:
    """Return why an address does not answer as it should; nothing when it does."""
    try:
        return "" if answers() else "it answers with an error."
    except DispatchError as error:
        return str(error)
