"""Publish: articles in; RSS 2.0, Atom 1.0, JSON Feed 1.1 and OPML out.

In: a feed's settings, its stored identity, and its articles. Out: bytes that
depend on these alone, never on a clock, a locale, an order or a process; `files`
puts them in place. One story that cannot be shown is set aside and named; a feed
that fails its check is not published, and its last good files stay.

    channel.make → documents.make (check, fragments, assemble) → files

May import model, errors, text. Must not import another stage, the store, the
config or a clock. Only `files` touches the disk, only `feeds` knows feedgen and lxml.
"""
