"""Files that visitors send: small ones, kept in memory."""

from __future__ import annotations

from io import BytesIO
from typing import Any, ClassVar

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from identity.credentials.limits import CREDENTIAL_BYTES_MAX
from reputation.moderation.limits import ATTACHMENT_BYTES_MAX, ATTACHMENTS_PER_REPORT_MAX


class SmallFiles(FileUploadHandler):
    """The handler of uploads. Stops reading at the first byte too many: nobody fills this machine's disk or memory
    through a form. The page is told by ``request.file_too_large``."""

    bytes_max: ClassVar[int] = CREDENTIAL_BYTES_MAX
    files_max: ClassVar[int] = 1

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._files = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._files += 1
        if self._files > self.files_max:
            self._stop()
        self._body = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._body.tell() + len(raw_data) > self.bytes_max:
            self._stop()
        self._body.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self._body.seek(0)
        return InMemoryUploadedFile(
            self._body, self.field_name, self.file_name or "", self.content_type or "", file_size, self.charset
        )

    def _stop(self) -> None:
        if self.request is not None:
            self.request.file_too_large = True  # type: ignore[attr-defined]
        raise StopUpload(connection_reset=True)


class EvidenceFiles(SmallFiles):
    """For the one page that takes evidence: more and larger files, still counted and still in memory."""

    bytes_max = ATTACHMENT_BYTES_MAX
    files_max = ATTACHMENTS_PER_REPORT_MAX
