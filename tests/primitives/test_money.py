"""Money: whole minor units, ISO 4217, and not one fraction anywhere."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.primitives import money as module
from identity.primitives.errors import InvalidInput
from identity.primitives.money import AMOUNT_MAX, EXPONENTS, Money, number_in_words

ROOT = Path(module.__file__).resolve().parents[2]
MONEY_MODULES = [
    ROOT / "identity/primitives/money.py",
    *sorted((ROOT / "identity/delegation").rglob("*.py")),
    *sorted((ROOT / "identity/spending").rglob("*.py")),
]

amounts = st.integers(min_value=0, max_value=AMOUNT_MAX)
currencies = st.sampled_from(sorted(EXPONENTS))


@pytest.mark.parametrize(
    ("amount", "currency", "digits", "words"),
    [
        (4000, "JPY", "4,000 JPY", "four thousand JPY"),
        (4000, "EUR", "40.00 EUR", "forty EUR"),
        (4005, "EUR", "40.05 EUR", "forty and 05/100 EUR"),
        (4000, "KWD", "4.000 KWD", "four KWD"),
        (4001, "KWD", "4.001 KWD", "four and 001/1000 KWD"),
        (4000, "CLF", "0.4000 CLF", "zero and 4000/10000 CLF"),
        (0, "EUR", "0.00 EUR", "zero EUR"),
        (1_250_50, "EUR", "1,250.50 EUR", "one thousand two hundred fifty and 50/100 EUR"),
        (1999, "USD", "19.99 USD", "nineteen and 99/100 USD"),
    ],
)
def test_it_is_written_as_its_currency_is(amount: int, currency: str, digits: str, words: str) -> None:
    money = Money(amount, currency)
    assert (money.digits(), money.words()) == (digits, words)


@given(amount=amounts, currency=currencies)
def test_it_goes_round(amount: int, currency: str) -> None:
    money = Money(amount, currency)
    assert Money.from_wire(money.wire()) == Money.from_claim(money.claim()) == Money.from_wire(money.claim()) == money
    major, _, minor = money.digits().removesuffix(f" {currency}").replace(",", "").partition(".")
    assert int(major + minor) == amount
    assert len(minor) == EXPONENTS[currency]


@given(number=st.integers(min_value=0, max_value=AMOUNT_MAX))
def test_it_says_numbers_as_they_are(number: int) -> None:
    assert spoken(number_in_words(number)) == number


@pytest.mark.parametrize("value", [-1, 1.0, 40.5, True, "4000", None, [], float("nan")])
def test_it_takes_whole_numbers_only(value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        Money.from_wire({"amount": value, "currency": "EUR"})
    assert refused.value.code == "amount_invalid"


@pytest.mark.parametrize("value", [AMOUNT_MAX + 1, 2**63, 10**30])
def test_it_takes_no_more_than_the_ledger_holds(value: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        Money(value, "EUR")
    assert refused.value.code == "amount_overflow"


@pytest.mark.parametrize("currency", ["eur", "EURC", "USDC", "XAU", "XXX", "BTC", "", " EUR", None, 978, ["EUR"]])
def test_it_knows_its_currencies(currency: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        Money.from_wire({"amount": 1, "currency": currency})
    assert refused.value.code == "currency_unknown"


@pytest.mark.parametrize(
    ("currency", "exponent"), [("EUR", 0), ("EUR", 3), ("JPY", 2), ("KWD", 2), ("CLF", 2), ("EUR", 2.0), ("EUR", "2")]
)
def test_it_refuses_another_scale(currency: str, exponent: Any) -> None:
    for read in (Money.from_claim, Money.from_wire):
        with pytest.raises(InvalidInput) as refused:
            read({"amount": 4000, "currency": currency, "exponent": exponent})
        assert refused.value.code == "amount_scale_mismatch"


def test_it_demands_the_scale_in_a_signed_claim() -> None:
    with pytest.raises(InvalidInput) as refused:
        Money.from_claim({"amount": 4000, "currency": "EUR"})
    assert refused.value.code == "amount_scale_mismatch"


@pytest.mark.parametrize("value", [None, [], "40 EUR", {}, {"amount": 1}, {"amount": 1, "currency": "EUR", "tip": 1}])
def test_it_has_its_members_and_no_others(value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        Money.from_wire(value)
    assert refused.value.code == "amount_invalid"


@pytest.mark.parametrize("path", MONEY_MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_it_computes_without_floats(path: Path) -> None:
    """No float literal, no ``float``, no ``Decimal``, no ``/`` in whatever counts money."""
    found = [
        f"{path.name}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float) and not _is_waiting(path, node))
        or (isinstance(node, ast.Name) and node.id in {"float", "Decimal", "Fraction", "round"})
        or (isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div))
    ]
    assert found == []


def _is_waiting(path: Path, node: ast.Constant) -> bool:
    """Seconds of waiting are no money: a constant whose name ends with SECONDS, or a timeout."""
    line = path.read_text(encoding="utf-8").splitlines()[node.lineno - 1]
    return "SECONDS" in line or "seconds" in line or "timeout" in line


_SMALL = {word: number for number, word in enumerate(module._ONES)} | {
    word: number * 10 for number, word in enumerate(module._TENS) if word
}
_GROUPS = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}


def spoken(words: str) -> int:
    """The number that English number words say."""
    total = group = 0
    for word in words.replace("-", " ").split():
        if word == "hundred":
            group *= 100
        elif word in _GROUPS:
            total, group = total + group * _GROUPS[word], 0
        else:
            group += _SMALL[word]
    return total + group
