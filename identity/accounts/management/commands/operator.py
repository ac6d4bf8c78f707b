"""``manage.py operator add|list|remove``: the registry's own staff."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from identity.accounts.models import DeskRole, User
from identity.accounts.operators import add_operator, remove_operator
from identity.journal.actor import system
from identity.primitives.clock import now
from identity.primitives.errors import AttornError


class Command(BaseCommand):
    help = (
        "Make a login an operator, list the operators, or make one an ordinary login again. Analysts sign measures; "
        "a manager's signature is needed to deplatform. Each change is in the journal."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        add = acts.add_parser("add", help="make a login an operator, or give an operator another role")
        add.add_argument("email")
        add.add_argument("--role", choices=DeskRole.values, default=DeskRole.ANALYST.value)
        acts.add_parser("list", help="who the operators are")
        acts.add_parser("remove", help="make an operator an ordinary login").add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        actor, at = system("operator"), now()
        try:
            match options["act"]:
                case "add":
                    role = DeskRole(options["role"])
                    user = add_operator(email=options["email"], desk_role=role, actor=actor, at=at)
                    self.stdout.write(f"{user.email} is an operator: {role}.")
                case "remove":
                    user = remove_operator(email=options["email"], actor=actor, at=at)
                    self.stdout.write(f"{user.email} is no operator.")
                case _:
                    self._list()
        except AttornError as error:
            raise CommandError(error.detail) from error

    def _list(self) -> None:
        operators = User.objects.filter(is_staff=True).order_by("email")
        for user in operators:
            self.stdout.write(f"{user.email}\t{user.desk_duty or 'closed'}")
        if not operators:
            self.stdout.write("There are none yet: manage.py operator add ADDRESS")
