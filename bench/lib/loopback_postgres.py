"""A PostgreSQL server on a free port of loopback, where what it sends can be counted."""
import shutil
import socket

from lib import proc
from lib.postgres import USER, PostgresServer


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class LoopbackServer(PostgresServer):
    """Memory that holds the data, and no background work while we look."""

    SETTINGS = ("fsync=off", "shared_buffers=1GB", "max_wal_size=8GB", "autovacuum=off",
                "full_page_writes=off")

    def __init__(self, folder, name="postgres"):
        self.name, self.port = name, _free_port()
        home = folder / name
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        super().__init__(home, home, (*self.SETTINGS, "listen_addresses=127.0.0.1",
                                      f"port={self.port}"))

    def _answers(self):
        try:
            return self.sql("select 1")
        except RuntimeError:
            return False

    def sql(self, text, limit=1800):
        return proc.output([*self.psql(), "-c", text], limit=limit).strip()

    def psql(self):
        return ["psql", "-X", "-At", "-q", "-v", "ON_ERROR_STOP=1", self.url()]

    def url(self, port=None):
        return f"postgres://{USER}@127.0.0.1:{port or self.port}/postgres?sslmode=disable"

    @property
    def pid(self):
        return self.process.pid
