"""Months of a principal that are over may be summed up; the ledger notes what changes in them afterwards.

A note is only needed of what whoever sums up a month may not have seen. A month is summed up two days after it ended and
when every transaction is over that began before that (``identity.spending.month_sums``), so a transaction that begins
within a day of the month's end needs none. Its condition stands in the trigger: a purchase of this month, which is
nearly every write of the ledger, calls no function; of today, it is not even asked which month it is.
"""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

NOTE = """
CREATE FUNCTION spending_statement_month(at timestamptz) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN of.utc >= of.month + interval '12 hours' AND of.utc < of.month + interval '1 month - 14 hours'
        THEN of.month::date END
    FROM (SELECT at AT TIME ZONE 'UTC' AS utc, date_trunc('month', at AT TIME ZONE 'UTC') AS month) AS of
$$;
CREATE FUNCTION spending_statement_shown(open bigint, captured bigint, refunded bigint, beyond bigint)
RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ((open > 0)::int + 2 * (captured > 0 OR beyond > 0)::int + 4 * (refunded > 0)::int
        + 8 * (open = 0 AND captured = 0 AND beyond = 0)::int)::smallint
$$;
CREATE FUNCTION spending_note_statement_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    month date;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        month := spending_statement_month(OLD.created_at);
        IF month IS NOT NULL THEN
            INSERT INTO spending_statementchange (principal, month, currency, agent, vendor, action, shown, count, open,
                captured, refunded, "over")
            VALUES (OLD.principal, month, OLD.currency, OLD.agent, OLD.vendor, OLD.action,
                spending_statement_shown(OLD.open, OLD.captured, OLD.refunded, OLD."over"),
                -1, -OLD.open, -OLD.captured, -OLD.refunded, -OLD."over");
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        month := spending_statement_month(NEW.created_at);
        IF month IS NOT NULL THEN
            INSERT INTO spending_statementchange (principal, month, currency, agent, vendor, action, shown, count, open,
                captured, refunded, "over")
            VALUES (NEW.principal, month, NEW.currency, NEW.agent, NEW.vendor, NEW.action,
                spending_statement_shown(NEW.open, NEW.captured, NEW.refunded, NEW."over"),
                1, NEW.open, NEW.captured, NEW.refunded, NEW."over");
        END IF;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER spending_statement_late AFTER INSERT ON spending_authorization FOR EACH ROW
    WHEN (NEW.created_at < now() - interval '1 day'
        AND NEW.created_at < date_trunc('month', now() - interval '1 day', 'UTC'))
    EXECUTE FUNCTION spending_note_statement_change();
CREATE TRIGGER spending_statement_changed AFTER UPDATE ON spending_authorization FOR EACH ROW
    WHEN (least(OLD.created_at, NEW.created_at) < now() - interval '1 day'
        AND least(OLD.created_at, NEW.created_at) < date_trunc('month', now() - interval '1 day', 'UTC')
        AND (OLD.created_at, OLD.open, OLD.captured, OLD.refunded, OLD."over")
        IS DISTINCT FROM (NEW.created_at, NEW.open, NEW.captured, NEW.refunded, NEW."over"))
    EXECUTE FUNCTION spending_note_statement_change();
CREATE TRIGGER spending_statement_deleted AFTER DELETE ON spending_authorization FOR EACH ROW
    WHEN (OLD.created_at < date_trunc('month', now() - interval '1 day', 'UTC'))
    EXECUTE FUNCTION spending_note_statement_change();
"""
FORGET = """
DROP TRIGGER spending_statement_late ON spending_authorization;
DROP TRIGGER spending_statement_changed ON spending_authorization;
DROP TRIGGER spending_statement_deleted ON spending_authorization;
DROP FUNCTION spending_note_statement_change();
DROP FUNCTION spending_statement_shown(bigint, bigint, bigint, bigint);
DROP FUNCTION spending_statement_month(timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("spending", "0011_votes_have_seats"),
    ]

    operations = [
        migrations.CreateModel(
            name="StatementChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("agent", models.CharField(max_length=32)),
                ("vendor", models.CharField(max_length=32)),
                ("action", models.CharField(max_length=200)),
                ("shown", models.SmallIntegerField()),
                ("count", models.BigIntegerField()),
                ("open", models.DecimalField(decimal_places=0, max_digits=30)),
                ("captured", models.DecimalField(decimal_places=0, max_digits=30)),
                ("refunded", models.DecimalField(decimal_places=0, max_digits=30)),
                ("over", models.DecimalField(decimal_places=0, max_digits=30)),
                ("principal", models.CharField(max_length=32)),
                ("month", models.DateField()),
            ],
            options={
                "indexes": [models.Index(fields=["principal", "month"], name="statement_change_by_month")],
            },
        ),
        migrations.CreateModel(
            name="StatementMonth",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("principal", models.CharField(max_length=32)),
                ("month", models.DateField()),
                ("summed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("principal", "month"), name="statement_month_once")],
            },
        ),
        migrations.CreateModel(
            name="StatementSum",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("agent", models.CharField(max_length=32)),
                ("vendor", models.CharField(max_length=32)),
                ("action", models.CharField(max_length=200)),
                ("shown", models.SmallIntegerField()),
                ("count", models.BigIntegerField()),
                ("open", models.DecimalField(decimal_places=0, max_digits=30)),
                ("captured", models.DecimalField(decimal_places=0, max_digits=30)),
                ("refunded", models.DecimalField(decimal_places=0, max_digits=30)),
                ("over", models.DecimalField(decimal_places=0, max_digits=30)),
                (
                    "by",
                    models.SmallIntegerField(
                        choices=[
                            (0, "agent, vendor, action and what became of it"),
                            (1, "agent"),
                            (2, "vendor"),
                            (3, "action"),
                        ]
                    ),
                ),
                (
                    "month",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sums",
                        to="spending.statementmonth",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["month", "by"], name="statement_sum_by_month")],
            },
        ),
        migrations.RunSQL(NOTE, FORGET),
    ]
