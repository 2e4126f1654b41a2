"""`dispatch init --from URL`: a site becomes a publication with a first preview."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.text import Text

from dispatch import app as wiring
from dispatch.actions.feeds import publish as publishing
from dispatch.actions.issues import preview as previewing
from dispatch.actions.issues.preview import Preview
from dispatch.actions.sources import init_site, init_survey
from dispatch.actions.sources.init_survey import Survey, Tell
from dispatch.app import App
from dispatch.cli import output, session, stages
from dispatch.errors import SourceError, UsageError
from dispatch.model import FetchSettings
from dispatch.store import articles
from dispatch.text import plain, urls

HEADLINES = 5
LONGEST_HEADLINE = 72
COLOUR = "Colour"
LISTEN = "http://127.0.0.1:8000/"
FILES = ("preview.html", "preview.eml")


@dataclass(frozen=True, slots=True)
class Founded:
    """What was made of a site."""

    folder: Path
    survey: Survey
    stories: int
    headlines: tuple[str, ...]
    feeds: tuple[str, ...]
    subject: str
    zone: str
    ok: bool = True

    def lines(self) -> list[str]:
        """Say what was found, what is there to see, and what comes next."""
        found = self.survey
        return [
            "",
            found.title,
            *([found.tagline] if found.tagline else []),
            "",
            *(f"  {label:<9} {said}" for label, said in self._facts() if said),
            "",
            f"The newest of {plain.count(self.stories, 'story', 'stories')}:",
            *(f"  · {plain.excerpt(one, LONGEST_HEADLINE)}" for one in self.headlines),
            "",
            f"The first issue, to look at: {self.folder / FILES[0]}",
            f"  {self.subject}",
            "",
            *((*found.remarks, "") if found.remarks else ()),
            "Next:",
            *(f"  {command}" for command in self._next()),
        ]

    def show(self, console: Console) -> None:
        """Say it on a terminal, with the colour that was found."""
        found = self.survey
        for line in self.lines():
            strong = line in {found.title, "Next:"}
            text = Text(line, style="bold" if strong else "")
            if line.startswith(f"  {COLOUR}") and found.accent:
                text.append("  ")
                text.append("     ", style=f"on {found.accent}")
            console.print(text, soft_wrap=True)

    def _next(self) -> Iterator[str]:
        """Yield the three commands that a person types next, and what they do."""
        config = self.folder / "config.toml"
        call = f"{session.program()} --config {shlex.quote(str(config))}"
        yield f"{call} run"
        yield f"    serves it at {LISTEN}, every mail in an inbox beside it"
        yield f"{call} preview daily --newest --send you@example.org"
        yield "    sends that first issue to the inbox, as a reader would get it"
        yield f"{call} go-live"
        yield "    checks everything, and asks, before the first mail leaves"

    def to_json(self) -> dict[str, object]:
        """Say it to a machine."""
        found = self.survey
        return {
            "folder": str(self.folder),
            "kind": found.source.kind,
            "url": urls.shown(found.source.url),
            "title": found.title,
            "tagline": found.tagline,
            "logo": found.logo,
            "accent": found.accent,
            "language": found.language,
            "timezone": self.zone,
            "sections": list(found.sections),
            "stories": self.stories,
            "headlines": list(self.headlines),
            "feeds": list(self.feeds),
            "subject": self.subject,
            "preview": [str(self.folder / name) for name in FILES],
        }

    def _facts(self) -> Iterator[tuple[str, str]]:
        found = self.survey
        yield "Found", f"{found.kind} at {urls.shown(found.home)}"
        yield "Sections", ", ".join(found.sections)
        yield "Feeds", ", ".join(self.feeds)
        yield "Logo", urls.shown(found.logo)
        yield COLOUR, _colour(found)
        zone = "" if found.zone or self.zone != "UTC" else " (the site does not say)"
        yield "Time", f"{self.zone}{zone}"


def found(
    folder: Path | None,
    url: str,
    *,
    title: str,
    timezone: str,
    private: bool,
    quiet: bool,
) -> Founded:
    """Make a publication of the site at `url`, whole or not at all.

    Raises UsageError for what is no address or a folder that is taken, SourceError
    when the site cannot be read.
    """
    address = _address(url)
    if folder is not None:
        init_site.refuse_existing(folder)
    own = (urlsplit(address).hostname or "") if private else ""
    fetch = wiring.fetching(FetchSettings(), also=own)
    with _progress(quiet=quiet) as tell:
        clock = wiring.system_clock()
        try:
            seen = init_survey.survey(address, fetch, clock=clock, tell=tell)
        except SourceError as error:
            raise SourceError(_without_config(str(error))) from error
        seen = replace(seen, title=title or seen.title)
        place = folder or init_site.folder_for(seen)
        init_site.refuse_existing(place)
        with init_site.building(place) as building:
            file = init_site.lay_out(building, seen, timezone=timezone, private=own)
            with wiring.open_app(file) as app:
                return _filled(app, seen, place, building, tell)


def _filled(app: App, seen: Survey, place: Path, building: Path, tell: Tell) -> Founded:
    """Collect the first stories, publish the feeds and render the first issue."""
    tell("Reading its newest stories")
    report = stages.collect_from(app, force=True)
    if not report.ok:
        raise SourceError("\n".join(report.lines()))
    with app.store.read() as tx:
        newest, stories = articles.recent(tx, HEADLINES), articles.count(tx)
    if not newest:
        raise SourceError(f"{urls.shown(seen.home)}: there is no story on it yet.")
    tell("Writing the feeds")
    publishing.publish(app.store, app.settings, clock=app.clock)
    tell("Setting the first issue")
    letter = app.settings.newsletter[0]
    made = previewing.preview(
        app.store, app.press, letter, clock=app.clock, samples=True
    )
    _write(building, made)
    return Founded(
        folder=place,
        survey=seen,
        stories=stories,
        headlines=tuple(one.content.headline for one in newest),
        feeds=tuple(one.name for one in app.settings.feed),
        subject=made.subject,
        zone=app.settings.site.timezone,
    )


def _write(folder: Path, made: Preview) -> None:
    for name, data in zip(FILES, (made.html.encode(), made.eml), strict=True):
        try:
            (folder / name).write_bytes(data)
        except OSError as error:
            raise UsageError(
                f"{folder}: cannot be written ({error.strerror})."
            ) from error


def _address(url: str) -> str:
    """Return what was typed as an address; "courier.example" means https."""
    typed = url.strip()
    address = typed if "://" in typed else f"https://{typed}"
    if not urls.is_web(address):
        raise UsageError(f"{urls.shown(typed)!r} is no web address.")
    return address


def _without_config(message: str) -> str:
    """Say what to do about a private address where there is no config yet."""
    before, found, _ = message.partition(" If it is yours, add ")
    return f"{before} If it is yours, add --allow-private." if found else message


def _colour(found: Survey) -> str:
    if not found.accent:
        return "Dispatch's own; the site names none"
    if found.accent_was:
        return f"{found.accent} (its {found.accent_was}, darkened to be readable)"
    return found.accent


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Tell]:
    """Show on a terminal what is being done; say nothing anywhere else."""
    console: Console = output.console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _: None
        return
    with console.status("Starting") as status:
        yield lambda phrase: status.update(f"{phrase} …")
