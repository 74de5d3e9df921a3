"""A relay on loopback that counts what goes over it: bytes that a program moves over the network."""
import socket
import threading


class Relay:
    """Forwards each connection to `port` of loopback; `bytes` counts both directions."""

    def __init__(self, port):
        self._to, self.bytes = port, 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                inner = self._listener.accept()[0]
            except OSError:
                return
            outer = socket.create_connection(("127.0.0.1", self._to))
            for source, sink in ((inner, outer), (outer, inner)):
                threading.Thread(target=self._forward, args=(source, sink), daemon=True).start()

    def _forward(self, source, sink):
        try:
            while data := source.recv(1 << 18):
                with self._lock:
                    self.bytes += len(data)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            sink.close()

    def close(self):
        # Closing alone would leave the thread waiting.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
