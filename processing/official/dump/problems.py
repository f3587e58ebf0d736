"""Errors of files and members of the dump: a reason to count by, and the details."""


class Unusable(ValueError):
    """A member, or a part of it, that cannot be used; it becomes a row of the rejects."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        """A stable short word."""
        self.detail = detail
        """What exactly was wrong."""


class UnknownShape(Unusable):
    """JSON of a form that no adapter knows: says which keys it has, and which file to extend."""

    def __init__(self, keys: object, adapter: str) -> None:
        shape: object = f"a {type(keys).__name__}"
        if isinstance(keys, dict):
            shape = sorted(str(key)[:40] for key in keys)[:12]
        super().__init__(
            "unknown_shape",
            f"found keys {shape}; teach processing/official/adapters/{adapter}.py",
        )
