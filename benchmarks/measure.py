"""One measurement in a process of its own: CPU seconds and the peak of memory above what stood there before."""

from __future__ import annotations

import gc
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds, and megabytes of peak memory added while it ran."""

    cpu: float
    megabytes: float


def in_process(work: Callable[[], Any]) -> Cost:
    """What some work costs in this process; its result is kept alive until it is measured."""
    gc.collect()
    before, start = _peak(), time.process_time()
    result = work()
    cpu = time.process_time() - start
    del result
    return Cost(cpu, _peak() - before)


def apart(task: str, *arguments: int) -> Cost:
    """The same in a process of its own, so that peaks do not hide behind each other."""
    command = [sys.executable, str(HERE / "tasks.py"), task, *map(str, arguments)]
    path = os.pathsep.join((str(HERE), str(HERE.parent)))
    environment = os.environ | {"PYTHONPATH": path}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return Cost(**json.loads(done.stdout))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
