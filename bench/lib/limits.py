"""Watches a target Redis from outside: does sideband stay below the limits that it was given?"""
import threading

OURS = ("bench", "request-path")


class LimitWatch:
    """Between enter and exit: the most connections of sideband, and the keys that it read.

    Keys are counted by Redis itself, in keyspace_hits and keyspace_misses; those of the request path
    and of the repair's own compare-and-set are taken off by the caller, who knows how many they were.
    """

    def __init__(self, redis, every=0.02):
        self._client, self._every = redis.client(), every
        self.connections = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self._end.wait(self._every):
            self.connections = max(self.connections, self._foreign())

    def _foreign(self):
        lines = self._client.command("CLIENT", "LIST").decode().splitlines()
        clients = [dict(word.split("=", 1) for word in line.split(" ")) for line in lines]
        # Whoever has not asked anything yet may be one of ours that has no name yet.
        return sum(client.get("name") not in OURS and client.get("cmd") != "NULL"
                   for client in clients)

    def _lookups(self):
        stats = self._client.info("stats")
        return int(stats["keyspace_hits"]) + int(stats["keyspace_misses"])

    def __enter__(self):
        self._before = self._lookups()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()
        self.lookups = self._lookups() - self._before
        self._client.close()
