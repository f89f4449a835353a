"""`make ui`: Dagster's webserver and daemon, from a line with the address to open to the Ctrl-C that ends them."""

import fcntl
import os
import socket
import sys
from pathlib import Path

import click

HOST = "127.0.0.1"

LOCK = Path("data/dagster/ui.lock")
"""Locked as long as the UI of this folder runs or starts: two daemons on one storage stop each other's work."""

NOT_OURS = "ignore:Function `dev_command` is superseded"
"""Dagster recommends `dg dev` of another package, which only a project made by `dg` needs."""


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True, help="Where the UI listens.")
def main(port: int) -> None:
    """Start the UI of the folder it is called in; the process becomes Dagster's."""
    if not is_locked_by_us():
        raise click.ClickException(
            "The UI of this folder is running or starting already.\n"
            "Open the address that its first line names, or end it with Ctrl-C there."
        )
    if is_in_use(port):
        raise click.ClickException(
            f"Port {port} is in use, perhaps by another `make ui`.\n"
            f"Stop that, or choose another one: make ui port={port + 1}"
        )
    click.echo(f"Dagster starts, which takes about ten seconds.\nOpen http://{HOST}:{port}; Ctrl-C ends it.")
    sys.stdout.flush()
    command = ["dagster", "dev", "--host", HOST, "--port", str(port), "--workspace", "workspace.yaml"]
    os.execv(sys.executable, [sys.executable, "-W", NOT_OURS, "-m", *command])


def is_locked_by_us() -> bool:
    """Lock the folder's UI until this process ends, also as Dagster's; False if another process holds the lock."""
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(lock, True)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    return True


def is_in_use(port: int) -> bool:
    """Whether a program listens on a port of this machine."""
    with socket.socket() as asking:
        # A server that has just ended leaves the port to the next one.
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asking.bind((HOST, port))
        except OSError:
            return True
        return False


if __name__ == "__main__":
    main()
