"""A reputation as pages show it: the number never without its band, its sample and what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from identity.accounts.amounts import count_in_digits
from registry.web.charts import bar

SCORE_MAX = 1_000
_MEANINGS = {
    "unproven": gettext_lazy("Too little evidence to say. Every agent begins here; it is no reproach."),
    "below_fair": gettext_lazy("What went wrong weighs more than what went well."),
    "fair": gettext_lazy("More went well than wrong, on evidence that is still thin or mixed."),
    "good": gettext_lazy("Dealings with it went well, at vendors that are known."),
    "strong": gettext_lazy("Long and clean dealings at eight vendors or more."),
}


@dataclass(frozen=True, slots=True)
class ReputationView:
    """``score`` None while it is not shown: nothing is computed yet, or the agent is under review."""

    band: str
    score: int | None
    sample_size: int
    formula: str | None

    @classmethod
    def of(cls, part: dict[str, Any]) -> ReputationView:
        """From the ``reputation`` part of a signed answer."""
        return cls(str(part["band"]), part["score"], int(part["sample_size"] or 0), part["formula"])

    @property
    def is_known(self) -> bool:
        return self.formula is not None

    @property
    def badge(self) -> str:
        return f"band.{self.band}"

    @property
    def bar(self) -> SafeString:
        return bar(share=(self.score or 0) / SCORE_MAX)

    @property
    def meaning(self) -> str:
        return str(_MEANINGS.get(self.band, ""))

    @property
    def sample_words(self) -> str:
        if not self.sample_size:
            return _("from no receipt and no case yet")
        words = ngettext("from %(count)s receipt or case", "from %(count)s receipts and cases", self.sample_size)
        return words % {"count": count_in_digits(self.sample_size)}
