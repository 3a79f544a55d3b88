"""Many clips on a real scheduler with real workers, and files from stores and servers, all here."""

from __future__ import annotations

import functools
import http.server
import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from conftest import (
    FFMPEG,
    Ran,
    command,
    gif_frames,
    rollscan,
    running_ffmpegs,
    sig,
)

pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")

from rollscan.errors import ArgumentError, ClusterError, OutputError, SourceError
from rollscan.job import Job
from rollscan.many import cluster, joining, running, stores
from rollscan.many.batch import Batch
from rollscan.many.names import Clip
from rollscan.many.order import Certificates
from rollscan.parser import as_typed

# An ffmpeg that kills the program that started it, where the clip is poison.
_POISON = f"""#!/bin/sh
case "$*" in *poison*) kill -9 $PPID; exit 1;; esac
exec {FFMPEG} "$@"
"""


class Place:
    """A scheduler and its workers, as processes of their own."""

    def __init__(self, folder: Path, workers: int, *, nanny: bool, **surroundings: str) -> None:
        self.folder = folder
        self._nanny = "--nanny" if nanny else "--no-nanny"
        self.file = folder / "scheduler.json"
        program = folder / "ffmpeg"
        program.write_text(_POISON)
        program.chmod(0o755)
        self._surroundings = {
            **os.environ,
            "IMAGEIO_FFMPEG_EXE": str(program),
            "TMPDIR": str(folder),
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "2",
            "DASK_TEMPORARY_DIRECTORY": str(folder / "scratch"),
            **surroundings,
        }
        self._file = f"--scheduler-file={self.file}"
        options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", self._file)
        self.scheduler = self._start("scheduler", *options)
        self.workers = [self.start_worker() for _ in range(workers)]

    def start_worker(self) -> subprocess.Popen[bytes]:
        options = ("--nthreads", "1", "--no-dashboard", "--death-timeout", "30", self._file)
        return self._start("worker", "--host", "127.0.0.1", self._nanny, *options)

    def _start(self, kind: str, *options: str) -> subprocess.Popen[bytes]:
        line = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *options]
        log = (self.folder / f"{kind}.log").open("ab")
        with log:
            return subprocess.Popen(
                line, stdout=log, stderr=log, env=self._surroundings, start_new_session=True
            )

    def rollscan(self, *arguments: str | Path, cwd: Path | None = None) -> Ran:
        return rollscan(*arguments, "--cluster", self.file, cwd=cwd)

    def close(self) -> None:
        for ran in (*self.workers, self.scheduler):
            with ExitStack() as gone:
                gone.callback(ran.wait)
                if ran.poll() is None:
                    os.killpg(ran.pid, signal.SIGKILL)


@contextmanager
def placed(
    folder: Path, workers: int, *, nanny: bool = False, **surroundings: str
) -> Iterator[Place]:
    """A cluster. nanny: whether each worker has a process that starts it again when it dies."""
    place = Place(folder, workers, nanny=nanny, **surroundings)
    try:
        until(place.file.exists)
        yield place
    finally:
        place.close()


def until(true: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of a store such as S3, with a bucket."""
    pytest.importorskip("s3fs")
    moto = pytest.importorskip("moto.server")
    import boto3

    server = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    boto3.client("s3", endpoint_url=address, **_KEYS).create_bucket(Bucket="bucket")
    yield address
    server.stop()


_KEYS = {
    "aws_access_key_id": "any",
    "aws_secret_access_key": "any",
    "region_name": "us-east-1",
}


def at(s3: str) -> dict[str, str]:
    """The surroundings in which s3:// is that store."""
    keys = {name.upper(): value for name, value in _KEYS.items()}
    return {**keys, "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": s3}


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory, s3: str) -> Iterator[Place]:
    """A cluster of two workers that lasts."""
    with placed(tmp_path_factory.mktemp("place"), 2, nanny=True, **at(s3)) as made:
        yield made


@pytest.fixture
def clips(brief: Path, tmp_path: Path) -> Path:
    """Six clips, the last of which is none."""
    folder = tmp_path / "clips"
    folder.mkdir()
    for name in "abcde":
        shutil.copy(brief, folder / f"{name}.mp4")
    (folder / "f.mp4").write_text("no clip")
    return folder


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def scratch(place: Place) -> list[str]:
    """What lies about of fetched clips."""
    return [name for name in files(place.folder) if "rollscan-" in name]


def plain_lines(said: str) -> list[str]:
    """The lines of a run without what is another each time: place and seconds."""
    changing = r"\[./.\] |, (took|in) [\d.]+ s|; .*"
    return sorted(re.sub(changing, "", line) for line in said.splitlines())


@pytest.mark.usefixtures("many_here")
def test_lines_files_and_report_are_those_of_this_machine(
    place: Place, clips: Path, out: Path
) -> None:
    line = ["../clips", "--gif", "{name}.gif", "--report", "r.jsonl"]
    ours = rollscan(*line, cwd=out)
    made = {name: (out / name).read_bytes() for name in files(out)}
    for name in made:
        (out / name).unlink()
    theirs = place.rollscan(*line, cwd=out)
    assert (ours.status, theirs.status) == (1, 1)
    assert plain_lines(ours.out) == plain_lines(theirs.out)
    assert plain_lines(ours.err) == plain_lines(theirs.err)
    assert theirs.err.count("\n") == 1 and "../clips/f.mp4 is not a video" in theirs.err
    now = {name: (out / name).read_bytes() for name in files(out)}
    reports = [
        sorted(re.sub(rb'"seconds": [\d.]+, "out', b"", text.pop("r.jsonl")).splitlines())
        for text in (made, now)
    ]
    assert reports[0] == reports[1]
    assert made == now
    again = place.rollscan(*line, "--resume", cwd=out)
    assert "6 clips: 5 skipped, 1 failed, in " in again.out


def test_a_killed_worker_loses_nothing(long: Path, tmp_path: Path, out: Path) -> None:
    (tmp_path / "place").mkdir()
    for k in range(3):
        (tmp_path / f"{k}.mp4").symlink_to(long)
    with placed(tmp_path / "place", 2) as place:
        line = command(*tmp_path.glob("*.mp4"), "--gif", out, "--end", "2", "--cluster", place.file)
        ran = subprocess.Popen(line, stdout=-1, stderr=-1, text=True)
        until(lambda: len(running_ffmpegs(tmp_path)) > 1)
        os.killpg(place.workers[0].pid, signal.SIGKILL)
        said, complained = ran.communicate(timeout=100)
    assert (ran.returncode, complained) == (0, "")
    assert "3 clips: 3 done, in" in said
    assert files(out) == ["0.gif", "1.gif", "2.gif"]
    assert all(len(gif_frames(out / name)) == 50 for name in files(out))


def test_a_clip_that_kills_three_workers_is_given_up(place: Place, clips: Path, out: Path) -> None:
    shutil.copy(clips / "a.mp4", clips / "poison.mp4")
    ran = place.rollscan(clips, "--gif", out)
    assert ran.status == 1
    assert ran.err.count("\n") == 2, ran.err + ran.out
    poison, _ = sorted(ran.err.splitlines(), key=lambda line: "poison" not in line)
    assert re.fullmatch(
        rf"\[./7\] failed: {clips}/poison\.mp4: each worker that took it died, .*", poison
    )
    assert "7 clips: 5 done, 2 failed, in" in ran.out
    assert files(out) == [f"{name}.gif" for name in "abcde"]
    log = (place.folder / "scheduler.log").read_text()
    assert "marked as failed because 3 workers died" in log


@pytest.mark.usefixtures("many_here")
def test_a_lost_scheduler_is_one_line_and_the_rest_is_gone_on_with(
    long: Path, tmp_path: Path, out: Path
) -> None:
    (tmp_path / "place").mkdir()
    for k in range(2):
        (tmp_path / f"{k}.mp4").symlink_to(long)
    with placed(tmp_path / "place", 1) as place:
        line = [*tmp_path.glob("*.mp4"), "--gif", out, "--end", "2", "--cluster", place.file]
        ran = subprocess.Popen(command(*line), stdout=-1, stderr=-1, text=True)
        until(lambda: running_ffmpegs(tmp_path))
        place.scheduler.kill()
        _, complained = ran.communicate(timeout=100)
        assert ran.returncode == 1
        assert re.fullmatch(
            rf"rollscan: error: the scheduler at {place.file} is lost: start it again, and give"
            r" the same command with --resume\n",
            complained,
        )
    assert set(files(out)) <= {"0.gif", "1.gif"}
    ran = rollscan(*line[:-2], "--resume")
    assert (ran.status, ran.err) == (0, "")
    assert files(out) == ["0.gif", "1.gif"]


@pytest.mark.parametrize("sent", [signal.SIGINT, sig("SIGKILL")])
@pytest.mark.parametrize("where", ["theirs", "local"])
def test_an_end_leaves_nothing_behind(
    place: Place, long: Path, tmp_path: Path, out: Path, sent: signal.Signals, where: str
) -> None:
    for k in range(3):
        (tmp_path / f"{k}.mp4").symlink_to(long)
    address = [place.file] if where == "theirs" else ["local", "--jobs", "1"]
    line = command(*tmp_path.glob("*.mp4"), "--gif", out, "--end", "3", "--cluster", *address)
    ran = subprocess.Popen(line, stdout=-1, stderr=-1, text=True, start_new_session=True)
    until(lambda: running_ffmpegs(tmp_path))
    began = time.monotonic()
    os.kill(ran.pid, sent)
    _, complained = ran.communicate(timeout=60)
    assert time.monotonic() - began < 20
    if sent == signal.SIGINT:
        assert ran.returncode == 1
        assert complained == "rollscan: error: stopped; what was not finished was not written\n"
    quiet = 0
    while quiet < 20:  # looks: between two ffmpegs of a clip there is none
        quiet = 0 if running_ffmpegs(tmp_path) else quiet + 1
        time.sleep(0.05)
    until(lambda: not _with(str(out)))
    assert all(len(gif_frames(out / name)) == 75 for name in files(out))


def _with(word: str) -> list[str]:
    running = psutil.process_iter(["cmdline"])
    lines = [" ".join(process.info["cmdline"] or ()) for process in running]
    return [line for line in lines if word in line and "rollscan" in line]


# Where it cannot be.


def orders(*inputs: str, out: Path) -> Batch:
    return Batch([Clip(name) for name in inputs], {"gif": f"{out}/{{name}}.gif"}, Job(Path("any")))


def test_no_scheduler_is_one_line(clips: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "_PATIENCE", 1)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(ClusterError, match=f"no scheduler answers at {address} .*start one"):
            list(cluster.outcomes(orders("a.mp4", out=out), address, 1))


def test_other_versions_are_said_first(
    place: Place, clips: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "__version__", "9.9")
    with pytest.raises(ClusterError, match=r"has rollscan \d.*, here it is 9.9: give all the same"):
        list(cluster.outcomes(orders(str(clips / "a.mp4"), out=out), str(place.file), 1))
    monkeypatch.setattr(cluster, "_check_versions", lambda client: None)  # a worker that came later
    (outcome,) = cluster.outcomes(orders(str(clips / "a.mp4"), out=out), str(place.file), 1)
    assert outcome.status == "failed" and "not 9.9: give all the same" in outcome.error
    assert not files(out)


def test_a_cluster_without_workers_is_said(
    tmp_path: Path, clips: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_NO_WORKER_TIMEOUT", 0.5)
    (tmp_path / "place").mkdir()
    with (
        placed(tmp_path / "place", 0) as place,
        pytest.raises(ClusterError, match=r"has had no worker for 0 s: start some \(dask worker"),
    ):
        list(cluster.outcomes(orders(str(clips / "a.mp4"), out=out), str(place.file), 1))


def test_without_the_extra_one_line_says_so(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(ArgumentError, match=r"needs Dask: pip install \"rollscan\[cluster\]\""):
        list(cluster.outcomes(orders("a.mp4", out=out), "local", 1))
    monkeypatch.setattr(stores, "find_spec", lambda name: None)
    with pytest.raises(ArgumentError, match=r"which needs pip install \"rollscan\[cluster\]\""):
        stores.check_url("s3://bucket/a.mp4")


# Who may join.


def listening() -> set[int]:
    """The ports on which this process and those below it listen."""
    import psutil

    ours = psutil.Process()
    return {
        found.laddr.port
        for process in (ours, *ours.children(recursive=True))
        for found in process.net_connections()
        if found.status == "LISTEN"
    }


def test_nobody_else_on_this_machine_joins_a_local_cluster_or_sees_it(tmp_path: Path) -> None:
    from distributed import Client

    before = listening()
    with cluster._logging_disabled(), joining.joined("local", 1, None) as client:
        client.wait_for_workers(1)
        assert client.submit(pow, 3, 2).result() == 9
        (folder,) = client.run(lambda dask_worker: dask_worker.local_directory).values()
        assert Path(folder).stat().st_mode & 0o077 == 0
        assert tempfile.gettempdir() == str(Path(folder).parents[2])
        ports = listening() - before
        assert len(ports) >= 4  # of scheduler, nanny and worker, and of the pages
        host, _, _ = client.scheduler.address.removeprefix("tls://").partition(":")
        assert host == "127.0.0.1"
        for port in ports:
            for path in ("info/main/workers.html", "json/counts.json", "metrics", "health"):
                with pytest.raises(OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5)
        with pytest.raises(OSError):
            Client(client.scheduler.address.replace("tls:", "tcp:"), timeout=1)
    assert not Path(folder).exists()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Certificates]:
    """Dask's own security, and its certificate and key as files."""
    from distributed.security import Security

    made = Security.temporary()
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_text(made.tls_client_cert)
    (folder / "key.pem").write_text(made.tls_client_key)
    (folder / "both.pem").write_text(made.tls_client_cert + made.tls_client_key)
    cert = str(folder / "cert.pem")
    return made, Certificates(cert, cert, str(folder / "key.pem"))


def test_a_cluster_with_tls_is_joined_with_its_certificates_alone(
    certificates: tuple[Any, Certificates], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(joining, "_PATIENCE", 2)
    security, given = certificates
    both = str(Path(given.cert).with_name("both.pem"))
    with LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=False,
        protocol="tls://",
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        security=security,
    ) as place:
        address = place.scheduler_address
        file = tmp_path / "scheduler.json"
        file.write_text(json.dumps({"address": address}))
        for where, tls in (
            (address, given),
            (address.removeprefix("tls://"), given),
            (str(file), Certificates(given.ca_file, both)),
        ):
            with joining.joined(where, 1, tls) as client:
                assert client.submit(pow, 3, 2).result() == 9
        for where in (address, str(file)):
            said = "is joined with certificates: add --tls-ca-file and --tls-cert"
            with pytest.raises(ArgumentError, match=said), joining.joined(where, 1, None):
                pass
        with pytest.raises(ClusterError), joining.joined(address.replace("tls", "tcp"), 1, given):
            pass


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "--tls-cert has no effect without --cluster"),
        ({"cluster": "local"}, "--tls-cert has no effect with --cluster local, which has its own"),
        ({"cluster": "tls://x:1"}, "--tls-cert needs --tls-ca-file as well: add that"),
        ({"cluster": "x:1", "tls_ca_file": "no"}, "--tls-ca-file is no, and there is no such file"),
        ({"cluster": "x:1", "tls_ca_file": __file__}, "cannot be used"),
    ],
)
def test_certificates_of_no_use_are_said(options: dict[str, str], said: str, out: Path) -> None:
    with pytest.raises(ArgumentError) as refused:
        list(running.outcomes(orders("a.mp4", out=out), {"tls_cert": __file__, **options}))
    assert said in as_typed(refused.value)


def test_without_cryptography_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with (
        pytest.raises(ArgumentError, match=r"needs the package cryptography, .*: pip install"),
        joining.joined("local", 1, None),
    ):
        pass


def test_a_path_that_a_worker_does_not_see_is_said_with_its_host(
    place: Place, clips: Path, tmp_path: Path, out: Path
) -> None:
    ran = place.rollscan(tmp_path / "no.mp4", clips / "a.mp4", "--gif", f"{out}/no/{{name}}.gif")
    host = re.escape(socket.gethostname())
    assert ran.status == 1
    first, second = sorted(ran.err.splitlines(), key=lambda line: "no.mp4" not in line)
    assert re.search(rf"no\.mp4 is not seen by the worker on {host}: give a folder that all", first)
    assert re.search(rf"a\.mp4: there is no folder {out}/no for the worker on {host}: ", second)
    assert not files(out)


# Stores.


@pytest.mark.usefixtures("many_here")
def test_clips_and_loops_in_a_store(
    place: Place, s3: str, brief: Path, clips: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in at(s3).items():
        monkeypatch.setenv(name, value)
    import s3fs

    store = s3fs.S3FileSystem(endpoint_url=s3, skip_instance_cache=True, use_listings_cache=False)
    for name in ("in/a.mp4", "in/deep/b.mp4"):
        store.put_file(str(brief), f"bucket/{name}")
    store.pipe_file("bucket/in/c.mp4", b"no clip")
    line = ["s3://bucket/in/", "--recursive", "--gif", "s3://bucket/out/", "--poster"]
    line += [f"{out}/{{name}}.png", "--report", str(out / "r.jsonl")]
    ran = place.rollscan(*line)
    assert ran.status == 1
    assert re.fullmatch(r"\[./3\] failed: s3://bucket/in/c\.mp4 is not a video .*\n", ran.err)
    assert sorted(store.find("bucket/out")) == ["bucket/out/a.gif", "bucket/out/deep/b.gif"]
    assert re.search(r"done: s3://bucket/out/deep/b\.gif: 64x48, 10 frames, .*; .*/b\.png", ran.out)
    entries = [json.loads(entry) for entry in (out / "r.jsonl").read_text().splitlines()]
    assert {output["file"] for entry in entries for output in entry["outputs"]} == {
        *("s3://bucket/out/a.gif", "s3://bucket/out/deep/b.gif"),
        *(f"{out}/a.png", f"{out}/b.png"),
    }
    assert rollscan(clips / "a.mp4", "--gif", out / "here.gif").status == 0
    assert store.cat_file("bucket/out/a.gif") == (out / "here.gif").read_bytes()
    before = store.info("bucket/out/a.gif")["LastModified"]
    store.rm_file("bucket/out/deep/b.gif")
    ran = rollscan(*line, "--resume")  # here, and not on the cluster
    assert "1 done, 1 skipped, 1 failed, in" in ran.out
    store.invalidate_cache()
    assert store.info("bucket/out/a.gif")["LastModified"] == before
    assert not scratch(place)


class _Server(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(clips: Path) -> Iterator[str]:
    """The address at which the clips are served."""
    serving = functools.partial(_Server, directory=str(clips))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serving) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_clips_from_a_server(place: Place, served: str, out: Path) -> None:
    pytest.importorskip("aiohttp")
    inputs = [f"{served}/{name}.mp4?key=1" for name in ("a", "b", "none")]
    for again in ("2 done, 1 failed", "2 skipped, 1 failed"):
        ran = place.rollscan(*inputs, "--gif", out, "--resume")
        assert ran.status == 1
        assert re.fullmatch(
            rf"\[./3\] failed: {served}/none\.mp4\?\*\*\* does not exist: .*\n", ran.err
        )
        assert f"3 clips: {again}, in " in ran.out
    assert files(out) == ["a.gif", "b.gif"]
    assert not scratch(place)
    ran = rollscan(inputs[0], "--gif", f"{served}/x.gif")
    assert ran.status == 1
    shown = re.escape(inputs[0].replace("key=1", "***"))
    assert re.search(rf"failed: {shown}: {served}/x\.gif cannot be written", ran.err)


@pytest.fixture
def files_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """https:// is this machine's files: a store that can move what it holds."""
    from fsspec.implementations.local import LocalFileSystem

    def store(url: str, public_only: bool) -> tuple[LocalFileSystem, str]:
        return LocalFileSystem(), url.removeprefix("https://")

    monkeypatch.setattr(stores, "_store", store)


@pytest.mark.usefixtures("files_here")
def test_what_is_put_appears_whole_or_not_at_all(
    brief: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fsspec.implementations.local import LocalFileSystem

    url = f"https://{out}/new/a.mp4"
    stores.put(brief, url)
    assert (out / "new/a.mp4").read_bytes() == brief.read_bytes()
    assert abs((stores.last_modified(url) or 0) - time.time()) < 60

    def torn(self: object, source: str, target: str, **_: object) -> None:
        Path(target).write_bytes(b"half")
        raise OSError("the line is dead")

    monkeypatch.setattr(LocalFileSystem, "put_file", torn)
    with pytest.raises(OutputError, match=r"a\.mp4 cannot be written \(the line is dead\): check"):
        stores.put(brief, url)
    assert files(out) == ["new/a.mp4"]
    assert (out / "new/a.mp4").read_bytes() == brief.read_bytes()
    with pytest.raises(SourceError, match=r"b\.mp4 does not exist"):
        stores.fetch(f"https://{out}/b.mp4", out / "c.mp4")


@pytest.mark.usefixtures("files_here")
@pytest.mark.parametrize("broken", ["fetch", "render", "put"])
def test_the_temporary_folder_is_empty_whatever_happens(
    brief: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    from rollscan.many import attempt

    aside = tmp_path / "aside"
    aside.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(aside))
    (order,) = Batch([Clip(f"https://{brief}")], {"gif": f"https://{out}/a.gif"}, Job(Path("any")))
    assert attempt.attempt(order).status == "done"
    assert files(out) == ["a.gif"]
    (out / "a.gif").unlink()

    def fails(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(attempt, broken, fails)
    outcome = attempt.attempt(order)
    assert outcome.status == "failed"
    assert outcome.error.startswith(f"https://{brief}: not enough memory: ")
    assert not files(out)
    assert not list(aside.iterdir())


_FAULTS = """
import resource, sys
import numpy as np
from rollscan.many import cluster

if "kept" in sys.argv:
    cluster._keep_freed_memory()
for k in range(101):
    if k == 1:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(1_000_000, np.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="Dask's setting is glibc's")
def test_a_worker_that_dask_has_set_up_does_not_ask_for_memory_for_every_frame() -> None:
    faults = {}
    for how in ("given back", "kept"):
        line = [sys.executable, "-c", _FAULTS, how]
        set_up = {**os.environ, "MALLOC_TRIM_THRESHOLD_": "65536"}
        faults[how] = int(subprocess.check_output(line, env=set_up))
    assert faults["given back"] > 100 * 100  # of the 244 pages of each
    assert faults["kept"] < 1000
