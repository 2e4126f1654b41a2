"""Dispatch, a newsletter and feed publisher.

Articles are collected, feeds published, issues composed, messages delivered,
people subscribe. The package listing reads as that sentence; docs/architecture.md
is the map.
"""

__version__ = "0.1.0"
