"""Functions that call out by lmi::http: real emulator, real function processes, an upstream on loopback."""

import http.server
import subprocess
import threading
import unittest

from emulator import BIN, PATIENCE, Call, Emulator


class Upstream(http.server.ThreadingHTTPServer):
    """Answers with the request's id; /hang never answers."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, test):
        super().__init__(("127.0.0.1", 0), Handler)
        self.accepted = 0
        self.over = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()
        test.addCleanup(self.end)

    def process_request(self, request, client_address):
        self.accepted += 1
        super().process_request(request, client_address)

    def url(self, path=""):
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def end(self):
        self.over.set()
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        if self.path == "/hang":
            self.server.over.wait(PATIENCE)
            self.close_connection = True  # nobody listens any more
            return
        body = self.headers.get("X-Request-Id", self.path).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class HttpClients(unittest.TestCase):
    def setUp(self):
        self.emulator = Emulator(self)
        self.upstream = Upstream(self)

    def test_a_blocking_function_reuses_its_connections_and_each_call_gets_its_own_answer(self):
        self.emulator.deploy("asker", BIN / "http_probe_function", concurrency=4)
        answers = []
        for _ in range(5):
            calls = [Call(self.emulator.port, "asker", {"url": self.upstream.url("/x")}) for _ in range(12)]
            answers += [call.result() for call in calls]
        for answer in answers:
            self.assertIsNone(answer.function_error, answer.body)
            self.assertEqual(answer.json["body"], answer.json["requestId"])
        self.assertLessEqual(self.upstream.accepted, 12)  # slots, not calls
        self.assertTrue(any(answer.json["reused"] for answer in answers))

    def test_a_call_out_ends_before_the_invocation_does(self):
        self.emulator.deploy("asker", BIN / "http_probe_function", timeout=2)
        answer = self.emulator.client.invoke("asker", {"url": self.upstream.url("/hang")})
        self.assertEqual(answer.function_error, "Unhandled")
        self.assertEqual(answer.json["errorType"], "HttpTimedOut", answer.body)

    def test_the_fanout_example_asks_its_upstream(self):
        program = self.emulator.directory / "fanout"
        subprocess.run(["strip", "-o", program, BIN / "fanout"], check=True)
        self.emulator.deploy("fanout", program, concurrency=8, variables={"UPSTREAM": self.upstream.url()})
        calls = [Call(self.emulator.port, "fanout", {"requests": 10, "delayMs": 0}) for _ in range(16)]
        for call in calls:
            self.assertEqual(call.result().json.get("ok"), 10, call.result().body)
