"""Mail on an instance without a mail server: in the log, and in a file."""

from __future__ import annotations

from django.core.mail import EmailMessage, get_connection


def test_it_prints_every_mail_and_keeps_it_as_a_file(settings, tmp_path, capsys):
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    connection = get_connection("identity.accounts.outbox.EmailBackend")
    assert connection.send_messages([EmailMessage("Hello", "Your code: AAAA-BBBB", to=["nora@example.org"])]) == 1
    (kept,) = (tmp_path / "mail").iterdir()
    for copy in (kept.read_text(), capsys.readouterr().out):
        assert "AAAA-BBBB" in copy
        assert "nora@example.org" in copy


def test_it_prints_a_line_of_mail_to_the_demos_people(settings, tmp_path, capsys):
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    connection = get_connection("identity.accounts.outbox.EmailBackend")
    connection.send_messages([EmailMessage("A question", "Look at it", to=["alice@demo.test"])])
    assert capsys.readouterr().out == "Mail to alice@demo.test: A question\n"
    assert "Look at it" in next((tmp_path / "mail").iterdir()).read_text()
