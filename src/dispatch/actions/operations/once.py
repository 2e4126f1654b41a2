"""One round, step by step: each step runs, whatever became of the one before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dispatch.errors import DispatchError
from dispatch.model import Report

Step = Callable[[], Report]


@dataclass(frozen=True, slots=True)
class StepReport:
    """What became of one step: its own report, or the error that ended it."""

    name: str
    report: Report | None = None
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether the step did all it should."""
        return self.report is not None and self.report.ok


@dataclass(frozen=True, slots=True)
class OnceReport:
    """What became of every step, in order."""

    steps: tuple[StepReport, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return all(step.ok for step in self.steps)

    def lines(self) -> list[str]:
        """Say it in sentences, step by step."""
        lines = []
        for step in self.steps:
            lines += step.report.lines() if step.report else [step.error]
        return lines or ["Nothing was due."]

    def to_json(self) -> dict[str, object]:
        """Say it to a machine, by the steps' names."""
        return {
            step.name: step.report.to_json() if step.report else {"error": step.error}
            for step in self.steps
        }


def once(steps: Sequence[tuple[str, Step]]) -> OnceReport:
    """Run named steps in order. A step that raises is reported; the others go on."""
    return OnceReport(tuple(_run(name, step) for name, step in steps))


def _run(name: str, step: Step) -> StepReport:
    try:
        return StepReport(name, step())
    except DispatchError as error:
        return StepReport(name, error=str(error))
