"""The simulated tax bureau's process: `python -m plugins.bureau.simulator --data DIR --port P …`.

It stands in for an authority that is not ours: another process, another file, and it can be killed.
Everything it makes is marked as a specimen.
"""

from __future__ import annotations

import json
import os
from typing import BinaryIO

import click
from waitress import create_server

from core.api import clock, rng
from plugins.bureau.books import Books
from plugins.bureau.desk import Desk
from plugins.bureau.faults import Faults
from plugins.bureau.gate import Gate
from plugins.bureau.herald import Herald

THREADS = 8


@click.command()
@click.option("--data", required=True, type=click.Path(file_okay=False), help="folder of its ledger")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", required=True, type=int, help="0 takes any free port; the first line says which")
@click.option("--app-key", required=True, help="name of the one account")
@click.option("--secret-file", required=True, type=click.File("rb"), help="file with the account's secret")
@click.option("--delay-ms", default=800, show_default=True, help="until an accepted order is issued")
@click.option("--seed", default="", help="of the faults' chance; any text")
@click.option("--idempotent/--not-idempotent", default=True, help="whether a serial makes one invoice only")
def main(
    data: str, host: str, port: int, app_key: str, secret_file: BinaryIO, delay_ms: int, seed: str,
    idempotent: bool,
) -> None:  # fmt: skip
    """Run the SIMULATED tax bureau: specimens only, no invoice in law."""
    os.makedirs(data, exist_ok=True)
    books = Books(os.path.join(data, "bureau.db"))
    secret = secret_file.read().strip()
    faults = Faults(seed or rng.token(8), {"delay_ms": delay_ms, "idempotent": int(idempotent)})
    if saved := books.setting("faults"):
        faults.change(json.loads(saved) | ({"seed": seed} if seed else {}), clock.now().timestamp())
    herald = Herald(books, faults, secret)
    app = Desk(books, Gate(app_key, secret), faults, herald)
    server = create_server(app, host=host, port=port, threads=THREADS, ident="fapiao-simulated-bureau",
                           max_request_body_size=8 << 20, clear_untrusted_proxy_headers=True)  # fmt: skip
    herald.start()
    click.echo(f"ready http://{host}:{server.effective_port} (模拟税局)")
    server.run()


if __name__ == "__main__":
    main()
