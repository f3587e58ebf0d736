"""An error of a worker process in, the same error for the process that it works for out."""

import pickle
import traceback


def portable(error: Exception) -> Exception:
    """The error, with this process's traceback as a note; its text, if it cannot be pickled."""
    try:
        # An error that does not unpickle there would end the connection.
        copied: Exception = pickle.loads(pickle.dumps(error))
    except Exception:
        copied = RuntimeError(f"{type(error).__name__}: {error}")
    copied.add_note(f"in the worker process:\n{''.join(traceback.format_exception(error))}")
    return copied
