"""Files that visitors send: small ones, kept in memory."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from identity.credentials.limits import CREDENTIAL_BYTES_MAX


class SmallFiles(FileUploadHandler):
    """The only handler of uploads. Stops reading at the first byte too many: nobody fills this machine's disk or
    memory through a form. The page is told by ``request.file_too_large``."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._body = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._body.tell() + len(raw_data) > CREDENTIAL_BYTES_MAX:
            if self.request is not None:
                self.request.file_too_large = True  # type: ignore[attr-defined]
            raise StopUpload(connection_reset=True)
        self._body.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self._body.seek(0)
        return InMemoryUploadedFile(
            self._body, self.field_name, self.file_name or "", self.content_type or "", file_size, self.charset
        )
