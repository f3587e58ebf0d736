"""What can be wrong with a file of the dump: a reason to count by, and what exactly was found."""


class Unusable(ValueError):
    """A member, or a part of it, that cannot be used; it becomes a row of the rejects."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        """A stable short word."""
        self.detail = detail
        """What exactly was wrong."""


class UnknownShape(Unusable):
    """JSON of a form that no adapter knows: says which keys it has and where to teach it."""

    def __init__(self, keys: object, adapter: str) -> None:
        found = sorted(str(key)[:40] for key in keys)[:12] if isinstance(keys, dict) else keys
        what = found if isinstance(keys, dict) else f"a {type(keys).__name__}"
        super().__init__(
            "unknown_shape",
            f"found keys {what}; teach processing/official/adapters/{adapter}.py",
        )
