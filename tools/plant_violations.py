"""Plant one violation of each import contract in a copy, and see that it is caught.

    python tools/plant_violations.py

Prints a line per contract; exits 1 when a planted violation went unnoticed.
"""

import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
NOWHERE = "errors.py"  # may import no library at all


def main() -> int:
    """Try every contract of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    missed = 0
    for contract in project["tool"]["importlinter"]["contracts"]:
        file, line = planted(contract)
        caught = contract["name"] in broken(file, line)
        missed += not caught
        print(
            f"{'caught' if caught else 'MISSED'}  {contract['name']}  ({file}: {line})"
        )
    return int(missed > 0)


def planted(contract: dict[str, list[str]]) -> tuple[str, str]:
    """Return the file and the import that break a contract."""
    match contract["type"]:
        case "layers":
            return "model/links.py", "import dispatch.errors"
        case "acyclic_siblings":
            return "text/urls.py", "import dispatch.text.fingerprints"
        case "forbidden":
            return "compose/splice.py", f"import {contract['forbidden_modules'][0]}"
        case _:
            return NOWHERE, f"import {contract['protected_modules'][0]}"


def broken(file: str, line: str) -> str:
    """Return what lint-imports says of a copy with `line` on top of `file`."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "src" / "dispatch"
        shutil.copytree(ROOT / "src" / "dispatch", copy)
        shutil.copy(ROOT / "pyproject.toml", folder)
        target = copy / file
        source = target.read_text()
        head = source.index('"""', 3) + 3
        target.write_text(f"{source[:head]}\n{line}\n{source[head:]}")
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", LINT],
            cwd=folder,
            env={"PYTHONPATH": str(Path(folder) / "src")},
            capture_output=True,
            text=True,
            check=False,
        )
        return "\n".join(
            row for row in done.stdout.splitlines() if row.endswith("BROKEN")
        )


LINT = """
from importlinter.cli import lint_imports
raise SystemExit(lint_imports(cache_dir=None, no_logo=True))
"""

if __name__ == "__main__":
    sys.exit(main())
