"""A PostgreSQL server of our own on a free port of loopback, and psql."""
import glob
import os
import pwd
import shutil
import signal
import socket

from lib import proc


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _as_postgres():
    """PostgreSQL refuses to run as root: then its own user runs it."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class PostgresServer:
    """Default settings, but for memory that holds the data and no background work while we look."""

    SETTINGS = {"listen_addresses": "127.0.0.1", "fsync": "off", "shared_buffers": "1GB",
                "max_wal_size": "8GB", "autovacuum": "off", "full_page_writes": "off"}

    def __init__(self, folder, name="postgres"):
        self.name, self.port = name, _free_port()
        # Not below a folder that only root may enter.
        self.folder = folder / name
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]

    def start(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        owner = _as_postgres()
        if owner:
            os.chown(self.folder, owner["user"], owner["group"])
        proc.output([f"{self.bin}/initdb", "-D", self.folder / "data", "-A", "trust", "-U", "bench",
                     "--no-sync", "-E", "UTF8", "--locale=C"], cwd="/", **owner)
        settings = [word for name, value in self.SETTINGS.items()
                    for word in ("-c", f"{name}={value}")]
        self.process = proc.start(
            [f"{self.bin}/postgres", "-D", self.folder / "data", "-k", self.folder, "-p", self.port,
             *settings], cwd="/", **owner)
        proc.until(self._answers, f"start of {self.name}", every=0.05)
        return self

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
        return f"postgres://bench@127.0.0.1:{port or self.port}/postgres?sslmode=disable"

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        proc.stop(self.process, signal.SIGINT)
