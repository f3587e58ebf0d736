"""One thread: torch's wait for one another on a busy machine, six times as long as they work."""

import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)
