"""The files Dispatch ships: templates, the demo's config.toml and sample stories.

They stand once in the tree, at its root. A wheel carries them in `_shipped`; a
checkout and an editable install find them at the root.
"""

from pathlib import Path

from dispatch.errors import StartError

PACKAGE = Path(__file__).parent
PLACES = (PACKAGE / "_shipped", PACKAGE.parents[1])


def shipped(name: str) -> Path:
    """Return where a shipped file or folder lies: templates, articles, config.toml.

    Raises StartError when the installation lacks it.
    """
    for place in PLACES:
        if (place / name).exists():
            return place / name
    raise StartError(
        f"{name}: this file of Dispatch itself is missing. "
        "Install Dispatch again, or check the source out whole."
    )


def template_folders(publication: Path, kind: str) -> tuple[Path, ...]:
    """Return where templates of a kind ("email", "web") are looked for, in order.

    The publication's own folder comes first, so that one file of it replaces one
    shipped file. It need not exist.
    """
    own = publication / "templates" / kind
    ours = shipped("templates") / kind
    return (own,) if own == ours else (own, ours)
