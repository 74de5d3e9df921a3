"""A PostgreSQL server of our own on a unix socket, with its tools."""
import os
import pathlib
import pwd
import shutil
import signal
import subprocess

from lib import proc

USER = "bench"


def _tools():
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"),
                   key=lambda path: int(path.parts[-3]))
    if not found:
        raise RuntimeError("no PostgreSQL server here; install postgresql")
    return found[-1].parent


class Session:
    """One psql that stays connected: each statement is answered before the next."""
    _END = "--end--"

    def __init__(self, argv):
        self._process = proc.start(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, bufsize=1)

    def run(self, sql):
        """The lines of the answer, columns separated by |."""
        self._process.stdin.write(f"{sql};\n\\echo {self._END}\n")
        self._process.stdin.flush()
        lines = []
        for line in self._process.stdout:
            if line.rstrip("\n") == self._END:
                return lines
            if "ERROR:" in line or "FATAL:" in line:
                raise RuntimeError(f"PostgreSQL: {line.strip()} in {sql}")
            lines.append(line.rstrip("\n"))
        raise RuntimeError(f"psql ended in {sql}")

    def one(self, sql):
        lines = self.run(sql)
        return lines[0] if lines else ""

    def close(self):
        self._process.stdin.close()
        proc.stop(self._process)


class PostgresServer:
    """Settings are its defaults, and what is given. Durable, unless somebody sets fsync."""

    def __init__(self, folder, sockets, settings=()):
        self.bin, self.folder, self.sockets = _tools(), folder / "postgres", sockets
        self.settings = [word for setting in settings for word in ("-c", setting)]
        # It refuses to run as root: then its own user runs it.
        self._as = {"user": "postgres", "group": "postgres", "extra_groups": []} \
            if os.getuid() == 0 else {}
        self.folder.mkdir(parents=True)
        self.log = self.folder / "log"
        if self._as:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self.sockets.chmod(0o777)

    def start(self):
        data = self.folder / "data"
        proc.output([self.bin / "initdb", "-D", data, "-A", "trust", "-U", USER, "-E", "UTF8",
                     "--locale=C", "--no-instructions"], cwd="/", **self._as)
        self.process = proc.start(
            [self.bin / "postgres", "-D", data, "-k", self.sockets, "-c", "listen_addresses=",
             *self.settings], log=self.log, cwd="/", **self._as)
        proc.until(self._answers, "start of PostgreSQL", every=0.05)
        return self

    def _answers(self):
        return subprocess.run([self.bin / "pg_isready", "-q", "-h", self.sockets],
                              check=False).returncode == 0

    def _where(self, database):
        return ["-h", self.sockets, "-U", USER, "-d", database]

    def session(self, database="postgres"):
        return Session([self.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=0",
                        *self._where(database)])

    def create_database(self, name):
        proc.output([self.bin / "createdb", "-h", self.sockets, "-U", USER, name])

    def pgbench(self, database, *words):
        """Its command line; the caller starts it."""
        return [self.bin / "pgbench", *words, "-h", self.sockets, "-U", USER, database]

    def recvlogical(self, database, slot):
        """A process that prints each change as the plugin test_decoding writes it."""
        words = [self.bin / "pg_recvlogical", *self._where(database), "--slot", slot]
        proc.output([*words, "--create-slot", "-P", "test_decoding"])
        return proc.start([*words, "--start", "-F", "0", "-f", "-"], stdout=subprocess.PIPE,
                          text=True, bufsize=1)

    def connect(self, database):
        """What a Target needs to reach it."""
        return f"host: {self.sockets}, dbname: {database}, user: {USER}"

    def stop(self):
        proc.stop(self.process, signal.SIGINT)
        shutil.rmtree(self.folder, ignore_errors=True)
