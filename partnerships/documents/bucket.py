"""Where files lie in an object store. A module of its own: only who has one reads Amazon's library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from s3transfer.exceptions import RetriesExceededError
from storages.backends.s3 import S3Storage

from .storage import StoreAway


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError, Boto3Error, RetriesExceededError) as error:
        raise StoreAway(f"the object store does not answer, or refuses: {type(error).__name__}") from error


class WholeObjects(S3Storage):  # type: ignore[misc]
    """Says StoreAway for all that may go wrong with the store, so that callers know of no library of its own."""

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        with _answering():
            opened: Any = super()._open(name, mode)
            if "r" in mode:
                # All of it now, before an answer to a reader has begun.
                opened.open()
        return opened  # type: ignore[no-any-return]

    def _save(self, name: str, content: File[bytes]) -> str:
        with _answering():
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with _answering():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with _answering():
            return bool(super().exists(name))

    def size(self, name: str) -> int:
        with _answering():
            return int(super().size(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with _answering():
            folders, files = super().listdir(path)
        return folders, files

    def get_modified_time(self, name: str) -> datetime:
        with _answering():
            moment: datetime = super().get_modified_time(name)
        return moment
