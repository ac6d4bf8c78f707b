"""What moderation keeps: reports with their attachments, the cases they are judged in, and what was decided."""

from __future__ import annotations
