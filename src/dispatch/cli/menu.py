"""The menu: every command with its line in the help, and the modules that hold it.

`dispatch --help` is printed from here. What a command needs (the database, the web,
the parsers) is imported when it is called, so that no command waits for the libraries
of the others. A test keeps each line equal to what the command says of itself.
"""

import functools
import importlib
from typing import Any, Literal, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

MARKUP: Literal["markdown"] = "markdown"

PUBLICATION = "A publication"
STAGES = "The stages"
STANDING = "What there is"
READERS = "Readers"


class Item(NamedTuple):
    """A command, or a group of commands, before it is imported."""

    panel: str
    line: str  # the first sentence of its help
    modules: tuple[str, ...]  # of dispatch.cli; the first has the group, if it is one


MENU = {
    "init": Item(
        PUBLICATION,
        "Make a new publication: of a site that is there, or a blank one to fill in.",
        ("publication",),
    ),
    "check": Item(
        PUBLICATION,
        "Look at config, templates, folders and database; name every problem.",
        ("publication",),
    ),
    "doctor": Item(
        PUBLICATION,
        "Look at the world: relays, DNS records, public address, clock, disk, backups.",
        ("doctor",),
    ),
    "preview": Item(
        PUBLICATION,
        "Write the next issue as it would be sent, and judge it; nothing is stored.",
        ("publication",),
    ),
    "go-live": Item(
        PUBLICATION,
        "Check everything, show the audience, ask, and set `live = true` in the "
        "config.",
        ("publication",),
    ),
    "sandbox": Item(
        PUBLICATION,
        "Run the mail catcher alone: mail goes in, nothing goes out; Ctrl-C ends it.",
        ("publication",),
    ),
    "chaos": Item(
        PUBLICATION,
        "Kill the delivery at every point it can die at, and count what it cost.",
        ("chaos",),
    ),
    "templates": Item(
        PUBLICATION,
        "Copy the mails' templates to change them, and check them.",
        ("templates",),
    ),
    "dkim": Item(PUBLICATION, "Sign mail, where the relay does not.", ("dkim",)),
    "relay": Item(PUBLICATION, "Try the relays that mail leaves through.", ("relays",)),
    "collect": Item(
        STAGES, "Read the sources and store what is new or has changed.", ("stages",)
    ),
    "publish": Item(
        STAGES, "Write the feeds; what has not changed is not touched.", ("stages",)
    ),
    "compose": Item(
        STAGES,
        "Settle the slots that are due, and make the issues they ask for.",
        ("stages",),
    ),
    "deliver": Item(
        STAGES,
        "Send what is due: plan the issues that are ready, then deliver.",
        ("stages",),
    ),
    "once": Item(
        STAGES,
        "Collect, publish, compose what is due, deliver; then stop.",
        ("stages",),
    ),
    "run": Item(
        STAGES,
        "Serve the publication: schedule, delivery and web pages in one process.",
        ("stages",),
    ),
    "status": Item(
        STANDING,
        "Show how everything stands: stories, feeds, issues, readers, troubles.",
        ("state",),
    ),
    "why": Item(
        STANDING,
        "Say why a story is as it is and where it is, or why a reader gets mail or "
        "none.",
        ("why",),
    ),
    "newsletter": Item(
        STANDING, "See the newsletters; pause and resume them.", ("newsletters",)
    ),
    "issue": Item(
        STANDING,
        "See issues; approve, pause, resume and cancel them.",
        ("issues", "errata", "issue_edit", "issue_export"),
    ),
    "article": Item(
        STANDING,
        "See the stories; edit, hold, withdraw and restore them.",
        ("articles", "editing", "questions"),
    ),
    "source": Item(
        STANDING,
        "See where stories come from; look at places and add them.",
        ("sources", "places", "held"),
    ),
    "unknown": Item(
        STANDING,
        "Decide about deliveries of which nobody knows the end.",
        ("unknown",),
    ),
    "bounce": Item(
        STANDING, "See what came back, decide about it, take it in.", ("bounces",)
    ),
    "import": Item(
        READERS, "Bring a list of readers in, as often as you like.", ("audience",)
    ),
    "export": Item(
        READERS,
        "Write the readers to a CSV file, or everything to a folder.",
        ("audience",),
    ),
    "subscriber": Item(READERS, "Look after one reader; list them.", ("subscribers",)),
}


class Menu(TyperGroup):
    """The commands by name, each imported when it is called."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{**given, "commands": {one: _Line(one) for one in MENU}})


class _Line(TyperCommand):
    """A line of the menu. Called, it gives way to the command that it names."""

    def __init__(self, name: str) -> None:
        item = MENU[name]
        super().__init__(name, help=item.line, rich_help_panel=item.panel)

    def make_context(
        self, info_name: str | None, args: list[str], *more: Any, **named: Any
    ) -> typer.Context:
        command = load(info_name or "")
        return command.make_context(info_name, args, *more, **named)  # type: ignore[return-value]


@functools.cache
def load(name: str) -> TyperCommand | TyperGroup:
    """Import the command or group called `name`, as the menu has it."""
    first, *others = (
        importlib.import_module(f"dispatch.cli.{one}") for one in MENU[name].modules
    )
    around = typer.Typer(rich_markup_mode=MARKUP)
    if hasattr(first, "app"):
        for one in others:
            one.add_to(first.app)
        around.add_typer(first.app, name=name, no_args_is_help=True)
    else:
        first.add_to(around)
    return get_group(around).commands[name]  # type: ignore[return-value]


def every() -> dict[str, TyperCommand | TyperGroup]:
    """Import every command there is: for tests and for who would list them all."""
    return {name: load(name) for name in MENU}
