"""When git first saw each file of a drop folder, for rule T10.

In a checkout every file is as old as the checkout; its commits know better. Asked
only where the operator says `commit_dates = true`: what a repository's own config
names, git runs as a program, so whoever may write there is trusted as much as
Dispatch. It is asked once per visit, bounded in time and in what it may answer.
"""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

LONGEST = 30  # seconds
LARGEST = 50_000_000  # characters
SAFE = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"),
    *("-c", "log.showSignature=false", "-c", "core.quotePath=false"),
)
FORMAT = "%x01%ct"  # a byte that no path of ours holds, then the time


def first_seen(folder: Path) -> dict[str, datetime]:
    """Return when each file below `folder` was first committed, by its place.

    Empty where there is no git, no repository, or no answer in time.
    """
    git = shutil.which("git")
    if git is None:
        return {}
    command = [
        *(git, "--no-pager", *SAFE, "-C", str(folder), "log", "--no-renames"),
        *("--diff-filter=A", "--name-only", "--relative", "-z"),
        *(f"--format={FORMAT}", "--", "."),
    ]
    try:
        answer = subprocess.run(  # noqa: S603 - no shell, nothing of a stranger's
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LONGEST,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    return _read(answer.stdout[:LARGEST].decode("utf-8", "replace"))


def _read(answer: str) -> dict[str, datetime]:
    """Read commits, the newest first; the oldest that added a file counts."""
    found: dict[str, datetime] = {}
    for commit in answer.split("\x01")[1:]:
        time, *places = commit.split("\0")
        if time.strip().isdigit():
            moment = datetime.fromtimestamp(int(time), UTC)
            found |= {one.lstrip("\n"): moment for one in places if one.strip()}
    return found
