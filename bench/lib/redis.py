"""A Redis server of our own on a unix socket, and a small client."""
import socket

from lib import proc


class RedisClient:
    """One connection. Commands are words; answers are bytes, numbers, None or lists."""

    def __init__(self, path, name="bench"):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._in = self._socket.makefile("rb")
        self.command("CLIENT", "SETNAME", name)

    @staticmethod
    def encode(*words):
        out = [b"*%d\r\n" % len(words)]
        for word in words:
            raw = word if isinstance(word, bytes) else str(word).encode()
            out.append(b"$%d\r\n%s\r\n" % (len(raw), raw))
        return b"".join(out)

    def _answer(self):
        line = self._in.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RuntimeError("Redis: " + rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._in.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self._answer() for _ in range(int(rest))]
        return rest

    def command(self, *words):
        self._socket.sendall(self.encode(*words))
        return self._answer()

    def pipeline(self, commands):
        """Sends all of them, then takes all answers; the caller keeps the list short."""
        self._socket.sendall(b"".join(self.encode(*words) for words in commands))
        return [self._answer() for _ in commands]

    def info(self, section):
        lines = self.command("INFO", section).decode().split("\r\n")
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def close(self):
        self._in.close()
        self._socket.close()


class RedisServer:
    """Without persistence, unless `durable`: an append-only file, flushed before each answer."""

    def __init__(self, folder, sockets, name="redis", durable=False):
        self.folder, self.name, self.durable = folder / name, name, durable
        self.socket = sockets / f"{name}.sock"
        self.folder.mkdir(parents=True, exist_ok=True)

    def start(self):
        aof = ["--appendonly", "yes", "--appendfsync", "always"]
        self.process = proc.start(
            ["redis-server", "--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700",
             "--save", "", "--dir", self.folder, "--notify-keyspace-events", "KEA" if not
             self.durable else "", *(aof if self.durable else [])],
            log=self.folder / "log")
        proc.until(self._answers, f"start of {self.name}", every=0.001)
        return self

    def _answers(self):
        try:
            self.client().close()
            return True
        except (OSError, RuntimeError):
            return False

    def client(self, name="bench"):
        return RedisClient(self.socket, name)

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        proc.stop(self.process)
