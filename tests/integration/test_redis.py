"""Functions with a pool of Redis connections: real emulator, real function processes, a real Redis."""

import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

from emulator import BIN, Call, Emulator, wait_until


class Server:
    """On a Unix socket in a temporary directory; stopped and removed at the end of the test."""

    def __init__(self, test):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="lmi-redis-"))
        test.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.socket = self.directory / "socket"
        self._process = None
        self.start()
        test.addCleanup(self.kill)

    def start(self):
        settings = {"port": "0", "unixsocket": self.socket, "save": "", "dir": self.directory, "daemonize": "no"}
        words = [word for name, value in settings.items() for word in (f"--{name}", value)]
        self._process = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
        wait_until(self._answers, "Redis to be ready")

    def _answers(self):
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(self.socket))
            except OSError:
                return False
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")

    def kill(self):
        self._process.kill()
        self._process.wait(60)


class Redis(unittest.TestCase):
    def setUp(self):
        self.emulator = Emulator(self)
        self.server = Server(self)

    def check_many_calls_share_its_connections(self, **more):
        variables = {"REDIS": str(self.server.socket), **more}
        self.emulator.deploy("counter", BIN / "redis_function", concurrency=8, variables=variables)
        calls = [Call(self.emulator.port, "counter", {"key": "visits"}) for _ in range(20)]
        self.assertEqual(sorted(call.result().json for call in calls), list(range(1, 21)))

        self.server.kill()
        down = self.emulator.client.invoke("counter", {"key": "visits"})
        self.assertEqual(down.function_error, "Unhandled")
        self.assertIn(down.json["errorType"], ("PoolUnhealthy", "PoolTimedOut", "RedisConnectionLost"))
        self.server.start()
        wait_until(lambda: not self.emulator.client.invoke("counter", {"key": "again"}).function_error, "it to recover")

    def test_blocking_calls_share_its_connections_and_recover_with_it(self):
        self.check_many_calls_share_its_connections()

    def test_coroutines_share_its_connections_and_recover_with_it(self):
        self.check_many_calls_share_its_connections(COROUTINE="1")


if __name__ == "__main__":
    unittest.main()
