"""`make ui`: Dagster's webserver and daemon, from a line with the address to open to the Ctrl-C that ends them."""

import os
import socket
import sys

import click

HOST = "127.0.0.1"

NOT_OURS = "ignore:Function `dev_command` is superseded"
"""Dagster recommends `dg dev` of another package, which only a project made by `dg` needs."""


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True, help="Where the UI listens.")
def main(port: int) -> None:
    """Start the UI of the folder it is called in; the process becomes Dagster's."""
    if is_in_use(port):
        raise click.ClickException(
            f"Port {port} is in use, perhaps by another `make ui`. Stop that, or choose another one: "
            f"make ui port={port + 1}"
        )
    click.echo(f"Dagster starts, which takes about ten seconds. Open http://{HOST}:{port}; Ctrl-C ends it.")
    sys.stdout.flush()
    command = ["dagster", "dev", "--host", HOST, "--port", str(port), "--workspace", "workspace.yaml"]
    os.execv(sys.executable, [sys.executable, "-W", NOT_OURS, "-m", *command])


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
