"""Ask the name service within a time: the system's resolver cannot be interrupted.

A question is asked in a thread beside ours. One that has its answer waits for the
next question; one that hangs is left behind, and is of use again once it is released.
"""

import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from dispatch.errors import SourceError, UnreachableError
from dispatch.http.addresses import Resolve

MOST_IDLE = 16


@dataclass(slots=True)
class Question:
    """Who is asked for which host, and the answer when there is one."""

    ask: Resolve
    host: str
    port: int
    found: Sequence[str] = ()
    fault: SourceError | None = None
    answered: threading.Event = field(default_factory=threading.Event)


class Asker:
    """A thread that asks one question after the other."""

    def __init__(self) -> None:
        self._questions: queue.SimpleQueue[Question] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="resolve", daemon=True).start()

    def take(self, question: Question) -> None:
        """Ask, and return at once."""
        self._questions.put(question)

    def _run(self) -> None:
        while True:
            question = self._questions.get()
            try:
                question.found = question.ask(question.host, question.port)
            except SourceError as error:
                question.fault = error
            finally:
                question.answered.set()
            if IDLE.qsize() >= MOST_IDLE:
                return
            IDLE.put(self)


IDLE: "queue.SimpleQueue[Asker]" = queue.SimpleQueue()


def within(seconds: float, ask: Resolve, host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host, as `ask` gives them.

    Raises SourceError, an UnreachableError when there is no answer in time.
    """
    question = Question(ask, host, port)
    _asker().take(question)
    question.answered.wait(seconds)
    if question.fault is not None:
        raise question.fault
    if not question.found:
        told = f"The name service gave no answer for {host}."
        raise UnreachableError(told, nearby=True)
    return question.found


def _asker() -> Asker:
    try:
        return IDLE.get_nowait()
    except queue.Empty:
        return Asker()
