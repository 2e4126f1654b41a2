"""Jinja2 at one place: a folder of three files makes a mail.

`KIND/subject.txt`, `KIND/body.txt` and, for a mail that has one, `KIND/body.html`.
Templates are the operator's own, yet sandboxed: they see the values they are given
and nothing else. A name that does not exist is an error, not an empty place.
"""

import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import (
    Template,
    TemplateError as JinjaError,
    TemplateNotFound,
    TemplateSyntaxError,
    pass_eval_context,
)
from jinja2.filters import FILTERS
from jinja2.nodes import EvalContext

from dispatch.compose import columns, sandbox, words
from dispatch.compose.sandbox import Sandbox
from dispatch.compose.words import Words
from dispatch.errors import TemplateError
from dispatch.model import Rendered
from dispatch.text import plain

LARGEST = sandbox.LARGEST  # characters of one rendered file


class Templates:
    """The mail templates of `folders`; the first that has a file wins, file by file."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._environment = _environment(self._folders)

    def render(
        self, kind: str, context: Mapping[str, Any], design: str = ""
    ) -> Rendered:
        """Render the mail `kind`; a file of its `design` wins, one by one.

        Raises TemplateError, naming the file, the line and the unknown name.
        """
        subject = plain.squash(
            self._one(self._of(kind, design, "subject.txt"), context)
        )
        text = self._one(self._of(kind, design, "body.txt"), context)
        page = self._of(kind, design, "body.html")
        html = self._one(page, context) if self._has(page) else ""
        return Rendered(subject, text, html)

    def line(self, where: str, source: str, context: Mapping[str, Any]) -> str:
        """Render a line that is no file, such as a subject in config.toml.

        Raises TemplateError, naming `where`.
        """
        try:
            template = self._environment.from_string(source)
            return plain.squash(_bounded(where, template, context))
        except TemplateError:
            raise
        except Exception as error:  # whatever an expression raises
            raise TemplateError(self._explain(where, error)) from error

    def words(self, language: str) -> Words:
        """Return what mails say in a language. Raises TemplateError."""
        return words.of(language, self._folders)

    def check(self) -> tuple[str, ...]:
        """Return what is wrong with the templates' syntax, a sentence each."""
        problems = [*words.check(self._folders)]
        for name in self._environment.list_templates(extensions=("txt", "html")):
            try:
                self._environment.get_template(name)
            except JinjaError as error:
                problems.append(self._explain(name, error))
        return tuple(problems)

    def _of(self, kind: str, design: str, file: str) -> str:
        own = f"{kind}/{design}/{file}"
        return own if design and self._has(own) else f"{kind}/{file}"

    def _has(self, name: str) -> bool:
        return any((folder / name).is_file() for folder in self._folders)

    def _one(self, name: str, context: Mapping[str, Any]) -> str:
        try:
            template = self._environment.get_template(name)
            return _bounded(name, template, context)
        except TemplateError:
            raise
        except Exception as error:  # whatever an expression in a template raises
            raise TemplateError(self._explain(name, error)) from error

    def _explain(self, name: str, error: Exception) -> str:
        """Return file, line and reason of what went wrong."""
        if isinstance(error, TemplateNotFound):
            looked = ", ".join(str(folder) for folder in self._folders)
            return f"{error.name}: there is no such template in {looked}."
        if isinstance(error, TemplateSyntaxError):
            place = f"{error.filename or error.name or name}, line {error.lineno}"
            return f"{place}: {error.message}"
        reason = str(error) or type(error).__name__
        if isinstance(error, RecursionError):
            reason = "a macro or an include calls itself without end"
        return f"{self._place(name, error)}: {reason.rstrip('.')}."

    def _place(self, name: str, error: Exception) -> str:
        """Find the template's own line in the traceback."""
        folders = tuple(str(folder) for folder in self._folders)
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            if frame.filename.startswith(folders):
                return f"{frame.filename}, line {frame.lineno}"
        return name


def _environment(folders: Sequence[Path]) -> Sandbox:
    filters = {
        "wrap": columns.wrap,
        "isolate": columns.isolate,
        "paragraphs": columns.paragraphs,
        "underline": columns.underline,
        "fill": _fill,
    }
    return Sandbox(folders, filters)


@pass_eval_context
def _fill(context: EvalContext, line: str, **values: Any) -> Any:
    """Put values into a line's places; in HTML, what is no markup is escaped."""
    if not context.autoescape:
        return words.fill(line, values)
    escape, safe = FILTERS["escape"], FILTERS["safe"]
    escaped = {name: str(escape(value)) for name, value in values.items()}
    return safe(words.fill(str(escape(line)), escaped))


def _bounded(name: str, template: Template, context: Mapping[str, Any]) -> str:
    pieces: list[str] = []
    size = 0
    with sandbox.budget():
        for piece in template.generate(**context):
            size += len(piece)
            if size > LARGEST:
                raise TemplateError(f"{name}: makes more than {LARGEST:,} characters.")
            pieces.append(piece)
    return "".join(pieces)
