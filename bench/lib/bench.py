"""What every part gets: where things are, how long to measure, and where results go."""
import os
import pathlib
import shutil
import tempfile

from lib import proc
from lib.daemon import Daemon
from lib.redis import RedisServer

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Bench:
    def __init__(self, report, quick, preset="bench", work="bench-work", full=False):
        self.report, self.quick, self.full = report, quick, full
        self.rounds = 1 if quick else 3
        self.programs = ROOT / "build" / preset / "bench"
        built = ROOT / "build" / preset / "src/app/sideband"
        self.sideband = pathlib.Path(os.environ.get("SIDEBAND_BIN", built)).resolve()
        self.work = ROOT / "build" / work
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        # Paths of unix sockets are short; the data stays on the disk of the build folder.
        self.sockets = pathlib.Path(tempfile.mkdtemp(prefix="sideband-bench-"))

    def program(self, name):
        return self.programs / name

    def daemon(self, documents, name="sideband", options=()):
        return Daemon(self.sideband, self.work, self.sockets, documents, name, options)

    def redis(self, name="redis", durable=False):
        return RedisServer(self.work, self.sockets, name, durable).start()

    def clean(self):
        """Between parts: nothing of one is there in the next."""
        proc.stop_all()
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)

    def close(self):
        proc.stop_all()
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.rmtree(self.sockets, ignore_errors=True)
