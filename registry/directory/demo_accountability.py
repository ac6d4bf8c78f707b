"""The demo of accountability: operators, an agent that is suspended and appeals, one whose measure was overturned, a
report that nobody has read, and a score. Every step is the one that anybody would take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from identity.accounts.models import DeskRole, Organization, User
from identity.accounts.operators import add_operator
from identity.agents.models import Agent, Vendor
from identity.agents.vendors import set_vendor_assurance
from identity.journal.actor import Actor, ActorKind, system
from identity.primitives.ids import new_authorization_id
from identity.primitives.multikey import KeyAlgorithm
from registry.directory.demo_agents import DemoAgent, register_demo_agent
from registry.directory.demo_people import demo_organization, demo_person
from registry.directory.models import Name, RecordType, Zone
from registry.directory.zones import create_zone
from reputation.moderation.appeals import decide_appeal, open_appeal
from reputation.moderation.cases import assign_case
from reputation.moderation.findings import decide_report
from reputation.moderation.models import AppealOutcome, Case, Detection, Finding, Report, Sanction
from reputation.moderation.opening import open_case
from reputation.moderation.reports import file_report
from reputation.moderation.sanctions import Proposal, impose_in_emergency, propose_sanction, sign_sanction
from reputation.moderation.standing_to_report import Reporter
from reputation.scoring.formula import SeverityKind
from reputation.scoring.models import ReceiptEvidence
from reputation.scoring.refresh import refresh_score

OPERATORS = (
    ("olga@demo.test", "Olga Example", DeskRole.ANALYST),
    ("otto@demo.test", "Otto Example", DeskRole.ANALYST),
    ("mira@demo.test", "Mira Example", DeskRole.MANAGER),
)
OWNER_EMAIL = "dave@demo.test"
OWNER = "Dave Example"
ORGANIZATION = "Pixel Bargains (demo)"
ZONE = "pixel"
DEALS = DemoAgent(
    "deals.pixel",
    "Pixel Deals (demo)",
    "Offers rooms in the name of hotels that do not know it. It exists in this demo only.",
    ("book-hotels",),
    KeyAlgorithm.ED25519,
    "https://pixel-bargains.example",
    ((RecordType.A2A, "https://deals.pixel-bargains.example/.well-known/agent-card.json"),),
)
COUPONS = DemoAgent(
    "coupons.pixel",
    "Pixel Coupons (demo)",
    "Sends coupons to whoever asked for them. It exists in this demo only.",
    ("coupons",),
    KeyAlgorithm.ED25519,
    "https://pixel-bargains.example",
    ((RecordType.HTTPS, "https://coupons.pixel-bargains.example/api"),),
)
SCORED = "concierge.acme"
SETTLED_RECEIPTS = 9
SHOP_LEVEL = 2


@dataclass(frozen=True, slots=True)
class _Desk:
    olga: Actor
    otto: Actor
    mira: Actor


def load_accountability(
    *, password: str, user: User, acme: Organization, trade: Organization, shop: Agent, at: datetime
) -> Iterator[str]:
    """Make whatever of it is missing. ``acme`` and ``trade`` report, ``shop`` is where the concierge has bought before.
    Raises what the rules raise when somebody's changes are in the way."""
    desk = _operators(password, at)
    yield from _score(shop, acme, at)
    owner = demo_person(OWNER_EMAIL, OWNER, password)
    pixel = demo_organization(owner, ORGANIZATION, at, country="DE", website="https://pixel-bargains.example")
    by_owner = Actor(ActorKind.USER, owner.pk)
    if not Zone.objects.filter(label=ZONE).exists():
        create_zone(organization=pixel, label=ZONE, actor=by_owner, at=at)
    for wanted in (DEALS, COUPONS):
        if not Name.objects.filter(fqn=wanted.fqn).exists():
            agent = register_demo_agent(wanted, pixel, by_owner, at)
            yield f"{wanted.fqn} is {agent.did}"
    deals, coupons = (Agent.objects.filter(names__fqn=wanted.fqn).first() for wanted in (DEALS, COUPONS))
    if coupons is not None and not Sanction.objects.filter(agent=coupons).exists():
        _overturn(coupons, pixel, desk, by_owner, at)
        yield f"{COUPONS.fqn}: a measure that an appeal overturned"
    if deals is not None and not Case.objects.filter(agent=deals).exists():
        _suspend(deals, pixel, desk, by_owner, reporters=(trade, acme), at=at)
        yield f"{DEALS.fqn}: suspended, with an appeal that waits for Mira"
    if coupons is not None and not Report.objects.filter(about=coupons).exists():
        words = "It wrote to me although I had cancelled the newsletter."
        by = Reporter(organization=acme)
        file_report(about=coupons, kind="spam", text=words, by=by, actor=Actor(ActorKind.USER, user.pk), at=at)
        yield f"{COUPONS.fqn}: a report that nobody has read yet"


def _operators(password: str, at: datetime) -> _Desk:
    actors = []
    for email, name, role in OPERATORS:
        person = demo_person(email, name, password)
        add_operator(email=email, desk_role=role, actor=system("demo_data"), at=at)
        actors.append(Actor(ActorKind.OPERATOR, person.pk))
    return _Desk(*actors)


def _score(shop: Agent, acme: Organization, at: datetime) -> Iterator[str]:
    """What the concierge had bought at the hotel in the weeks before, undisputed, so that it has a score to show."""
    agent = Agent.objects.filter(names__fqn=SCORED).first()
    if agent is None or ReceiptEvidence.objects.filter(agent=agent.pk).exists():
        return
    vendor = Vendor.objects.get(pk=shop.pk)
    if vendor.assurance_level < SHOP_LEVEL:
        set_vendor_assurance(vendor=vendor, level=SHOP_LEVEL, actor=system("demo_data"), at=at)
    ReceiptEvidence.objects.bulk_create(
        ReceiptEvidence(
            authorization=new_authorization_id(),
            agent=agent.pk,
            vendor=shop.pk,
            principal=acme.pk,
            settled_on=(at - timedelta(days=7 * number)).date(),
        )
        for number in range(SETTLED_RECEIPTS)
    )
    score = refresh_score(agent=agent, at=at)
    yield f"{SCORED} has a score of {score.score}, {score.band}"


def _overturn(agent: Agent, organization: Organization, desk: _Desk, by_owner: Actor, at: datetime) -> None:
    facts = "Coupons were sent to addresses that a partner had bought, as three complaints said."
    proposal = Proposal(level=2, reason="reports_from_several", facts=facts)
    sanction = propose_sanction(case=None, subject=agent, proposal=proposal, actor=desk.olga, at=at)
    words = "The addresses were ours; the partner only sent the mails. The contract shows it."
    appeal = open_appeal(sanction=sanction, appellant=organization, words=words, actor=by_owner, at=at)
    answer = "The contract shows that every addressee had signed up. The measure should not have been taken."
    decide_appeal(appeal=appeal, outcome=AppealOutcome.OVERTURNED, words=answer, actor=desk.mira, at=at)


def _suspend(
    agent: Agent,
    organization: Organization,
    desk: _Desk,
    by_owner: Actor,
    *,
    reporters: tuple[Organization, ...],
    at: datetime,
) -> None:
    words = "It offers our rooms under our name. We have no contract with it, and guests stand at the desk."
    reports = [
        file_report(
            about=agent,
            kind="impersonation",
            text=words,
            by=Reporter(organization=reporter),
            actor=system("demo_data"),
            at=at,
        )
        for reporter in reporters
    ]
    case = open_case(
        agent=agent,
        detection=Detection.REPORT,
        summary="Offers rooms in the name of hotels",
        actor=desk.olga,
        at=at,
    )
    assign_case(case=case, to=User.objects.get(pk=desk.olga.id), actor=desk.olga, at=at)
    for report in reports:
        report.refresh_from_db()
        decide_report(
            report=report,
            finding=Finding.UPHELD,
            severity=SeverityKind.MANDATE_VIOLATION,
            words="Its card names the hotel.",
            actor=desk.olga,
            at=at,
        )
    facts = "Its card named a hotel that has no contract with it; guests had paid for rooms that did not exist."
    evidence = tuple(report.pk for report in reports)
    proposal = Proposal(level=3, reason="impersonation", facts=facts, evidence=evidence)
    sanction = impose_in_emergency(case=case, subject=agent, proposal=proposal, actor=desk.olga, at=at)
    sign_sanction(sanction=sanction, actor=desk.otto, at=at)
    words = "The hotel's own reseller gave us the rooms. We ask for time to show the papers."
    open_appeal(sanction=sanction, appellant=organization, words=words, actor=by_owner, at=at)
