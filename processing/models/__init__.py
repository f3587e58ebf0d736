"""Backends: one file a tool, which does the work of one stage behind that stage's protocol.

    class SomeTool:                                  implements the Protocol of a task, which
        def __init__(self, weights: Path,            stands in `processing/stages/<task>.py`
                     device: str) -> None: ...
        def measure(self, ...) -> ...: ...

    SOME_TOOL: Tool[TaskProtocol] = Tool(            its descriptor: name, licence of the code,
        name="some-tool", make=SomeTool, ...)        packages, files of weights, what it takes

How a backend is written:

- It is made of (folder of weights, device), once for all units of a process. The device is `cpu`
  or `cuda:0`; a backend that has no GPU path ignores it.
- A file imports nothing heavy at its top: descriptors are read to print tables and to plan. What
  is needed is imported in `__init__` by `required(PACKAGE)`, whose error says what to install.
- Weights are `Weights`: file in the folder, publisher, licence, size. They are never fetched. What
  is missing is told by `missing(profile, folder)` before any work starts.
- `Tool.backend(folder)` is what the store and the manifest keep: its `build` holds the versions of
  the packages and the digests of the weights, so a part's key changes with either.
- What it gives is checked by the stage; text from a model is as untrusted as any stranger's.
- Which tool does which stage in which profile is one table:
  `processing/curation/profiles/profile.py`.
"""

from .descriptor import Package, Tool, Using, required

__all__ = ["Package", "Tool", "Using", "required"]
