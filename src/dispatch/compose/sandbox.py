"""Where templates run: they see what they are given, and cannot hold the mill up.

A template is the operator's own, and may still loop for ever or fill the memory. So
the environment counts: every round of a loop, call, filter and sum asks whether the
file's time is over, and nothing larger than `LARGEST` is ever made, on the way either.
It works in any thread, and ends with an error like every other mistake. It is no wall
against a program that somebody hides in a template on purpose.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import (
    BytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    nodes,
    pass_eval_context,
    select_autoescape,
)
from jinja2.bccache import Bucket
from jinja2.filters import FILTERS as FILTERS_OF_JINJA
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

SECONDS = 3.0  # of this thread's own time, for one file
LARGEST = 2 * 1024 * 1024  # characters, or items
PRODUCT = 20_000_000  # of the lengths of the texts that a filter is given
BITS = 4096  # of a number that is made
WIDE_FORMAT = re.compile(r"\d{5}|\*")

# What Jinja2 has beyond these is not needed in a mail, and can make much of little.
FILTERS = (
    *("abs", "batch", "capitalize", "count", "d", "default", "dictsort", "e", "escape"),
    *("first", "float", "forceescape", "groupby", "int", "items", "last"),
    *("length", "list", "lower", "map", "max", "min", "reject", "rejectattr"),
    *("replace", "reverse", "round", "safe", "select", "selectattr", "sort", "string"),
    *("striptags", "title", "trim", "truncate", "unique", "upper", "urlencode"),
    *("wordcount",),
)
GLOBALS = ("range", "dict", "namespace", "joiner", "cycler")
GROWING = frozenset(
    {"center", "encode", "expandtabs", "format_map", "join", "ljust", "replace"}
    | {"rjust", "to_bytes", "translate", "zfill"}
)

_deadline: ContextVar[float] = ContextVar("deadline")


class OverBudgetError(Exception):
    """A template takes more time or room than a mail can need."""


@contextmanager
def budget() -> Iterator[None]:
    """Let what is rendered inside take `SECONDS` of this thread's time."""
    token = _deadline.set(time.thread_time() + SECONDS)
    try:
        yield
    finally:
        _deadline.reset(token)


class Compiled(BytecodeCache):
    """Templates as this process has compiled them, for the next environment too.

    Jinja2 asks for them by name and file, and compares the source; what was refused
    while it was read is never in here.
    """

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill `bucket` when its file is known."""
        if known := self._known.get(bucket.key):
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Remember what was compiled."""
        self._known[bucket.key] = bucket.bytecode_to_string()


_compiled = Compiled()


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment in which everything that can go on or grow is counted."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, folders: Sequence[Path], filters: Mapping[str, Any]) -> None:
        super().__init__(
            loader=FileSystemLoader([str(folder) for folder in folders]),
            undefined=StrictUndefined,
            autoescape=select_autoescape(("html",), default_for_string=True),
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_printable,
            bytecode_cache=_compiled,
        )
        known = {name: FILTERS_OF_JINJA[name] for name in FILTERS}
        both = {**known, "join": _join, **filters}
        self.filters = {name: _counted(one) for name, one in both.items()}
        self.globals = {name: self.globals[name] for name in GLOBALS}

    @staticmethod
    def concat(pieces: Iterable[str]) -> str:
        """Join what a macro or block wrote, within bounds."""
        return _joined(pieces)

    def tick(self) -> str:
        """Stop a template whose time is over; every round of a loop begins with it."""
        _on_time()
        return ""

    def weighed(self, value: Any) -> Any:
        """Return `value` unless it is too large to go on with."""
        self.tick()
        return _weighed(value)

    def call(self, context: Context, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call something from a template, within bounds."""
        _modest((*args, *kwargs.values()))
        method = getattr(called, "__wrapped__", called)  # Jinja2 wraps str.format
        if isinstance(pattern := getattr(method, "__self__", None), str):
            _narrow(pattern)
        return self.weighed(super().call(context, called, *args, **kwargs))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Keep methods back that make much of little."""
        grows = attr in GROWING and isinstance(obj, str | bytes | int)
        return not grows and super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Add, multiply, raise or format, unless the result would be too large."""
        self.tick()
        _foreseeable(operator, left, right)
        return _weighed(super().call_binop(context, operator, left, right))

    def _parse(self, source: str, name: str | None, filename: str | None) -> Any:
        return _Counting().visit(super()._parse(source, name, filename))


class _Counting(NodeTransformer):
    """Put a tick into every loop, and weigh whatever is put together."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 - Jinja2's name
        self.generic_visit(node)
        tick = _asked("tick", (), node.lineno)
        node.body.insert(0, nodes.ExprStmt(tick, lineno=node.lineno))
        return node

    def _weighed(self, node: nodes.Expr) -> nodes.Expr:
        self.generic_visit(node)
        ctx = getattr(node, "ctx", "load")
        return node if ctx != "load" else _asked("weighed", (node,), node.lineno)

    visit_Concat = _weighed  # noqa: N815 - Jinja2's names
    visit_List = _weighed  # noqa: N815
    visit_Tuple = _weighed  # noqa: N815
    visit_Dict = _weighed  # noqa: N815


def _asked(method: str, given: Iterable[nodes.Expr], line: int) -> nodes.Call:
    environment = nodes.EnvironmentAttribute(method, lineno=line)
    return nodes.Call(environment, [*given], [], None, None, lineno=line)


def _counted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that is given, and gives, only what is within bounds."""

    @wraps(function)
    def counted(*args: Any, **kwargs: Any) -> Any:
        _modest((*args, *kwargs.values()))
        _on_time()
        return _weighed(function(*args, **kwargs))

    return counted


@pass_eval_context
def _join(
    context: EvalContext, value: Iterable[Any], d: str = "", attribute: Any = None
) -> Any:
    """Join as Jinja2 does, having looked at how much it will be."""
    items = _weighed(list(islice(value, LARGEST)))
    _modest(("x" * len(items), d))
    return FILTERS_OF_JINJA["join"](context, items, d, attribute)


def _on_time() -> None:
    if time.thread_time() > _deadline.get(float("inf")):
        raise OverBudgetError(
            f"takes longer than {SECONDS:g} seconds; look for a loop or macro that "
            "does not end"
        )


def _weighed(value: Any) -> Any:
    """Return `value`; raise when it, with all that is in it, is too large."""
    left = LARGEST
    waiting = [value]
    while waiting:
        one = waiting.pop()
        left -= len(one) if isinstance(one, str | bytes) else 1
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list | tuple | set | frozenset) and len(one) <= left:
            waiting.extend(one)
        elif isinstance(one, list | tuple | set | frozenset):
            left = -1
        if left < 0:
            raise OverBudgetError(f"makes more than {LARGEST:,} characters or items")
    return value


def _joined(pieces: Iterable[str]) -> str:
    """Join what a macro or block wrote, unless it is too much."""
    kept = []
    left = LARGEST
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise OverBudgetError(f"makes more than {LARGEST:,} characters")
        kept.append(piece)
    return "".join(kept)


def _modest(given: Iterable[Any]) -> None:
    """Refuse numbers and texts that only serve to fill a machine."""
    product = 1
    for one in given:
        if isinstance(one, int) and abs(one) > LARGEST:
            raise OverBudgetError(f"asks for more than {LARGEST:,} of something")
        product *= max(len(one), 1) if isinstance(one, str) else 1
    if product > PRODUCT:
        raise OverBudgetError("makes too much of texts that are too long")


def _foreseeable(operator: str, left: Any, right: Any) -> None:
    """Refuse an operation whose result can be seen to be too large before."""
    if operator == "%" and isinstance(left, str):
        _narrow(left)
    if operator == "**" and _bits(left) * max(int(abs(right)), 1) > BITS:
        raise OverBudgetError("raises a number to a power that is too high")
    if operator == "*":
        sizes = [len(one) if hasattr(one, "__len__") else one for one in (left, right)]
        if any(hasattr(one, "__len__") for one in (left, right)):
            if sizes[0] * sizes[1] > LARGEST:
                raise OverBudgetError(
                    f"makes more than {LARGEST:,} characters or items"
                )
        elif _bits(left) + _bits(right) > BITS:
            raise OverBudgetError("makes a number that is too large")


def _bits(number: Any) -> int:
    return number.bit_length() if isinstance(number, int) else 64


def _narrow(pattern: str) -> None:
    if WIDE_FORMAT.search(pattern):
        raise OverBudgetError("writes something in a column that is too wide")


def _printable(value: Any) -> Any:
    """Refuse to print a whole list: that is always a mistake."""
    if isinstance(value, list | tuple | dict):
        raise ValueError("prints a list as a whole; loop over it, or join it")  # noqa: TRY004 - to be told with its line
    return value
