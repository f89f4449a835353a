"""Makes the environment that `make` works in, and runs its uv: `python .ci/environment.py .venv run`.

Python and a package index are enough. uv, which installs the rest in seconds, comes from the index as well; it is told
of the index that pip is configured with, as it reads no pip.conf. Every package is installed by its hashes. An
environment that was not made here is never changed.
"""

import ast
import importlib.util
import os
import re
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Event, Thread

ROOT = Path(__file__).parents[1]
LOCKS = {
    "run": "requirements.lock",
    "dev": "requirements-dev.lock",
    "cluster": "requirements-cluster.lock",
    "spark": "requirements-spark.lock",
    "docs": "requirements-docs.lock",
    "bench": "benchmarks/requirements.lock",
}
"""What is installed to run the pipeline, beside that to test it, and beside both to run it on a cluster, to test it on
Spark itself or to measure it against others. What builds the site of the documents is installed without all of them."""

UV_LOCK = ROOT / "requirements-uv.lock"

_BUILT = ("cluster", "spark")
"""Levels with a package that comes as source only; what builds it is locked with it. Both packages carry the files of
`pyspark`, so that one environment has one of them."""

_MARK = ".made-by-make"
_STAMPS = {name: ".ready" if name == "run" else f".ready-{name}" for name in LOCKS}
_said = [time.monotonic()]
"""When something was last said."""

_OF_PIP = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}
"""Where uv looks for what pip's configuration says."""


class SetupError(Exception):
    """The environment cannot be made; the message says why, and what to do."""


def prepare(environment: Path, level: str) -> None:
    """Bring an environment to exactly what the lock files say, for this level and those it had before.

    Raises:
        SetupError: Somebody else made it, or it has a level that this one cannot stand beside; nothing was changed.
        subprocess.CalledProcessError: A package could not be installed; what was said stands on the terminal.
    """
    refuse_foreign(environment)
    asked = {level} if level in ("run", "docs") else {"run", "dev", level}
    levels = [name for name in LOCKS if name in asked or (environment / _STAMPS[name]).exists()]
    built = [name for name in _BUILT if name in levels]
    if len(built) > 1:
        raise SetupError(
            f"{environment} cannot hold {' and '.join(LOCKS[name] for name in built)}, which install the same files. "
            f"Name another folder:  python3 .ci/environment.py {environment}-{level} {level}"
        )
    _say(f"Setting up {environment} with Python {sys.version.split()[0]} (once) ...")
    if not _is_of_this_python(environment):
        _say("1 of 4: an empty environment")
        venv.create(environment, clear=True, symlinks=True)
        (environment / _MARK).touch()
    _say("2 of 4: uv, which installs the rest")
    _install_uv(environment)
    _say(f"3 of 4: the packages of {', '.join(LOCKS[name] for name in levels)}")
    locks = [str(ROOT / LOCKS[name]) for name in levels]
    allowed = ["--no-build"]
    for name in built:
        allowed = ["--require-build-hashes", "--build-constraints", str(ROOT / LOCKS[name])]
    run_uv(environment, "pip", "sync", "--require-hashes", *allowed, *locks)
    if "run" in levels:
        _say("4 of 4: cdp_pipeline itself")
        run_uv(environment, "pip", "install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    for name in levels:
        (environment / _STAMPS[name]).touch()
    _say(f"{environment} is ready.")


def refuse_foreign(environment: Path) -> None:
    """Leave alone what was not made here.

    Raises:
        SetupError: It is a link, or there is something without the marks that are left here.
    """
    named = f"name another folder for an environment of its own:  make VENV={environment}-own"
    if environment.is_symlink():
        raise SetupError(
            f"{environment} is a link to an environment elsewhere, which is not changed from here. "
            f"Remove the link, or {named}"
        )
    marks = (_MARK, _STAMPS["run"])
    if environment.exists() and not any((environment / name).exists() for name in marks):
        raise SetupError(f"{environment} was not made by make and is left as it is. Move it away, or {named}")


def run_uv(environment: Path, *arguments: str) -> None:
    """Run the environment's uv in it, with the index that pip is configured with.

    Raises:
        subprocess.CalledProcessError: It failed, and has said why.
    """
    told = {**os.environ, **settings_for_uv(_pip_configuration(environment), os.environ)}
    told |= {"VIRTUAL_ENV": str(environment.absolute()), "UV_PYTHON_DOWNLOADS": "never"}
    command = [str(environment / "bin" / "uv"), *arguments]
    held_back: list[str] = []
    with subprocess.Popen(command, env=told, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr or ():
            # A warning and what stands indented below it; where all goes well nobody has to read it.
            if line.startswith("warning:") or (held_back and line.startswith("   ")):
                held_back.append(line)
            # The names of all packages would push everything else off the screen.
            elif not line.startswith((" + ", " - ", " ~ ", "Using Python")):
                _say(f"  {line.strip()}")
    if process.returncode:
        for line in held_back:
            _say(f"  {line.rstrip()}")
        raise subprocess.CalledProcessError(process.returncode, command)


def settings_for_uv(configuration: str, environ: "dict[str, str] | os._Environ[str]") -> "dict[str, str]":
    """What `pip config list` says, in the variables that uv reads; what is set for uv already stays.

    Args:
        configuration: Lines such as `global.index-url='https://pypi.example.com/simple'`; those of pip's variables
            (`:env:`) go before those of files, and `install` before `global`.
        environ: The variables that are set.
    """
    found: dict[str, str] = {}
    for section in ("global", "install", ":env:"):
        for name, value in re.findall(rf"^{section}\.([\w-]+)=(.+)$", configuration, re.M):
            if name in _OF_PIP:
                # uv separates places to find files in by commas, pip by blanks, as both do indexes.
                text = str(ast.literal_eval(value)).split()
                found[_OF_PIP[name]] = ("," if name == "find-links" else " ").join(text)
    # Of several indexes pip takes the best fit from any. Hashes say what it must be.
    return {k: v for k, v in {**found, "UV_INDEX_STRATEGY": "unsafe-best-match"}.items() if k not in environ}


def _install_uv(environment: Path) -> None:
    """Have pip install uv: this Python's own, which costs less than one more in the environment."""
    uv, wanted = environment / "bin" / "uv", re.findall(r"^uv==(\S+)", UV_LOCK.read_text(encoding="utf-8"), re.M)[0]
    if uv.exists():
        said = subprocess.run([str(uv), "--version"], capture_output=True, text=True, check=False).stdout.split()
        if wanted in said:
            return
    # Twice quiet: errors alone. Whatever pip's configuration makes it warn of is none of this program's.
    install = ("install", "-qq", "--disable-pip-version-check", "--no-deps", "--require-hashes", "-r", str(UV_LOCK))
    subprocess.run([*_pip(environment), *install], check=True)


@cache
def _pip_configuration(environment: Path) -> str:
    listed = subprocess.run([*_pip(environment), "config", "list"], capture_output=True, text=True, check=True)
    return listed.stdout


def _pip(environment: Path) -> "list[str]":
    python = str(environment / "bin" / "python")
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "--python", python]
    if subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        if not importlib.util.find_spec("ensurepip"):
            raise SetupError("This Python has no pip. On Debian and Ubuntu: apt-get install python3-venv")
        subprocess.run([python, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
    return [python, "-m", "pip"]


def _is_of_this_python(environment: Path) -> bool:
    """Whether it runs, with the Python that this runs with."""
    shown = "import sys; print(*sys.version_info[:3])"
    try:
        said = subprocess.run(
            [environment / "bin" / "python", "-c", shown], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return said.stdout.split() == [str(part) for part in sys.version_info[:3]]


@contextmanager
def signs_of_life(silence: float = 1.8) -> Iterator[None]:
    """Say how long it has been, whenever nothing else was said for so many seconds."""
    began, ended = time.monotonic(), Event()

    def watch() -> None:
        while not ended.wait(silence / 10):
            if time.monotonic() - _said[0] > silence:
                _say(f"  ... {time.monotonic() - began:.0f} s")

    watching = Thread(target=watch)
    watching.start()
    try:
        yield
    finally:
        ended.set()
        watching.join()


def _say(words: str) -> None:
    _said[0] = time.monotonic()
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    folder, what, *rest = sys.argv[1:]
    try:
        if what == "uv":
            run_uv(Path(folder), *rest)
        else:
            with signs_of_life():
                prepare(Path(folder), what)
    except SetupError as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError as error:
        sys.exit(f"This failed, for the reason above: {' '.join(map(str, error.cmd))}")
    except KeyboardInterrupt:
        sys.exit(130)
