"""A sideband daemon of our own: configuration, state folder, token, API."""
import http.client
import json
import pathlib
import shutil
import signal
import socket
import time

from lib import proc

LABELS = "{owner: bench, environment: bench, criticality: low, repairType: cache}"


def target(name, driver, connect="", limits=""):
    spec = f"driver: {driver}"
    spec += f", connect: {{{connect}}}" if connect else ""
    spec += f", limits: {{{limits}}}" if limits else ""
    return (f"---\napiVersion: resolved.sideband/v1\nkind: Target\n"
            f"metadata: {{name: {name}}}\nspec: {{{spec}}}\n")


def reconciler(name, lines, mode="auto"):
    spec = "".join(f"  {line}\n" for line in [f"mode: {mode}", *lines])
    return (f"---\napiVersion: resolved.sideband/v1\nkind: Reconciler\n"
            f"metadata: {{name: {name}, labels: {LABELS}}}\nspec:\n{spec}")


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("sideband", timeout=timeout)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Daemon:
    def __init__(self, binary, folder, sockets, documents, name="sideband", options=()):
        self.options = options  # of serve
        self.under, self.env = (), {}  # a program that runs serve, and its environment
        self.binary, self.folder, self.name = binary, folder / name, name
        self.socket = sockets / f"{name}.sock"
        self.state = self.folder / "state"
        self.log = self.folder / "log"
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "conf").mkdir(parents=True)
        self.state.mkdir(mode=0o700)
        self.configure(documents)
        proc.output([*self._command(), "-q", "token", "add", "operator"])
        self.token_file = self.state / "tokens" / "operator"
        self._token = self.token_file.read_text().strip()

    def configure(self, documents):
        (self.folder / "conf" / "all.yaml").write_text("".join(documents))

    def _command(self):
        return [self.binary, "--config", self.folder / "conf", "--state", self.state,
                "--socket", self.socket]

    def start(self):
        self.process = proc.start([*self.under, *self._command(), "serve", "--log-level",
                                   "warn", *self.options], log=self.log,
                                  env={"SIDEBAND_CRASH_AT": "", **self.env})
        proc.until(self.ready, f"start of {self.name}, see {self.log}", every=0.001)
        return self

    def ready(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended: {self.log.read_text()[-800:]}")
        try:
            return self._ask("GET", "/readyz")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def _ask(self, method, path, body=None, timeout=120):
        connection = _UnixConnection(self.socket, timeout)
        heads = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, heads)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def api(self, method, path, body=None):
        status, text = self._ask(method, "/api/v1" + path, body)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {text[:500]!r}")
        return json.loads(text)

    def cli_beside(self, *words):
        """Starts a command of the operator; the caller stops it."""
        return proc.start([*self._command(), *words], log=self.log,
                          env={"SIDEBAND_TOKEN_FILE": str(self.token_file)})

    def metrics(self, prefix):
        """Metrics of one name: label text → value."""
        found = {}
        for line in self._ask("GET", "/metrics")[1].decode().splitlines():
            if line.startswith(prefix):
                series, value = line.rsplit(" ", 1)
                found[series[len(prefix):]] = float(value)
        return found

    def scanned(self, name, limit=600):
        """Waits for the first scan and its decision; returns the reconciler."""
        def decided():
            seen = self.api("GET", f"/reconcilers/{name}")
            return seen if seen.get("status") != "not_yet_looked" else None
        return proc.until(decided, f"first scan of {name}", limit)

    def newest_repair(self, name):
        items = self.api("GET", f"/repairs?reconciler={name}&limit=1")["items"]
        return items[0] if items else None

    @property
    def pid(self):
        return self.process.pid

    def state_bytes(self):
        return sum(path.stat().st_size for path in pathlib.Path(self.state).rglob("*")
                   if path.is_file())

    def stop(self):
        return proc.stop(self.process)

    def kill(self):
        proc.stop(self.process, signal.SIGKILL)
        return time.monotonic()
