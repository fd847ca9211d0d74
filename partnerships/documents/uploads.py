"""How an upload comes in: what is over the limit flows past and is not kept, on disk or in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

F = TypeVar("F", bound=Callable[..., Any])


def takes_files_up_to(setting: str) -> Callable[[F], F]:
    """A view whose files may have another size than documents: the name of the setting (bytes)."""

    def decorate(view: F) -> F:
        view.upload_limit = setting  # type: ignore[attr-defined]
        return view

    return decorate


#: Requests of more than this many times the largest document are not read at all.
REFUSE_AT = 8


class LimitedUploadHandler(FileUploadHandler):
    """Stands before Django's own handlers. A file over the limit arrives as an empty one that knows its size,

    so that the form can say so beside everything else that was typed.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.seen = 0
        match = getattr(request, "resolver_match", None)
        self.limit: int = getattr(settings, getattr(getattr(match, "func", None), "upload_limit", "DOCUMENT_MAX_BYTES"))

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        if content_length > REFUSE_AT * self.limit:
            raise RequestDataTooBig("The request is far larger than the largest document.")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.seen = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.seen += len(raw_data)
        # None: the handlers behind this one get nothing more of this file.
        return None if self.seen > self.limit else raw_data

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        if self.seen <= self.limit:
            return None
        return UploadedFile(ContentFile(b""), self.file_name, self.content_type, self.seen, self.charset)
