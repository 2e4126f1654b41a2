"""Unknown keys of config.toml are errors."""

Strict = dict[str, str]
"""pydantic's ConfigDict in plain clothes."""

STRICT: Strict = {"extra": "forbid"}
