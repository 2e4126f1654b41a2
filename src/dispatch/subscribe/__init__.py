"""How people come and go: the states of a subscription, signed links, lists in files.

In: values and open files. Out: values: the next state, a token, rows to import. May
import model, errors, text. Knows no other stage, no store, no config and no clock.
"""
