"""The rules of the static gates: what each forbids, where it is allowed and why, and what it must find."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.hostile import gate_finders as find

Finder = Callable[[ast.Module], Iterator[int]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. :ivar allowed: why a file may, by the beginning of its path.

    :ivar only: beginnings of paths that it is about; empty for the whole product.
    """

    name: str
    finder: Finder
    snippets: tuple[str, ...]
    allowed: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()

    def is_about(self, path: str) -> bool:
        """Whether the rule holds in this file."""
        return not path.startswith(tuple(self.allowed)) and path.startswith(self.only or ("",))


_CHILD = "runs in a child with caps, or writes only"

RULES = (
    Rule(
        "Markup outside one file",
        find.calls("Markup", "markupsafe.Markup"),
        ("Markup(text)", "markupsafe.Markup(x)"),
        {"plugins/templates/sandbox.py": "joins escaped lines"},
    ),
    Rule(
        "extractall",
        find.methods("extractall", "extract"),
        ("archive.extractall(path)", "tar.extract(member)"),
    ),
    Rule(
        "a format that runs code",
        find.imports("pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle"),
        ("import pickle", "from marshal import loads", "import shelve as s", "def f():\n    import pickle"),
    ),
    Rule("yaml.load", find.calls("yaml.load", "yaml.unsafe_load", "yaml.full_load"), ("yaml.load(text)",)),
    Rule(
        "eval and exec",
        find.calls("eval", "exec", "compile", "__import__", "builtins.eval"),
        ("eval(text)", "exec(code, {})", "__import__(name)", "compile(t, 'x', 'exec')"),
    ),
    Rule(
        "a parser in the web process",
        find.imports("xml", "lxml", "zipfile", "tarfile", "PIL", "pypdfium2", "pypdf"),
        (
            "import xml.etree.ElementTree as et",
            "from zipfile import ZipFile",
            "from PIL import Image",
            "import tarfile",
        ),
        {
            "plugins/bureau/original.py": "the simulated authority's own process writes with it",
            "plugins/formats/": _CHILD,
            "plugins/templates/": _CHILD,
        },
    ),
    Rule(
        "the network outside core.net",
        find.imports(
            "socket",
            "ssl",
            "smtplib",
            "http.client",
            "urllib.request",
            "requests",
            "httpx",
            "ftplib",
            "asyncio",
            "telnetlib",
            "aiohttp",
        ),
        (
            "import socket",
            "from urllib.request import urlopen",
            "import requests",
            "from http.client import HTTPConnection",
        ),
        {
            "core/net.py": "the one way out",
            "core/server.py": "asks whether its own port is free",
            "core/capped.py": "pipes to children",
            "core/kitchen.py": "pipes to children",
            "core/probe.py": "tries a disk",
            "core/guard.py": "puts back what a plugin changed",
        },
    ),
    Rule(
        "a child process",
        find.imports("subprocess", "multiprocessing", "pty"),
        ("import subprocess",),
        {
            "core/boot.py": "probes plugins",
            "core/capped.py": "starts children",
            "core/companions.py": "starts companions",
        },
    ),
    Rule(
        "a shell",
        find.calls("os.system", "os.popen", "subprocess.getoutput"),
        ("os.system('ls ' + x)", "os.popen(x)"),
    ),
    Rule(
        "the wall clock outside core.clock",
        find.calls(
            "datetime.now",
            "datetime.utcnow",
            "datetime.today",
            "date.today",
            "datetime.datetime.now",
            "datetime.date.today",
            "time.time",
            "time.monotonic",
            "time.perf_counter",
            "time.sleep",
            "time.localtime",
            "time.gmtime",
        ),
        ("datetime.now(UTC)", "date.today()", "time.time()", "time.sleep(1)"),
        {"core/clock.py": "the clock", "core/guard.py": "measures plugins"},
    ),
    Rule(
        "chance outside core.rng",
        find.imports("random", "secrets", "uuid"),
        ("import random", "from uuid import uuid4"),
        {"core/rng.py": "the chance"},
    ),
    Rule(
        "os.urandom outside core.rng",
        find.calls("os.urandom", "os.getrandom"),
        ("os.urandom(8)",),
        {"core/rng.py": "the chance"},
    ),
    Rule(
        "a database file opened by hand",
        find.calls("sqlite3.connect", "sqlite3.Connection", "apsw.Connection"),
        ("sqlite3.connect(path)",),
        {
            "core/sqlite.py": "opens it",
            "core/snapshots.py": "reads a copy",
            "core/guard.py": "compares",
            "plugins/bureau/books.py": "the simulated authority's own file",
            "core/audit.py": "reads a copy",
            "core/histories.py": "reads a copy",
        },
    ),
    Rule(
        "SQL made of text",
        find.made_sql,
        (
            'db.execute(f"SELECT * FROM t WHERE a = {a}")',
            'rows("SELECT * FROM t ORDER BY %s" % key)',
            'execute("DELETE FROM t WHERE a = " + a)',
            'link.execute_sql("SELECT {}".format(a))',
            'peewee.SQL(f"{key} DESC")',
            'sql = f"SELECT {a}"\nrows(sql)',
        ),
        find.SQL_MAKERS,
    ),
    Rule(
        "float and round in money",
        find.calls("float", "round"),
        ("float(text)", "round(x, 2)"),
        {},
        (
            "core/money.py",
            "core/invoice.py",
            "core/forms.py",
            "core/posting.py",
            "plugins/issuing/",
            "plugins/verify/",
        ),
    ),
    Rule(
        "an error swallowed unseen",
        find.swallowed,
        (
            "try:\n    f()\nexcept:\n    g()",
            "try:\n    f()\nexcept Exception:\n    pass",
            "with suppress(Exception):\n    f()",
            "try:\n    f()\nexcept BaseException:\n    ...",
        ),
        {"core/guard.py": "contains plugins"},
    ),
    Rule(
        "a view without a policy",
        find.open_views,
        (
            "@bp.get('/x')\ndef x():\n    return ''",
            "@bp.route('/x', methods=['POST'])\n@other\ndef x():\n    return ''",
            "bp.add_url_rule('/x', view_func=x)",
        ),
        {"core/pages.py": "asks for the policy of what others add"},
    ),
    Rule(
        "a form that asks for no token",
        find.calls("csrf_exempt", "csrf.exempt", "security.csrf_exempt"),
        ("csrf_exempt(view)", "csrf.exempt(bp)"),
        {"plugins/bureau/views.py": "its callback is signed"},
    ),
    Rule(
        "a table of no company without a reason",
        find.unreasoned,
        (
            "schema.global_table('x_y', {}, key=('id',))",
            "schema.global_table('x_y', {}, key=('id',), reason='')",
        ),
    ),
    Rule(
        "a table made by hand",
        find.made_tables,
        ('db.execute("CREATE TABLE x (a)")', 'link.execute("DROP TABLE x")'),
        {
            "core/schema.py": "makes them",
            "plugins/bureau/books.py": "the simulated authority's own file",
            "core/migrations/": "changes them once",
            "core/histories.py": "a copy",
        },
    ),
    Rule(
        "str.format on text of others",
        find.formats,
        (
            "text.format(name=name)",
            "_(text).format(x)",
            "template.format_map(values)",
            "Template(text).substitute(x)",
        ),
        {"plugins/templates/design.py": "a constant of its own"},
    ),
    Rule(
        "a template made of text",
        find.calls(
            "render_template_string",
            "flask.render_template_string",
            "from_string",
            "env.from_string",
            "environment.from_string",
            "Template",
        ),
        ("render_template_string(text)", "env.from_string(x)"),
        {"plugins/templates/": "designs of admins, in a sandbox in a child"},
    ),
    Rule(
        "an environment that does not escape",
        find.unescaped,
        (
            "Environment(loader=x)",
            "Environment(autoescape=False)",
            "SandboxedEnvironment(loader=x, autoescape=lambda n: False)",
        ),
    ),
    Rule(
        "print",
        find.calls("print", "pprint.pprint"),
        ("print(x)",),
        {"core/boot.py": "the text of a child's program"},
    ),
    Rule(
        "a certificate that is not looked at",
        find.unsealed,
        (
            "ssl._create_unverified_context()",
            "get(verify=False)",
            "context.verify_mode = ssl.CERT_NONE",
            "smtplib.SMTP_SSL(host, 465)",
            "context.check_hostname = False",
        ),
    ),
    Rule(
        "a weak hash",
        find.calls("hashlib.md5", "hashlib.sha1", "hashlib.new"),
        ("hashlib.md5(x)", "hashlib.sha1(x)"),
    ),
    Rule("rights for everybody", find.lax_rights, ("path.chmod(0o777)", "os.chmod(p, 0o666)", "os.umask(0)")),
    Rule(
        "the request's own word for its host",
        find.attributes("request.host", "request.host_url", "request.url_root", "request.base_url"),
        ("url = request.host_url + x",),
    ),
)
"""Every rule for Python files."""
