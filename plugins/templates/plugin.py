"""Templates: how an invoice looks as PDF. One design, drawn by xhtml2pdf from HTML."""

from __future__ import annotations

from flask import Blueprint

from core.api import MenuEntry, Permission, Plugin, Renderer, hookimpl
from plugins.templates import render, views

PLUGIN = Plugin(
    name="templates",
    title="发票版式",
    summary="把发票画成清晰的 PDF:金额不折行、不截断,样票一望便知",
    needs=("xhtml2pdf", "reportlab", "jinja2", "markupsafe", "pillow", "zxing-cpp", "nh3", "pypdfium2"),
)


@hookimpl
def provide_blueprint() -> Blueprint:
    return views.bp


@hookimpl
def provide_permissions() -> list[Permission]:
    return [Permission("templates.view", "查看发票版式", ("owner", "admin", "finance"))]


@hookimpl
def provide_menu() -> list[MenuEntry]:
    return [MenuEntry("templates.index", "发票版式", "template", "templates.view", 77)]


@hookimpl
def provide_renderers() -> list[Renderer]:
    return [Renderer("pdf", "application/pdf", render.VERSION, render.render_pdf)]
