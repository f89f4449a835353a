"""A webserver and a daemon of our own, in a folder of their own, and the questions that the UI asks them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import copy
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

ROOT = Path(__file__).parents[2]
JOB = {
    "repositoryLocationName": "cdp_pipeline",
    "repositoryName": "__repository__",
    "jobName": "daily_profiles",
}
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
PATIENCE = 300.0

LAUNCH = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
BACKFILL = """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
BACKFILL_RUNS = """query($id: String!) { partitionBackfillOrError(backfillId: $id) {
  ... on PartitionBackfill { runs(limit: 100) { runId status startTime endTime tags { key value } } } } }"""
NEWEST_RUN = "{ runsOrError(limit: 1) { ... on Runs { results { runId } } } }"
RUN = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status startTime endTime } } }"
ASSETS = "{ assetNodes { assetKey { path } isExecutable } }"


class Instance:
    """`make ui` on a free port, over landing folders, a lake and a database below one folder."""

    def __init__(self, folder: Path, raw: Path, webhook: str) -> None:
        self.folder, self.raw = folder, raw
        self.url = f"http://127.0.0.1:{_free_port()}"
        for name in ("dagster.yaml", "workspace.yaml"):
            copy(ROOT / name, folder)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("CDP_", "PYTEST"))},
            "DAGSTER_HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "CDP_RAW_DIR": str(raw),
            "CDP_LAKE_DIR": str(folder / "lake"),
            "CDP_DATABASE_URL": f"sqlite:///{folder}/serving/cdp.db",
            "CDP_ALERT_WEBHOOK": webhook,
            "COLUMNS": "80",
        }
        self.quality_page = folder / "serving" / "data_quality.html"
        self.log = folder / "dagster.log"

    def start(self) -> None:
        """Start both and wait until the code location is loaded."""
        (self.folder / "data" / "dagster").mkdir(parents=True)
        port = self.url.rsplit(":", 1)[1]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                f"{sys.executable} -m dagster dev --host 127.0.0.1 --port {port} --workspace workspace.yaml".split(),
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait_until(lambda: bool(self._assets_if_up()), "webserver")

    def stop(self) -> None:
        """End what `start` started, as Ctrl-C does; what does not listen within twenty seconds is killed."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def cdp(self, *arguments: str) -> tuple[int, str]:
        """Call the command line in the instance's folder, while webserver and daemon run; its status and its words."""
        call = "import sys; from cdp_pipeline.cli import main; sys.argv[0] = 'cdp'; main()"
        done = subprocess.run(
            [sys.executable, "-c", call, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def newest_run(self) -> str:
        """The id of the run that began last, whoever launched it."""
        return str(self.ask(NEWEST_RUN)["runsOrError"]["results"][0]["runId"])

    def ask(self, query: str, **variables: Any) -> Any:
        """The data of a GraphQL answer."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=60) as response:
            answer = json.load(response)
        assert not answer.get("errors"), answer["errors"]
        return answer["data"]

    def launch_day(self, day: str) -> str:
        """Launch `daily_profiles` for one drop date, as its page does; gives the run's id."""
        metadata = {"tags": [{"key": "dagster/partition", "value": day}]}
        params = {"selector": JOB, "runConfigData": {}, "mode": "default", "executionMetadata": metadata}
        launched = self.ask(LAUNCH, params=params)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def launch_backfill(self, days: Sequence[str]) -> str:
        """Launch `daily_profiles` for several drop dates, as its page does; gives the backfill's id."""
        job_set = f"{JOB['jobName']}_partition_set"
        repository = {name: JOB[name] for name in ("repositoryLocationName", "repositoryName")}
        selector = {"partitionSetName": job_set, "repositorySelector": repository}
        nodes = self.ask(ASSETS)["assetNodes"]
        assets = [{"path": node["assetKey"]["path"]} for node in nodes if node["isExecutable"]]
        params = {"selector": selector, "assetSelection": assets, "partitionNames": list(days), "fromFailure": False}
        launched = self.ask(BACKFILL, params=params)["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        return str(launched["backfillId"])

    def ending(self, run_id: str) -> str:
        """Wait for a run; gives how it ended."""
        self.wait_until(lambda: self._status(run_id) in ENDED, f"run {run_id}")
        return self._status(run_id)

    def backfill_runs(self, backfill_id: str) -> list[dict[str, Any]]:
        """Wait for a backfill's runs, of which there is one at least; gives their ids, statuses and tags."""

        def is_done() -> bool:
            runs = self._backfill_runs(backfill_id)
            return bool(runs) and all(run["status"] in ENDED for run in runs)

        self.wait_until(is_done, f"backfill {backfill_id}")
        return self._backfill_runs(backfill_id)

    def _backfill_runs(self, backfill_id: str) -> list[dict[str, Any]]:
        return list(self.ask(BACKFILL_RUNS, id=backfill_id)["partitionBackfillOrError"]["runs"])

    def times(self, run_id: str) -> tuple[float, float]:
        """When a run began and ended."""
        run = self.ask(RUN, id=run_id)["runOrError"]
        return run["startTime"], run["endTime"]

    def _status(self, run_id: str) -> str:
        return str(self.ask(RUN, id=run_id)["runOrError"]["status"])

    def _assets_if_up(self) -> list[Any]:
        try:
            return list(self.ask(ASSETS)["assetNodes"])
        except (URLError, ConnectionError, TimeoutError):
            return []

    def wait_until(self, is_done: Callable[[], bool], what: str) -> None:
        """Wait for something that webserver or daemon do; an error with their last words if it takes too long."""
        until = time.monotonic() + PATIENCE
        while not is_done():
            assert self.process.poll() is None, f"dagster ended; its last words:\n{self.last_words()}"
            assert time.monotonic() < until, f"{what} is not done after {PATIENCE:.0f} s:\n{self.last_words()}"
            time.sleep(0.5)

    def last_words(self) -> str:
        """The end of what webserver and daemon printed."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:])


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
