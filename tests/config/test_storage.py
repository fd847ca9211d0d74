"""Where files are kept: what STORAGE_URL says, and an object store used as a folder is."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from config import storage as storage_module
from config.checks import one_seal_for_all_machines
from config.storage import storage_of
from partnerships.documents.storage import StoreAway


class Bucket:
    """A bucket in a local object store that speaks Amazon's language."""

    name = "common-ground"
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}

    def __init__(self, port: int) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"
        self.url = f"s3://{self.name}/files?endpoint={self.endpoint}&region=eu-west-1"

    def client(self) -> Any:
        import boto3

        return boto3.client(
            "s3", endpoint_url=self.endpoint, region_name="eu-west-1",
            aws_access_key_id="test", aws_secret_access_key="test",
        )  # fmt: skip

    def contents(self) -> dict[str, bytes]:
        client = self.client()
        found = client.list_objects_v2(Bucket=self.name).get("Contents", [])
        return {one["Key"]: client.get_object(Bucket=self.name, Key=one["Key"])["Body"].read() for one in found}


@pytest.fixture(scope="session")
def bucket() -> Iterator[Bucket]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-c", "from moto.server import main; main()", "--port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **Bucket.keys},
    )  # fmt: skip
    found = Bucket(port)
    until = time.monotonic() + 60
    while True:
        try:
            urlopen(found.endpoint, timeout=5).close()
            break
        except (URLError, OSError):
            assert time.monotonic() < until, "the object store does not answer"
            time.sleep(0.2)
    found.client().create_bucket(Bucket=found.name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    yield found
    server.terminate()
    server.wait(20)


def test_without_a_word_it_is_a_folder() -> None:
    assert storage_of("") == {"BACKEND": "partnerships.documents.storage.WholeFiles"}


def test_a_bucket_is_private_and_overwrites_nothing() -> None:
    options = storage_of("s3://bucket/some/folder?endpoint=https://store.example&region=eu-west-1")["OPTIONS"]
    assert (options["bucket_name"], options["location"]) == ("bucket", "some/folder")
    assert (options["endpoint_url"], options["region_name"]) == ("https://store.example", "eu-west-1")
    assert options["default_acl"] is None
    assert options["file_overwrite"] is False


@pytest.mark.parametrize("url", ["/srv/files", "s3://", "s3://key:secret@bucket", "s3://bucket?acl=public-read"])
def test_what_it_does_not_know_it_refuses(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="s3://bucket"):
        storage_of(url)


@pytest.mark.slow
@pytest.mark.embedded
def test_a_bucket_does_what_a_folder_does(bucket: Bucket, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in Bucket.keys.items():
        monkeypatch.setenv(name, value)
    settings.STORAGES = {**settings.STORAGES, "default": storage_of(bucket.url)}
    store = storages["default"]
    assert store.save("documents/ab/one", ContentFile(b"first")) == "documents/ab/one"
    other = store.save("documents/ab/one", ContentFile(b"second"))
    assert other != "documents/ab/one"
    assert store.open("documents/ab/one").read() == b"first"
    with store.open(other) as opened:
        assert b"".join(opened.chunks(3)) == b"second"
    assert bucket.contents()["files/documents/ab/one"] == b"first"
    store.delete("documents/ab/one")
    store.delete("documents/ab/one")
    with pytest.raises(FileNotFoundError):
        store.open("documents/ab/one")


@pytest.mark.slow
@pytest.mark.embedded
@pytest.mark.parametrize("trouble", ["nobody is there", "says nothing", "refuses"])
def test_a_store_that_is_away_is_said_in_one_way(
    trouble: str, bucket: Bucket, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in Bucket.keys.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(storage_module, "READ", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if trouble == "says nothing":
            silent.listen()
        here = f"http://127.0.0.1:{silent.getsockname()[1]}"
        url = bucket.url.replace("s3://common-ground", "s3://no-such") if trouble == "refuses" else (
            f"s3://{bucket.name}?endpoint={here}&region=eu-west-1"
        )  # fmt: skip
        settings.STORAGES = {**settings.STORAGES, "default": storage_of(url)}
        store = storages["default"]
        asked: list[Callable[[], Any]] = [
            lambda: store.save("documents/ab/one", ContentFile(b"first")),
            lambda: store.listdir("documents"),
        ]
        if trouble != "refuses":
            # In a bucket that is not there nothing is there.
            asked += [
                lambda: store.open("documents/ab/one"),
                lambda: store.exists("documents/ab/one"),
                lambda: store.delete("documents/ab/one"),
                lambda: store.size("documents/ab/one"),
                lambda: store.get_modified_time("documents/ab/one"),
            ]
        for ask in asked:
            with pytest.raises(StoreAway):
                ask()


def test_several_machines_are_told_to_share_one_seal(settings: Any) -> None:
    settings.STORAGE_URL, settings.SEAL_P12 = "", ""
    assert one_seal_for_all_machines() == []
    settings.STORAGE_URL = "s3://bucket"
    assert [found.id for found in one_seal_for_all_machines()] == ["common_ground.W001"]
    settings.SEAL_P12 = "base64:…"
    assert one_seal_for_all_machines() == []
