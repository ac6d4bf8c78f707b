"""Months of a principal that are summed up ahead, so that a statement of years need not read every purchase.

Nothing is decided by these rows, and no statement is wrong without them: a month that is not summed up is read line by
line. They are kept by ``identity.spending.month_sums`` and by triggers of the ledger.
"""

from __future__ import annotations

from django.db import models

from identity.primitives.ids import ID_LENGTH_MAX


class StatementMonth(models.Model):
    """The purchases of ``principal`` in the middle of a month (``identity.spending.statement_months``) are summed
    up. ``month`` is its first day."""

    id = models.BigAutoField(primary_key=True)
    principal = models.CharField(max_length=ID_LENGTH_MAX)
    month = models.DateField()
    summed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["principal", "month"], name="statement_month_once")]

    def __str__(self) -> str:
        return f"{self.principal} {self.month:%Y-%m}"


class SummedBy(models.IntegerChoices):
    """What the rows of a month are told apart by; every purchase is in one row of each."""

    ALL = 0, "agent, vendor, action and what became of it"
    AGENT = 1, "agent"
    VENDOR = 2, "vendor"
    ACTION = 3, "action"


class _Figures(models.Model):
    """``shown`` has a bit for each way to be shown: 1 held, 2 charged, 4 given back, 8 ended without a charge. Amounts
    are in minor units."""

    id = models.BigAutoField(primary_key=True)
    currency = models.CharField(max_length=3)
    agent = models.CharField(max_length=ID_LENGTH_MAX)
    vendor = models.CharField(max_length=ID_LENGTH_MAX)
    action = models.CharField(max_length=200)
    shown = models.SmallIntegerField()
    count = models.BigIntegerField()
    open = models.DecimalField(max_digits=30, decimal_places=0)
    captured = models.DecimalField(max_digits=30, decimal_places=0)
    refunded = models.DecimalField(max_digits=30, decimal_places=0)
    over = models.DecimalField(max_digits=30, decimal_places=0)

    class Meta:
        abstract = True


class StatementSum(_Figures):
    """Some purchases of a summed month together; what they are not told apart by is empty."""

    month = models.ForeignKey(StatementMonth, on_delete=models.CASCADE, related_name="sums", db_index=False)
    by = models.SmallIntegerField(choices=SummedBy.choices)

    class Meta:
        indexes = [models.Index(fields=["month", "by"], name="statement_sum_by_month")]

    def __str__(self) -> str:
        return f"{self.count} of {self.month_id}"


class StatementChange(_Figures):
    """What became of a purchase after its month was over: what it was is taken away, what it is is added. It is added
    to what is summed up until the month is summed up again."""

    principal = models.CharField(max_length=ID_LENGTH_MAX)
    month = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["principal", "month"], name="statement_change_by_month")]

    def __str__(self) -> str:
        return f"{self.count} of {self.principal} {self.month:%Y-%m}"
