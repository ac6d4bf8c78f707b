"""QR codes: the very modules of the encoder, black on white, with room around them and words for who hears."""

from __future__ import annotations

import re

import qrcode
from qrcode.constants import ERROR_CORRECT_M

from registry.web.qr import QUIET_ZONE, qr_svg

TEXT = "https://registry.example/c/crd_01jd3z8c3h0v6v9x7y5w4t2s1r"


def test_it_draws_every_module_where_it_belongs() -> None:
    svg = str(qr_svg(TEXT, label="code"))
    size = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", svg)}

    expected = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    expected.add_data(TEXT)
    modules = expected.get_matrix()

    assert size == len(modules) + 2 * QUIET_ZONE
    assert dark == {
        (x + QUIET_ZONE, y + QUIET_ZONE) for y, row in enumerate(modules) for x, is_dark in enumerate(row) if is_dark
    }
    assert 'fill="#fff"' in svg


def test_its_words_stay_words() -> None:
    svg = str(qr_svg(TEXT, label='"><script>alert(1)</script>'))
    assert "<script>" not in svg
    assert 'role="img"' in svg
