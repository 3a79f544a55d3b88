"""Addresses and names that strangers choose: what is reached, how much comes, where it is put."""

from __future__ import annotations

import http.server
import importlib
import json
import os
import re
import socket
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollscan.cli import main
from rollscan.errors import ArgumentError, SourceError
from rollscan.job import Job
from rollscan.limits import Limits
from rollscan.look import Look
from rollscan.many import attempt as attempts
from rollscan.many import cores, inputs, stores, transfer, web
from rollscan.many.attempt import attempt
from rollscan.many.batch import Batch
from rollscan.many.lines import Lines
from rollscan.many.names import Clip, Pattern
from rollscan.many.order import Order, Outcome
from rollscan.many.report import as_table
from rollscan.masking import masked, masked_url
from rollscan.result import Written
from rollscan.safe_names import lies_within, safe_folder, safe_name

pytest.importorskip("fsspec", reason="the extra 'cluster' is not installed")
pytest.importorskip("aiohttp", reason="it is not installed")

SECRET = "hunter2"


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders are done here, one after the other: what starts processes is tested elsewhere."""

    def outcomes(orders: Iterable[Order], jobs: int, tick: object) -> Iterator[Outcome]:
        yield from map(attempt, orders)

    monkeypatch.setattr(cores, "outcomes", outcomes)


# Servers on loopback.

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


class Server:
    """A server whose answers are functions, by path; it counts what was asked of it."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                answer = answers.get(self.path.partition("?")[0])
                if answer is None:
                    self.send_error(404)
                    return
                with suppress(OSError):  # whoever asked has gone
                    answer(self)

            def do_HEAD(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[[dict[str, Answer]], Server]]:
    """Start servers, by their answers."""
    servers: list[Server] = []

    def start(answers: dict[str, Answer]) -> Server:
        servers.append(Server(answers))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def sends(body: bytes, kind: str = "video/mp4", **headers: str) -> Answer:
    def answer(asked: http.server.BaseHTTPRequestHandler) -> None:
        asked.send_response(200)
        asked.send_header("Content-Type", kind)
        asked.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            asked.send_header(name.replace("_", "-"), value)
        asked.end_headers()
        if asked.command == "GET":
            asked.wfile.write(body)

    return answer


def links(*targets: str) -> Answer:
    return sends("".join(f'<a href="{to}">clip</a>\n' for to in targets).encode(), "text/html")


def goes_to(url: str) -> Answer:
    def answer(asked: http.server.BaseHTTPRequestHandler) -> None:
        asked.send_response(302)
        asked.send_header("Location", url)
        asked.send_header("Content-Length", "0")
        asked.end_headers()

    return answer


def goes_on(piece: bytes, pause: float = 0) -> Answer:
    def answer(asked: http.server.BaseHTTPRequestHandler) -> None:
        asked.send_response(200)
        asked.end_headers()
        while True:
            asked.wfile.write(piece)
            time.sleep(pause)

    return answer


# What may be reached.

CHAINS = [
    "reference://::http://127.0.0.1:1/r.json",
    "zip://a.mp4::file:///etc/passwd",
    "simplecache::https://127.0.0.1:1/a.mp4",
]
OTHERS = [
    "file:///etc/passwd.mp4",
    "local:///etc/passwd.mp4",
    "memory://a.mp4",
    "ftp://127.0.0.1/a",
]


@pytest.mark.parametrize("url", [*CHAINS, *OTHERS, "dir://a::b.mp4", "github://o:r@/a.mp4"])
def test_an_address_of_another_protocol_is_refused_before_anything_is_opened(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([url, "--gif", f"{tmp_path}/"]) == 2
    said = capsys.readouterr().err
    assert re.fullmatch(
        r"rollscan: error: .* has the protocol .*, which is none of s3://.*\n", said
    )
    with pytest.raises(ArgumentError):
        stores.fetch(url, tmp_path / "clip")
    assert not files(tmp_path)


def test_a_chain_within_an_address_is_a_name_to_its_server(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    private = tmp_path / "private.mp4"
    private.write_bytes(b"private")
    server = serve({})
    with pytest.raises(SourceError, match="does not exist"):
        stores.fetch(f"{server.url}/a::file://{private}", tmp_path / "clip")
    assert server.asked == [f"/a::file://{private}"]


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::7f00:1"),
    ],
)
def test_addresses_of_private_networks_are_private(address: str) -> None:
    with pytest.raises(web.PrivateAddressError, match="private network or of this machine"):
        web.check_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_addresses_that_everybody_reaches_are_public(address: str) -> None:
    web.check_public(address)


def resolving(monkeypatch: pytest.MonkeyPatch, **names: list[str]) -> None:
    """Have names resolve to these addresses."""
    usual = socket.getaddrinfo

    def found(host: Any, port: Any, *more: Any, **others: Any) -> Any:
        for address in names.get(str(host).replace(".", "_"), [host]):
            return usual(address, port, *more, **others)

    monkeypatch.setattr(socket, "getaddrinfo", found)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "clips.example"])
def test_public_only_refuses_this_machine_by_whatever_name(
    serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    resolving(monkeypatch, clips_example=["127.0.0.1"])
    server = serve({"/a.mp4": sends(b"private"), "/": links("a.mp4")})
    url = f"http://{host}:{server.port}"
    for call in (
        lambda: stores.fetch(f"{url}/a.mp4", tmp_path / "clip", public_only=True),
        lambda: stores.last_modified(f"{url}/a.mp4", public_only=True),
        lambda: stores.list_files(f"{url}/", recursive=False, public_only=True),
        lambda: web.public_connection(host, server.port, 5),
    ):
        with pytest.raises((SourceError, web.PrivateAddressError), match="private network"):
            call()
    assert not server.asked
    stores.fetch(f"{url}/a.mp4", tmp_path / "clip")  # which is one's own business without it
    assert (tmp_path / "clip").read_bytes() == b"private"


def test_public_only_refuses_what_a_redirect_leads_to(
    serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = serve({"/a.mp4": sends(b"private")})
    public = serve({"/a.mp4": goes_to(f"{private.url}/a.mp4")})
    usual, checked = web.check_public, []

    def first_is_public(address: str) -> None:
        checked.append(address)
        if len(checked) > 1:
            usual(address)

    monkeypatch.setattr(web, "check_public", first_is_public)
    with pytest.raises(SourceError, match=r"127\.0\.0\.1 is of a private network .*--public-only"):
        stores.fetch(f"{public.url}/a.mp4", tmp_path / "clip", public_only=True)
    assert (public.asked, private.asked) == (["/a.mp4"], [])


def test_public_only_connects_sftp_to_the_address_that_was_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fsspec.spec import AbstractFileSystem
    from fsspec.utils import infer_storage_options

    told: list[dict[str, Any]] = []

    class Sftp(AbstractFileSystem):
        cachable = False

        def __init__(self, host: str, **how: Any) -> None:
            super().__init__()
            told.append({"host": host, **how})

        @staticmethod
        def _get_kwargs_from_urls(url: str) -> dict[str, Any]:
            found = infer_storage_options(url)
            return {name: found[name] for name in found if name not in ("path", "protocol")}

        def get_file(self, path: str, to: str) -> None:  # type: ignore[override]
            Path(to).write_text("clip", encoding="utf-8")

    registry = importlib.import_module("fsspec.registry")  # the package has another of that name
    monkeypatch.setattr(registry, "get_filesystem_class", lambda protocol: Sftp)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        url = f"sftp://me@clips.example:{port}/a.mp4"
        resolving(monkeypatch, clips_example=["127.0.0.1"])
        with pytest.raises(SourceError, match=r"127\.0\.0\.1 is of a private network"):
            stores.fetch(url, tmp_path / "clip", public_only=True)
        assert not told
        monkeypatch.setattr(web, "check_public", lambda address: None)
        stores.fetch(url, tmp_path / "clip", public_only=True)
        with told[0]["sock"] as connection:
            assert connection.getpeername() == ("127.0.0.1", port)


def test_public_only_is_an_option_for_addresses(
    serve: Callable[..., Server], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = serve({"/a.mp4": sends(b"private")})
    assert main([f"{server.url}/a.mp4", "--gif", f"{tmp_path}/", "--public-only"]) == 1
    assert "which --public-only refuses: give an address that everyb" in capsys.readouterr().err
    assert not server.asked
    assert main(["a.mp4", "--gif", f"{tmp_path}/", "--public-only"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("rollscan: error: --public-only has no effect without an address")


# How much comes.


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Limits that are met soon."""
    monkeypatch.setattr(stores, "_LISTING_S", 0.5)
    monkeypatch.setattr(web, "_PAGES_MAX_BYTES", 1 << 20)
    with Limits(max_fetch=100_000, max_fetch_stall=0.3).in_force():
        yield


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (goes_on(b"0" * 10_000, 0.001), "more than 100 KB come, which is the most"),
        (goes_on(b"0", 0.01), r"only \d+ B came in 0.3 s"),
        (goes_on(b"", 9), "only 0 B came in 0.3 s"),
        (sends(b"0" * 100_001), "more than 100 KB c[oa]me, which is the most"),
    ],
    ids=["without end", "in drops", "silent", "too long"],
)
def test_a_body_without_end_ends_with_one_line(
    serve: Callable[..., Server], tmp_path: Path, answer: Answer, said: str
) -> None:
    server = serve({"/a.mp4": answer})
    began = time.monotonic()
    with pytest.raises(SourceError, match=said):
        stores.fetch(f"{server.url}/a.mp4", tmp_path / "clip")
    assert time.monotonic() - began < 20
    size = (tmp_path / "clip").stat().st_size if (tmp_path / "clip").exists() else 0
    time.sleep(0.1)
    assert size == ((tmp_path / "clip").stat().st_size if size else 0)  # nothing goes on


@pytest.mark.usefixtures("small")
def test_what_is_as_long_as_may_be_comes_whole(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    body = os.urandom(100_000)
    stores.fetch(f"{serve({'/a.mp4': sends(body)}).url}/a.mp4", tmp_path / "clip")
    assert (tmp_path / "clip").read_bytes() == body


def test_what_a_server_has_packed_is_not_unpacked(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    import gzip

    packed = gzip.compress(bytes(1 << 20))
    server = serve({"/a.mp4": sends(packed, Content_Encoding="gzip")})
    stores.fetch(f"{server.url}/a.mp4", tmp_path / "clip")
    assert (tmp_path / "clip").read_bytes() == packed


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (goes_on(b"<a href='x.mp4'>" * 1000), "its pages hold more than 1 MiB"),
        (goes_on(b"<", 0.01), "no answer came in 0.5 s"),
    ],
)
def test_a_listing_without_end_ends_with_one_line(
    serve: Callable[..., Server], answer: Answer, said: str
) -> None:
    url = f"{serve({'/clips/': answer}).url}/clips/"
    with pytest.raises(SourceError, match=f"{url}: {said}"):
        stores.list_files(url, recursive=True)


class _Dripping:
    """A store without a loop, such as SFTP's, whose reads end only with its connection."""

    def __init__(self) -> None:
        self.client = self
        self.closed = threading.Event()

    def get_file(self, path: str, to: str) -> None:
        with open(to, "wb", buffering=0) as file:
            while not self.closed.wait(0.01):
                file.write(b"0")

    def close(self) -> None:
        self.closed.set()


def test_a_store_without_a_loop_is_given_up_too(tmp_path: Path) -> None:
    store = _Dripping()
    with pytest.raises(SourceError, match=r"only \d+ B came in 0.2 s"):
        transfer.receive(store, "a", tmp_path / "clip", max_bytes=1000, stall=0.2)
    assert store.closed.is_set()


# Where it is put.


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        *(("clip", "clip"), ("my clip (1)", "my clip (1)"), (".a", ".a"), ("日本", "日本")),
        *(("", "_"), (".", "_"), ("..", "__"), ("...", "___"), ("a.", "a_"), ("a ", "a_")),
        *(("..\\..\\Startup\\x", ".._.._Startup_x"), ("12:30", "12_30"), ("a\0b\nc", "a_b_c")),
        *(("aux", "_aux"), ("NUL", "_NUL"), ("com1.tar", "_com1.tar"), ("con ", "con_")),
        *(("lpt¹", "_lpt¹"), ("common", "common"), ("a/b", "a_b"), ('a<b>"|?*', "a_b_____")),
    ],
)
def test_names_from_elsewhere_are_names_everywhere(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def _followed(name: str) -> st.SearchStrategy[str]:
    return st.text(alphabet=". ax", max_size=4).map(lambda end: name + end)


@given(st.text() | st.sampled_from(["con", "AUX", "nul", "Prn", "com1"]).flatmap(_followed))
def test_a_safe_name_is_one_plain_name_and_stays_itself(name: str) -> None:
    safe = safe_name(name)
    assert safe_name(safe) == safe
    assert PureWindowsPath(safe).parts == Path(safe).parts == (safe,)
    assert safe.partition(".")[0].rstrip().lower() not in {"con", "prn", "aux", "nul", "com1"}
    assert not any(unicodedata.category(letter) == "Cc" for letter in safe)


@given(st.text(alphabet="./\\a:"), st.text(alphabet="./\\a:%2e5c"))
def test_no_address_is_put_outside_the_folder(folder: str, name: str) -> None:
    clip = Clip(f"https://host/{name}.mp4", folder)
    for given_name in ("loops/", "loops/{folder}/{ext}{name}.gif", "./{folder}/{name}.gif"):
        filled = Pattern.of("gif", given_name).filled(clip, "")
        top = Path(given_name.partition("{")[0]).resolve()
        assert top in Path(filled).resolve().parents
        assert not re.search(r"[\\:]", filled)


def test_a_pattern_that_leads_out_of_its_folder_is_said() -> None:
    with pytest.raises(ArgumentError, match=r"written to out/\.\./x\.gif, which is not within out"):
        Pattern.of("gif", "out/{folder}/../{name}.gif").filled(Clip("x.mp4"), "")


@pytest.mark.parametrize(
    ("name", "folder", "within"),
    [
        *(("a/b", "a", True), ("a/../b", "a", False), ("ab", "a", False), ("a", "a", False)),
        *(("b", ".", True), ("../b", "", False), ("/b", ".", False), ("/b", "/", True)),
        *(("s3://b/o/x", "s3://b/o", True), ("s3://b/o/../x", "s3://b/o", False)),
        *(("../o/x", "../o", True), ("../x", "../o", False), ("./..a", ".", True)),
    ],
)
def test_within(name: str, folder: str, *, within: bool) -> None:
    assert lies_within(name, folder) is within


def test_folders_keep_their_depth() -> None:
    assert safe_folder("a//../aux") == "a/__/_aux"
    assert safe_folder("") == ""


def test_a_web_folder_writes_nothing_outside_the_output(
    serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def render(job: Job, tell: object) -> list[Written]:
        assert job.gif and job.input.read_bytes() == b"clip"
        job.gif.write_bytes(b"made")
        return [written(path=job.gif)]

    monkeypatch.setattr(attempts, "render", render)
    clip = sends(b"clip")
    hostile = ["../../up.mp4", "a%5C..%5CStartup%5Cx.mp4", "12:30.mp4", "aux.mp4", "a/../../b.mp4"]
    wide = {f"/clips/{name}": clip for name in (*hostile, "good.mp4")}
    server = serve(
        {**wide, "/clips/": links(*hostile, "good.mp4"), "/up.mp4": clip, "/b.mp4": clip}
    )
    (tmp_path / "x.gif").write_text("precious")
    loops = tmp_path / "deep" / "loops"
    loops.parent.mkdir()
    assert main([f"{server.url}/clips/", "--gif", f"{loops}/", "--recursive", "--jobs", "1"]) == 0
    assert (tmp_path / "x.gif").read_text() == "precious"
    made = files(tmp_path)
    assert made == sorted(
        [
            *("x.gif", "deep/loops/good.gif", "deep/loops/_aux.gif", "deep/loops/12_30.gif"),
            *("deep/loops/a_.._Startup_x.gif", "deep/loops/__/__/up.gif"),
            "deep/loops/a/__/__/b.gif",
        ]
    )


# What is said.


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://u:hunter2@h/x.mp4?sig=hunter2", "https://***@h/x.mp4?***"),
        ("https://hunter2@h:80/x.mp4", "https://***@h:80/x.mp4"),
        ("https://u:hun@ter2@h/x", "https://***@h/x"),
        ("s3://key:hun/ter2@bucket/x.mp4", "s3://***@bucket/x.mp4"),
        ("https://h/x#t=hunter2", "https://h/x#***"),
        ("https://h/a b.mp4?k=hunter2 failed", "https://h/a b.mp4?*** failed"),
        ("(url='https://h/x?k=hunter2&l=1')", "(url='https://h/x?***')"),
        ("https://h:8080/@me/x.mp4 is it there?", "https://h:8080/@me/x.mp4 is it there?"),
        ("http://[::1]:80/a@b", "http://[::1]:80/a@b"),
        ("clips/a@b?.mp4", "clips/a@b?.mp4"),
    ],
)
def test_secrets_in_addresses_are_masked(text: str, said: str) -> None:
    assert masked(text) == said == masked(said)


@given(st.text(alphabet="ab@:/?#&='() \n", max_size=9))
def test_no_query_is_left_in_one_address(secret: str) -> None:
    url = f"https://host/x.mp4?{SECRET}{secret}"
    assert SECRET not in masked_url(url)
    assert SECRET not in masked(f"{url} cannot be had", [url])


@pytest.mark.parametrize(
    "answer", [None, sends(b"no clip"), goes_to("http://127.0.0.1:1/?hunter2")]
)
def test_no_line_and_no_report_tells_a_secret(
    serve: Callable[..., Server],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    answer: Answer | None,
) -> None:
    server = serve({"/a.mp4": answer} if answer else {})
    url = f"http://me:{SECRET}@127.0.0.1:{server.port}/a.mp4?key={SECRET}"
    report = tmp_path / "r.jsonl"
    line = [url, "--gif", f"{tmp_path}/", "--report", str(report), "--resume"]
    assert main(line) == 1
    ran = capsys.readouterr()
    assert SECRET not in ran.out + ran.err + report.read_text()
    shown = f"http://***@127.0.0.1:{server.port}/a.mp4?***"
    assert shown in ran.err
    assert json.loads(report.read_text())["input"] == shown


def test_errors_of_the_command_tell_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    for url in (f"ftp://me:{SECRET}@h/a.mp4", f"https://h/a.mp4?k={SECRET}"):
        assert main([url, url.replace("a.mp4", "b/a.mp4"), "--gif", "o.gif"]) == 2
        said = capsys.readouterr()
        assert "://" in said.err and SECRET not in said.err + said.out


def written(**more: Any) -> Written:
    facts: dict[str, Any] = {"path": Path("a.gif"), "size": (4, 3), "frames": 2, "bytes": 9}
    return Written(**{**facts, "seconds": 0.12345, "seam": None, **more})


def test_lines_and_report_of_what_is_done_are_masked() -> None:
    url = f"https://me:{SECRET}@h/a.mp4?{SECRET}"
    for status in ("done", "skipped"):
        made = (written(),) if status == "done" else ()
        outcome = Outcome(url, status, 1.0, (f"s3://{SECRET}@b/a.gif",), made)
        assert SECRET not in Lines(1, Look()).line(outcome) + json.dumps(as_table(outcome))


# What mutants showed that nothing looked at.


def test_the_report_tells_what_was_given_up_and_the_seam() -> None:
    table = as_table(Outcome("a", "done", 1.23456, ("a.gif",), (written(seam=1.23456),)))
    assert table["seconds"] == 1.235
    (made,) = table["outputs"]
    assert (made["seconds"], made["seam"], made["given_up"]) == (0.123, 1.235, None)
    (made,) = as_table(Outcome("a", "done", 1, ("a.gif",), (written(given_up="size"),)))["outputs"]
    assert (made["given_up"], made["seam"]) == ("size", None)


def test_no_more_than_all_is_ever_done() -> None:
    assert Lines(2, Look()).progress(2.5).done == 1.0


def test_a_name_without_an_ending_is_a_folder_of_a_store(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def list_files(url: str, **_: bool) -> list[str]:
        asked.append(url)
        return ["s3://bucket/clips/deep/a.mp4"]

    monkeypatch.setattr(inputs, "list_files", list_files)
    found = inputs.clips_of(["s3://bucket/clips", "s3://bucket/b.mp4"], recursive=False)
    assert found == [Clip("s3://bucket/clips/deep/a.mp4", "deep"), Clip("s3://bucket/b.mp4")]
    assert asked == ["s3://bucket/clips"]
    inputs.clips_of(["https://h/get.mp4?path=a/b"], recursive=False)
    assert asked == ["s3://bucket/clips"]


@pytest.mark.parametrize(("known", "status"), [(5.0, "skipped"), (None, "done")])
def test_a_clip_whose_date_nobody_knows_is_made_again(
    brief: Path,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    known: float | None,
    status: str,
) -> None:
    monkeypatch.setattr(attempts, "last_modified", lambda url, **_: known)
    monkeypatch.setattr(attempts, "is_up_to_date", lambda *_: True)
    monkeypatch.setattr(attempts, "fetch", lambda url, to, **_: to.write_bytes(brief.read_bytes()))
    (order,) = Batch(
        [Clip("https://h/a.mp4")], {"gif": f"{out}/a.gif"}, Job(Path("any")), resume=True
    )
    assert attempt(order).status == status
    assert files(out) == (["a.gif"] if status == "done" else [])


@pytest.mark.parametrize("fails", [True, False])
def test_an_attempt_tells_the_seconds_that_it_took(
    brief: Path, out: Path, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    now = [100.0]
    monkeypatch.setattr(attempts.time, "perf_counter", lambda: now[0])

    def render(*_: object) -> list[Written]:
        now[0] += 2.5
        if fails:
            raise SourceError("it is none")
        return []

    monkeypatch.setattr(attempts, "render", render)
    (order,) = Batch([Clip(str(brief))], {"gif": f"{out}/a.gif"}, Job(Path("any")))
    error = f"{brief}: it is none" if fails else ""
    assert attempt(order) == Outcome(str(brief), "failed" if fails else "done", 2.5, error=error)
