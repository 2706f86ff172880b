"""Downloads are whole, with the promised bytes, or not there; all against a server of this machine."""

import hashlib
import http.server
import json
import os
import re
import threading

import pytest

from realm_mini import download, questions
from realm_mini.download import cache_folder, fetch
from realm_mini.errors import RealmError

BODY = (json.dumps({"question": "who keeps the key", "answer": ["Marta"]}) + "\n").encode() * 300
SUM = hashlib.sha256(BODY).hexdigest()


class Server(http.server.BaseHTTPRequestHandler):
    asked: list = []  # noqa: RUF012 - counted by the tests
    body = BODY

    def do_GET(self):
        self.asked.append(self.path)
        if self.path == "/gone.jsonl":
            self.send_error(404, "Not there")
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body[: len(self.body) // 2] if self.path == "/half.jsonl" else self.body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    Server.asked, Server.body = [], BODY
    made = http.server.HTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    thread.join()
    made.server_close()


def test_a_file_is_fetched_once(server, tmp_path):
    path = fetch(f"{server}/q.jsonl", SUM, tmp_path / "new")
    assert path == tmp_path / "new" / "q.jsonl"
    assert path.read_bytes() == BODY
    assert fetch(f"{server}/q.jsonl", SUM, tmp_path / "new") == path
    assert Server.asked == ["/q.jsonl"]
    assert os.listdir(path.parent) == ["q.jsonl"]


def test_a_damaged_copy_is_fetched_again(server, tmp_path):
    (tmp_path / "q.jsonl").write_bytes(BODY[:-1])
    assert fetch(f"{server}/q.jsonl", SUM, tmp_path).read_bytes() == BODY


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone.jsonl", r"could not be fetched \(Not there\)"),
        ("half.jsonl", r"could not be fetched \(.*(bytes|IncompleteRead)"),
    ],
)
def test_what_does_not_come_leaves_nothing(server, tmp_path, name, message):
    with pytest.raises(RealmError, match=message):
        fetch(f"{server}/{name}", SUM, tmp_path)
    assert os.listdir(tmp_path) == []


def test_other_bytes_than_promised_leave_the_old_file(server, tmp_path):
    (tmp_path / "q.jsonl").write_text("old")
    Server.body = BODY + b"more"
    with pytest.raises(RealmError, match=rf"gave other bytes than promised .*wanted {SUM[:12]}"):
        fetch(f"{server}/q.jsonl", SUM, tmp_path)
    assert (tmp_path / "q.jsonl").read_text() == "old"
    assert os.listdir(tmp_path) == ["q.jsonl"]


def test_no_network(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", 2.0)
    for url in ("http://127.0.0.1:9/q.jsonl", "nonsense", "http://[::"):
        with pytest.raises(
            RealmError,
            match=r"could not be fetched \(.*Check that there is a network, or get the file elsewhere "
            rf"and put it to {re.escape(str(tmp_path / url.rpartition('/')[2]))} yourself",
        ):
            fetch(url, SUM, tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_checksum_is_64_digits(tmp_path):
    with pytest.raises(RealmError, match="sha256='abc' is no SHA-256 checksum"):
        fetch("http://127.0.0.1:9/q", "abc", tmp_path)


def test_the_cache_is_where_the_user_says(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("REALM_MINI_CACHE", raising=False)
    assert cache_folder() == tmp_path / "realm_mini"
    monkeypatch.setenv("REALM_MINI_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"


def test_a_published_set_is_fetched_checked_and_read(server, tmp_path, monkeypatch):
    source = questions.Source(f"{server}/NQ-open.dev.jsonl", SUM, "nq")
    monkeypatch.setattr(questions, "SOURCES", {"nq-dev": source})
    found = questions.fetch_questions("nq-dev", tmp_path)
    assert (len(found), found[0].text, found[0].answers) == (300, "who keeps the key", ("Marta",))
    assert os.listdir(tmp_path) == ["nq-dev.jsonl"]
