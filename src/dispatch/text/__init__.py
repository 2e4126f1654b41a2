"""Text as the field knows it: plain text, HTML, web addresses, mail addresses.

Strings in, strings out, pure. Every function takes any text, from anybody, and is
bounded in time; only `address` refuses, with a sentence. May import errors and
model. Must not import a stage, the store or the shell.
"""
