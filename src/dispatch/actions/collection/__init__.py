"""From a source to entries: visits, what came of them, and what an editor changes."""
