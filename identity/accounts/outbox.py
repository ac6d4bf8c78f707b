"""Mail for an instance without a mail server: printed to the log, and kept as a file under ``EMAIL_FILE_PATH``.

Of mail to the people of the demo one line is printed: their story is told in a dozen mails, and would bury what the
first start has to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.console import EmailBackend as Console
from django.core.mail.backends.filebased import EmailBackend as Files
from django.core.mail.message import EmailMessage

DEMO_DOMAIN = "@demo.test"


class EmailBackend(BaseEmailBackend):
    """The default backend: whoever runs the demo finds every code without setting anything up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.console = Console(*args, **kwargs)
        self.files = Files(*args, **kwargs)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        whole = [message for message in email_messages if not _is_for_the_demo(message)]
        if whole:
            self.console.send_messages(whole)
        for message in email_messages:
            if message not in whole:
                self.console.stream.write(f"Mail to {', '.join(message.to)}: {message.subject}\n")
        return self.files.send_messages(email_messages) or 0


def _is_for_the_demo(message: EmailMessage) -> bool:
    return all(str(address).endswith(DEMO_DOMAIN) for address in message.recipients())
