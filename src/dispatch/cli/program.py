"""The command `dispatch`: global options, and the one place that catches errors."""

import io
import logging
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from dispatch import __version__
from dispatch.cli import menu, output
from dispatch.cli.session import Session
from dispatch.errors import DispatchError

INTERRUPTED = 130
# How the library that reads options begins what it has to say about a value.
PARSERS_WORDS = re.compile(r"Value error, |Input should be (?P<what>[^,]+)(,.*)?$")
LOG = "%(asctime)s %(levelname)s %(name)s %(message)s"

app = typer.Typer(
    name="dispatch",
    cls=menu.Menu,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=menu.MARKUP,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        output.say(f"dispatch {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            help="The publication's configuration.",
        ),
    ] = Path("config.toml"),
    debug: Annotated[
        bool, typer.Option("--debug", help="Log everything, and show tracebacks.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Collect a newsroom's stories, publish feeds, deliver digests by mail.

    A publication is a folder with a config.toml. Make one with `dispatch init DIR`,
    look at it with `dispatch check`, serve it with `dispatch run`.

    Every command but `run` and `sandbox` takes `--json`. Exit codes: 0 done, 1
    something failed, 2 wrong usage or configuration.
    """
    del version
    context.obj = Session(config, debug)
    quiet = context.invoked_subcommand not in {"run", "sandbox"}
    _log(logging.DEBUG if debug else logging.WARNING if quiet else logging.INFO)


def _log(level: int) -> None:
    """Log to standard error: ours from `level`, everybody else's warnings."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format=LOG, force=True
    )
    logging.getLogger("dispatch").setLevel(level)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code; no traceback escapes."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(_run(words))


def _run(words: list[str]) -> int:
    """Return the exit code; every error becomes a sentence here."""
    try:
        code = app(words, prog_name="dispatch", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        return _fail("Interrupted.", INTERRUPTED, words)
    except BrokenPipeError:
        return _pipe_closed()
    except typer.TyperException as error:
        return _fail(_usage(error), 2, words)
    except DispatchError as error:
        return _fail(str(error), error.exit_code, words)
    except Exception as error:
        odd = _spoilt(words) if isinstance(error, UnicodeEncodeError) else ""
        if "--debug" in words and not odd:
            raise
        return _fail(odd or _unexpected(error), 2 if odd else 1, words)
    return code if isinstance(code, int) else 0


def _fail(message: str, code: int, words: list[str]) -> int:
    """Say what went wrong on standard error, and as JSON where that is wanted."""
    if message:
        output.warn(message)
    if "--json" in words:
        output.write_json({"ok": False, "error": message})
    return code


def _usage(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "dispatch"
    message = PARSERS_WORDS.sub(_plainly, " ".join(error.format_message().split()))
    return f"{message}\nTry: {path} --help" if message else ""


def _plainly(found: re.Match[str]) -> str:
    return f"it must be {found['what']}." if found["what"] else ""


def _spoilt(words: list[str]) -> str:
    """Name the first word that a terminal in another encoding has spoilt; or ""."""
    for one in words:
        if re.search("[\ud800-\udfff]", one):
            return f"{one!r} is not text in UTF-8. Write it anew."
    return ""


def _unexpected(error: Exception) -> str:
    return (
        f"Dispatch failed in a way it should not ({type(error).__name__}: {error}). "
        "What was stored before is safe. Run the same command with --debug before it "
        "to see where, and please report it."
    )


def _pipe_closed() -> int:
    """End quietly when the reader of our output went away, as `head` does."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
