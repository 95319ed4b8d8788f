"""Processes whose parent was killed: they notice it and end, instead of running on without anybody to stop them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from multiprocessing import parent_process

LOOK_SECONDS = 0.5  # between two looks for the parent


def after_parent(act: Callable[[], object]) -> None:
    """Call `act` in a thread once the process that started this one (by multiprocessing) has ended, however it did.

    The parent's id tells that wherever a child was forked or spawned. The end of a pipe from the parent does not: children
    that were forked later hold its other end too.
    """
    parent = parent_process()

    def look() -> None:
        while parent is not None and os.getppid() == parent.pid:
            time.sleep(LOOK_SECONDS)
        act()

    threading.Thread(target=look, name="parent", daemon=True).start()
