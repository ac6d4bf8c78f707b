"""What an amount counts for in euros, where the registry's own limits are concerned. Pure arithmetic of integers.

Reference rates, not market rates: rounded up, changed by a release or by the setting ``EXPOSURE_RATES``. They move no
money and price nothing; they only keep an agent from having one ceiling in each currency.
"""

from __future__ import annotations

from django.conf import settings

from identity.primitives.money import exponent_of

CEILING_CURRENCY = "EUR"
RATE_UNITS = 10_000  # a rate is for so many whole units, so that it is a whole number for weak currencies too

# EUR minor units for ten thousand whole units. XTS is the code for tests (ISO 4217): it is never counted.
REFERENCE_RATES: dict[str, int] = {
    "EUR": 1_000_000,
    "XTS": 0,
    "AED": 260_000,
    "AUD": 620_000,
    "BHD": 2_600_000,
    "BRL": 180_000,
    "CAD": 690_000,
    "CHF": 1_100_000,
    "CLF": 40_000_000,
    "CLP": 1_100,
    "CNY": 140_000,
    "COP": 260,
    "CZK": 42_000,
    "DKK": 140_000,
    "EGP": 21_000,
    "GBP": 1_250_000,
    "HKD": 125_000,
    "HUF": 2_700,
    "IDR": 65,
    "ILS": 290_000,
    "INR": 12_000,
    "ISK": 7_200,
    "JOD": 1_400_000,
    "JPY": 6_800,
    "KES": 8_000,
    "KRW": 720,
    "KWD": 3_300_000,
    "MXN": 56_000,
    "MYR": 230_000,
    "NGN": 700,
    "NOK": 95_000,
    "NZD": 570_000,
    "OMR": 2_600_000,
    "PHP": 18_000,
    "PLN": 250_000,
    "QAR": 270_000,
    "RON": 210_000,
    "SAR": 265_000,
    "SEK": 97_000,
    "SGD": 750_000,
    "THB": 29_000,
    "TND": 320_000,
    "TRY": 32_000,
    "TWD": 32_000,
    "UAH": 25_000,
    "USD": 1_000_000,
    "VND": 42,
    "ZAR": 56_000,
}
# More than one unit of any other currency is worth, so that a currency nobody listed is never a way around.
UNLISTED_RATE = 4_000_000


def euros(amount: int, currency: str) -> int:
    """``amount`` minor units of ``currency`` in EUR minor units, rounded up; 0 for a currency that is not counted."""
    if currency == CEILING_CURRENCY:
        return amount
    rate: int = settings.EXPOSURE_RATES.get(currency, REFERENCE_RATES.get(currency, UNLISTED_RATE))
    if not rate:
        return 0
    minor_units: int = RATE_UNITS * 10 ** exponent_of(currency)
    return -(-amount * rate // minor_units)
