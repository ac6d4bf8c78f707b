"""Mail for an instance without a mail server: printed to the log, and kept as a file under ``EMAIL_FILE_PATH``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.console import EmailBackend as Console
from django.core.mail.backends.filebased import EmailBackend as Files
from django.core.mail.message import EmailMessage


class EmailBackend(BaseEmailBackend):
    """The default backend: whoever runs the demo finds every code without setting anything up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.console = Console(*args, **kwargs)
        self.files = Files(*args, **kwargs)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        self.console.send_messages(email_messages)
        return self.files.send_messages(email_messages) or 0
