"""HTML to PDF by xhtml2pdf in a capped child: no file, no network, the same bytes every time."""

from __future__ import annotations

import io
import logging
from datetime import UTC, datetime

from reportlab import rl_config
from reportlab.lib.utils import TimeStamp
from reportlab.platypus.doctemplate import LayoutError
from xhtml2pdf.config.resources import (
    RenderLimitError,
    ResourceAccessPolicy,
    render_budget,
    use_policy,
)
from xhtml2pdf.context import pisaContext
from xhtml2pdf.default import DEFAULT_PAGE_NAME
from xhtml2pdf.document import pisaStory
from xhtml2pdf.files import cleanFiles
from xhtml2pdf.util import reset_caches
from xhtml2pdf.xhtml2pdf_reportlab import MarkedCanvas, PmlBaseDoc

from plugins.templates import marks
from plugins.templates.fonts import REGULAR, STRONG, face
from plugins.templates.render import Printable
from plugins.templates.sandbox import Unfit

POLICY = ResourceAccessPolicy.server(base_dir=None, allow_remote=False, max_render_seconds=300)
"""Only `data:` URIs can be read, whatever a design asks for (reliability §0.6). Two thousand lines
take about 20 seconds."""

PRODUCER = "Fapiao"
_FILE = {"invariant": 1, "lang": "zh-CN", "initialFontName": REGULAR}

_DEFAULT = f"html {{ font-family: {REGULAR} }}"
"""Instead of xhtml2pdf's own style sheet, whose face is in no file of ours."""

# No face but ours is looked for anywhere.
rl_config.T1SearchPath = rl_config.TTFSearchPath = rl_config.CMapSearchPath = ()

# Streams as bytes, not as text of five characters for four bytes: a fifth smaller.
rl_config.useA85 = 0

for _name in ("xhtml2pdf", "reportlab", "svglib", "html5lib"):
    # One line a missing property and a missing glyph would be thousands a day.
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class _Canvas(MarkedCanvas):  # type: ignore[misc]
    def setFont(self, psfontname: str, size: float, leading: float | None = None) -> None:
        # Tables select Helvetica for every cell and print nothing in it; it is in no file of ours.
        known = psfontname if psfontname in (REGULAR, STRONG) else REGULAR
        super().setFont(known, size, leading)


class _Doc(PmlBaseDoc):  # type: ignore[misc]
    document: Printable
    moment: datetime

    def beforeDocument(self) -> None:
        super().beforeDocument()
        self.canv._doc._timeStamp = _stamp(self.moment)
        self.canv.setViewerPreference("DisplayDocTitle", "true")

    def beforePage(self) -> None:
        super().beforePage()
        self.canv.setProducer(PRODUCER)

    def afterPage(self) -> None:
        super().afterPage()
        marks.stamp(self.canv, self.document, self.pagesize)


def press(html: str, document: Printable, moment: datetime, info: dict[str, str]) -> bytes:
    """Set a page description into a PDF.

    :param moment: the time the file says it was made: the document's own, never the clock's.
    :param info: `title`, `subject`, `author` and `creator` of the file.
    """
    context = pisaContext("")
    for name in (REGULAR, STRONG):
        face(name)
        context.registerFont(name)
    context.resource_policy = POLICY
    out = io.BytesIO()
    try:
        with use_policy(POLICY), render_budget(POLICY):
            pisaStory(html, context=context, default_css=_DEFAULT, encoding="utf-8")
            doc = _Doc(out, pagesize=context.pageSize, **_FILE, **info)
            doc.document, doc.moment = document, moment
            doc.pisaPositioned = context.positioned
            body = context.templateList.pop(DEFAULT_PAGE_NAME, None)
            if body is None:
                raise Unfit("样式里要有一条不带名字的 @page")
            doc.addPageTemplates([body, *context.templateList.values()])
            doc.build(context.story, canvasmaker=_Canvas)
    except (LayoutError, RenderLimitError, RecursionError):
        raise Unfit("版面放不下:页面、边距或表格太小,或嵌套太深") from None
    finally:
        cleanFiles()
        reset_caches()
    return out.getvalue()


def _stamp(moment: datetime) -> TimeStamp:
    stamp = TimeStamp(1)
    utc = moment.astimezone(UTC)
    stamp.t, stamp.lt = utc.timestamp(), utc.timetuple()
    stamp.YMDhms, stamp.dhh, stamp.dmm = tuple(stamp.lt)[:6], 0, 0
    return stamp
