"""Markdown to HTML by markdown-it. What comes out still wants `sanitise`.

Typographer off: it would turn the apostrophe of ’07 into an opening quote. HTML
inside Markdown passes, since the sanitiser judges it like any other.
"""

from markdown_it import MarkdownIt

PARSER = MarkdownIt("commonmark", {"html": True, "typographer": False}).enable(
    ["table", "strikethrough"]
)


def to_html(text: str) -> str:
    """Render CommonMark with tables and strike-through."""
    html: str = PARSER.render(text)
    return html
