"""A Spark Connect server on this machine, a child of the process: for benchmarks and for the tests of clusters."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = str(Path(__file__).parents[1])
"""Workers import what functions of the benchmarks and tests are declared in."""

SECONDS = 600
"""How long a server may take until it answers; Spark's first start needs a minute."""


def free_port() -> int:
    """A port of this machine on which nothing answers."""
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return int(asking.getsockname()[1])


def sail_settings(workers: int, folder: Path) -> dict[str, str]:
    """The environment of a cluster of Sail with so many workers, which exchange rows by files of a folder.

    By default Sail streams them from task to task, and with two workers and two million records stood still for good.
    """
    return {
        "SAIL_MODE": "local-cluster",
        "SAIL_CLUSTER__WORKER_INITIAL_COUNT": str(workers),
        "SAIL_CLUSTER__WORKER_MAX_COUNT": str(workers),
        "SAIL_CLUSTER__WORKER_TASK_SLOTS": "64" if workers > 1 else "128",
        "SAIL_CLUSTER__SHUFFLE_BACKEND__TYPE": "storage",
        "SAIL_CLUSTER__SHUFFLE_BACKEND__STORAGE__PATH": (folder / "shuffle").as_uri(),
    }


def sail_command(port: int) -> list[str]:
    """The command of a server of Sail."""
    return [sys.executable, "-m", "pysail", "spark", "server", "--ip", "127.0.0.1", "--port", str(port)]


def start_server(
    command: Sequence[str], port: int, folder: Path, settings: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start a server and wait until it answers.

    Args:
        command: What starts it.
        port: Where it answers.
        folder: Where it works; what it prints is added to `log` there.
        settings: What its environment has beside that of this process.

    Raises:
        RuntimeError: It ended, or does not answer; with what it printed.
    """
    log = folder / "log"
    with log.open("ab") as printed:
        server = subprocess.Popen(
            command, env={**os.environ, "PYTHONPATH": ROOT, **settings}, cwd=folder, stdout=printed, stderr=printed
        )
    until = time.monotonic() + SECONDS
    while server.poll() is None and time.monotonic() < until:
        with socket.socket() as knocking:
            if knocking.connect_ex(("127.0.0.1", port)) == 0:
                return server
        time.sleep(0.1)
    server.kill()
    server.wait()
    raise RuntimeError(f"The server does not answer at port {port}: {log.read_text(encoding='utf-8')}")
