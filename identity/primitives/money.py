"""Money: whole minor units and an ISO 4217 currency. No fractions of any kind are read, kept or computed here.

On the wire ``{"amount": 4000, "currency": "EUR"}``; in a signed claim the exponent stands beside it, so that whoever
reads the claim in ten years needs no table to know that 4000 is 40.00.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from identity.primitives.errors import InvalidInput

AMOUNT_MAX = 10**15 - 1  # below 2**53, so that every JSON reader holds it, and sums of thousands fit a bigint

# ISO 4217 list one, by the number of decimal places of the minor unit. Metals, test codes and units of account
# without a minor unit are not money that can be spent.
_CODES_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW "
        "CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF "
        "IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK "
        "MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP "
        "SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER "
        "ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
EXPONENTS: dict[str, int] = {code: places for places, codes in _CODES_BY_EXPONENT.items() for code in codes.split()}
# ISO 4217's code for testing, which the sandbox counts in: written and read as money, and never money. It is not among
# ``EXPONENTS``, so that no form offers it and no request of an API is in it.
SANDBOX_CURRENCY = "XTS"
_SANDBOX_EXPONENT = 2


@dataclass(frozen=True, slots=True)
class Money:
    """``amount`` minor units of ``currency``: ``Money(4000, "EUR")`` is 40.00 EUR, ``Money(4000, "JPY")`` 4000 JPY.

    InvalidInput ``amount_invalid``, ``amount_overflow`` or ``currency_unknown``. Zero is an amount; whether it may be
    spent is the rule's to say.
    """

    amount: int
    currency: str

    def __post_init__(self) -> None:
        check_amount(self.amount)
        exponent_of(self.currency)

    @property
    def exponent(self) -> int:
        return exponent_of(self.currency)

    @classmethod
    def from_wire(cls, value: Any) -> Money:
        """From ``{"amount": 4000, "currency": "EUR"}``; an ``exponent`` may stand beside them and must then agree."""
        amount, currency, exponent = _members(value)
        money = cls(amount, currency)
        if exponent is not None:
            check_exponent(currency, exponent)
        return money

    @classmethod
    def from_claim(cls, value: Any) -> Money:
        """From a signed claim, where the exponent is required: InvalidInput ``amount_scale_mismatch`` when it is not
        ISO 4217's. Stops 4000 from being read as 40.00 by one party and as 4.000 by the other."""
        amount, currency, exponent = _members(value)
        money = cls(amount, currency)
        check_exponent(currency, exponent)
        return money

    def wire(self) -> dict[str, Any]:
        return {"amount": self.amount, "currency": self.currency}

    def claim(self) -> dict[str, Any]:
        return {"amount": self.amount, "currency": self.currency, "exponent": self.exponent}

    def digits(self) -> str:
        """``1,250.50 EUR``: for people who read."""
        major, minor = divmod(self.amount, 10**self.exponent)
        places = f".{minor:0{self.exponent}d}" if self.exponent else ""
        return f"{major:,}{places} {self.currency}"

    def words(self) -> str:
        """``one thousand two hundred fifty and 50/100 EUR``, as on a cheque: a digit too many is seen at once."""
        major, minor = divmod(self.amount, 10**self.exponent)
        fraction = f" and {minor:0{self.exponent}d}/{10**self.exponent}" if self.exponent and minor else ""
        return f"{number_in_words(major)}{fraction} {self.currency}"


def check_amount(amount: Any) -> int:
    """``amount`` when it is a whole number of minor units, 0 to AMOUNT_MAX. True and 1.0 are none."""
    if type(amount) is not int or amount < 0:
        raise InvalidInput("amount_invalid", "An amount is a whole number of minor units, not below 0.", field="amount")
    if amount > AMOUNT_MAX:
        raise InvalidInput("amount_overflow", f"An amount is at most {AMOUNT_MAX} minor units.", field="amount")
    return amount


def exponent_of(currency: Any) -> int:
    """How many decimal places the currency's minor unit has: 2 for EUR, 0 for JPY, 3 for KWD, 4 for CLF."""
    exponent = EXPONENTS.get(currency) if type(currency) is str else None
    if exponent is None and currency == SANDBOX_CURRENCY:
        return _SANDBOX_EXPONENT
    if exponent is None:
        raise InvalidInput("currency_unknown", "The currency is no ISO 4217 code such as EUR.", field="currency")
    return exponent


def check_exponent(currency: Any, exponent: Any) -> None:
    """InvalidInput ``amount_scale_mismatch`` unless ``exponent`` is the currency's."""
    right = exponent_of(currency)
    if type(exponent) is not int or exponent != right:
        raise InvalidInput("amount_scale_mismatch", f"The exponent of {currency} is {right}.", field="exponent")


def _members(value: Any) -> tuple[Any, Any, Any]:
    if not isinstance(value, dict) or not {"amount", "currency"} <= set(value) <= {"amount", "currency", "exponent"}:
        raise InvalidInput("amount_invalid", 'Money reads {"amount": 4000, "currency": "EUR"}.', field="amount")
    return value["amount"], value["currency"], value.get("exponent")


_ONES = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_GROUPS = ("", " thousand", " million", " billion", " trillion", " quadrillion")


def number_in_words(number: int) -> str:
    """``1250`` is ``one thousand two hundred fifty``. English; not below 0, at most AMOUNT_MAX."""
    if number < 20:
        return _ONES[number]
    parts: list[str] = []
    for group in _GROUPS:
        number, below = divmod(number, 1000)
        if below:
            parts.insert(0, _below_thousand(below) + group)
        if not number:
            break
    return " ".join(parts)


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    parts = [f"{_ONES[hundreds]} hundred"] if hundreds else []
    if rest >= 20:
        tens, ones = divmod(rest, 10)
        parts.append(_TENS[tens] + (f"-{_ONES[ones]}" if ones else ""))
    elif rest:
        parts.append(_ONES[rest])
    return " ".join(parts)
