"""What ``bench.approvals`` does inside of Django: a person's list is open while questions are put to her."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from datetime import timedelta

from django.conf import settings
from django.test import Client

from identity.accounts.models import Organization, OrganizationKind, User
from identity.accounts.organizations import create_organization
from identity.journal.actor import system
from identity.primitives.clock import now
from identity.spending.models import Approval

STEP_SECONDS = 0.037  # so that questions fall into every part of a held answer and of the pause after it
AMOUNT = {"amount": 4_000, "currency": "EUR", "exponent": 2}
DEAL = {
    "vendor": "did:web:shop.example",
    "vendor_name": "Shop",
    "vendor_assurance": 2,
    "vendor_domains": ["shop.example"],
    "vendor_country": "DE",
    "vendor_mcc": "5732",
    "agent": "did:web:buyer.example",
    "agents": ["Buyer"],
    "action": "buy",
    "amount": AMOUNT,
    "max_amount": AMOUNT,
    "order_hash": "bench",
    "order_display": "",
}


class Browser:
    """One that has the list of questions open, as live.js does it."""

    def __init__(self, port: int, organization: Organization, cookie: str) -> None:
        self._list = f"http://127.0.0.1:{port}/console/{organization.pk}/approvals/"
        self._cookie = cookie
        self.mark = json.loads(self._get("live?once"))["mark"]

    def see(self, question: str, seen: list[float]) -> None:
        """Until the page shows the question; the instant goes into ``seen``."""
        while True:
            event = dict(line.split(": ", 1) for line in self._get("live", self.mark).strip().splitlines())
            if event["id"] != self.mark:
                self.mark = event["id"]
                if f"/approve/{question}" in self._get(""):
                    seen.append(time.monotonic())
                    return
            time.sleep(int(event["retry"]) / 1000)

    def _get(self, path: str, mark: str = "") -> str:
        headers = {"Cookie": self._cookie, **({"Last-Event-ID": mark} if mark else {})}
        with urllib.request.urlopen(urllib.request.Request(self._list + path, headers=headers), timeout=30) as answer:
            return str(answer.read().decode())


def questions(port: int, count: int) -> None:
    """Prints the seconds of each question, from its commit to the page that shows it."""
    owner = User.objects.create_user("bench@attorn.test", display_name="Bench")
    acme = create_organization(
        name="Bench",
        kind=OrganizationKind.ORGANIZATION,
        owner=owner,
        country="DE",
        website="https://bench.example",
        actor=system("bench"),
        at=now(),
    )
    client = Client()
    client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    browser = Browser(port, acme, f"{settings.SESSION_COOKIE_NAME}={session}")
    print(json.dumps([_ask(browser, acme, number) for number in range(count)]))


def _ask(browser: Browser, principal: Organization, number: int) -> float:
    at = now()
    question = Approval(
        binding_digest=f"{number:064d}",
        principal=principal,
        path=["dlg_bench"],
        leaf="dlg_bench",
        agent="agt_bench",
        vendor="agt_shop",
        transaction=DEAL,
        why=[],
        lifts=[],
        created_at=at,
        expires_at=at + timedelta(minutes=15),
    )
    seen: list[float] = []
    watching = threading.Thread(target=browser.see, args=(question.pk, seen))
    watching.start()
    time.sleep(0.3 + STEP_SECONDS * number)
    question.save(force_insert=True)
    committed = time.monotonic()
    watching.join()
    Approval.objects.filter(pk=question.pk).update(expires_at=now())  # the page shows a few at a time
    return seen[0] - committed
