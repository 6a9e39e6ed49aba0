"""Pictures of invoices: what their QR code says. Nothing is guessed from pixels."""

from __future__ import annotations

import io

from PIL import Image, ImageOps, UnidentifiedImageError

from plugins.formats import scan
from plugins.formats.facts import Clue, Facts, Unreadable

MOST_PIXELS = 25_000_000
"""Judged by the header, before anything is decoded (reliability §7.8)."""

_KINDS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF")


def opened(content: bytes) -> Image.Image:
    """A picture from outside, its first frame.

    :raise Unreadable: it is no picture, damaged, or larger than a scan can be.
    """
    try:
        with Image.open(io.BytesIO(content), formats=_KINDS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Unreadable("FORMATS-IMAGE-01", "图片超过 2500 万像素:请缩小后再上传")
            return ImageOps.exif_transpose(picture.convert("L"))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, OverflowError, MemoryError,
            Image.DecompressionBombError) as error:  # fmt: skip
        raise Unreadable("FORMATS-IMAGE-02", "图片无法打开,可能已损坏") from error


def clues(content: bytes, facts: Facts) -> list[Clue]:
    """What the picture's QR code says.

    :raise Unreadable: there is none that is an invoice's.
    """
    picture = opened(content)
    found = scan.clue(scan.texts(picture), facts)
    if found is None and picture.width * picture.height < MOST_PIXELS // 4:
        found = scan.clue(scan.texts(picture.resize((picture.width * 2, picture.height * 2))), facts)
    if found is None:
        raise Unreadable("FORMATS-IMAGE-03", "图片里没有可识别的发票二维码:请拍清楚左上角的二维码")
    return [found]
