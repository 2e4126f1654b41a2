"""Collecting: a source in, a `Harvest` of stories and problems out.

    folder   a drop folder of text, Markdown and HTML files
    feed     RSS, Atom and JSON Feed over HTTP, through the `Fetch` it is handed
    decide   what a collected story means for the articles already known

A raw newsroom file is understood by the rules T0 to T17, each in the module that
bears its term: encoding, front_matter, headers, credits, byline, headline, lede,
class_years, blocks, notices, summary. Every field says which rule set it.

May import model, errors, text. Must not import another stage, the store, the
config or the clock: `now` is an argument. Only `folder` touches the disk.
"""
