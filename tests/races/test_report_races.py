"""Reports that arrive at the same moment: one case, each purchase once, and no wait without end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from reputation.moderation.findings import decide_report
from reputation.moderation.models import Case, Detection, Finding, Report
from reputation.moderation.opening import open_case
from reputation.scoring.formula import SeverityKind
from reputation.scoring.models import CaseEvidence
from tests.moderation.conftest import (  # noqa: F401
    buyer,
    by,
    grant,
    make_holder,
    make_organization,
    make_purchase,
    make_vendor,
    oskar,
    pass_on,
    planner,
    report,
    vendors,
)

pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts):
    """What each act returned or raised, all begun at once."""
    start = Barrier(len(acts))

    def run(act):
        start.wait()
        try:
            return act()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run, act) for act in acts]]


def test_it_opens_one_case_when_all_reports_come_at_once(vendors, make_purchase, report):  # noqa: F811
    purchases = [make_purchase(shop) for shop in vendors for _ in range(2)]
    filed = together(*[lambda purchase=purchase: report(purchase) for purchase in purchases])
    assert all(isinstance(one, Report) for one in filed), filed
    case = Case.objects.get()
    assert case.reports.count() == 6
    assert case.level_proposed == 1


def test_it_counts_a_purchase_once_when_it_is_reported_twice_at_once(vendors, make_purchase, report):  # noqa: F811
    purchase = make_purchase(vendors[0])
    filed = together(*[lambda: report(purchase) for _ in range(4)])
    assert all(isinstance(one, Report) for one in filed), filed
    assert Report.objects.firsts().count() == 1


def test_it_decides_a_report_once_while_others_arrive(
    vendors,  # noqa: F811
    make_purchase,  # noqa: F811
    report,  # noqa: F811
    olga,
    oskar,  # noqa: F811
    at,
):
    first = report(make_purchase(vendors[0]))
    open_case(agent=first.about, detection=Detection.OPERATOR, actor=by(olga), at=at)
    other = make_purchase(vendors[1])

    def uphold(operator):
        return lambda: decide_report(
            report=first, finding=Finding.UPHELD, severity=SeverityKind.DISPUTE, actor=by(operator), at=at
        )

    answers = together(uphold(olga), uphold(oskar), lambda: report(other))
    assert sorted(getattr(answer, "code", "") for answer in answers) == ["", "", "report_decided"]
    assert CaseEvidence.objects.count() == 1


def test_it_opens_one_case_about_an_organization(acme, olga, oskar, at):  # noqa: F811
    cases = together(
        *[
            lambda operator=operator: open_case(
                organization=acme, detection=Detection.OPERATOR, actor=by(operator), at=at
            )
            for operator in (olga, oskar)
        ]
    )
    assert len({case.pk for case in cases}) == 1
    assert Case.objects.count() == 1
