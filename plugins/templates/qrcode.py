"""The QR code of an issued invoice, as a picture inside the page."""

from __future__ import annotations

import base64
import io

import zxingcpp
from PIL import Image

_PIXELS = 6
"""Pixels a module: enough that a viewer's smoothing cannot blur it away."""


def data_uri(text: str) -> str:
    """The text as a QR code (level M, as the platform's own) in a 1-bit PNG `data:` URI."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = code.to_image(scale=1, add_quiet_zones=False)
    rows, columns = modules.shape
    picture = Image.frombytes("L", (columns, rows), bytes(memoryview(modules)))  # type: ignore[arg-type]
    size = (columns * _PIXELS, rows * _PIXELS)
    out = io.BytesIO()
    picture.resize(size, Image.Resampling.NEAREST).convert("1").save(out, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
