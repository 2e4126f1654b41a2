"""Paint every mail in every view, for somebody to look at.

    python tools/pictures.py FOLDER [NAME-OR-VIEW …]

Every design with a day's stories, one story, twenty-five, and right to left; and the
mails to one person. A picture is called MAIL.VIEW.png; words after the folder choose
those whose names contain one of them.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support import specimens, views


def main(folder: Path, wanted: list[str]) -> None:
    """Write the pictures."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("Chromium is not installed. On Debian: apt-get install chromium")
    folder.mkdir(parents=True, exist_ok=True)
    with views.screen(chromium) as screen:
        for name, page, view in _all():
            title = f"{name}.{view.name}"
            if wanted and not any(word in title for word in wanted):
                continue
            with screen.show(page, view) as tab:
                file = folder / f"{title}.png"
                tab.screenshot(path=str(file), full_page=True)
                print(file)


def _all() -> Iterator[tuple[str, str, views.View]]:
    for name, page in (*specimens.mails(), *specimens.letters()):
        for view in views.VIEWS:
            yield name, page, view


if __name__ == "__main__":
    _program, *words = sys.argv
    if not words:
        sys.exit(__doc__)
    main(Path(words[0]), words[1:])
