"""An OTLP/HTTP collector that keeps what it is sent."""

import http.server
import json
import threading


class Collector:
    """On a free port of 127.0.0.1; stopped at the end of the test."""

    def __init__(self, test):
        requests, lock = [], threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with lock:
                    requests.append((self.path, body))
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *arguments):
                pass

        self._requests, self._lock = requests, lock
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"
        thread = threading.Thread(target=self._server.serve_forever)
        thread.start()
        test.addCleanup(thread.join)
        test.addCleanup(self._server.server_close)
        test.addCleanup(self._server.shutdown)

    def requests(self):
        """(path, body) of each, in their order."""
        with self._lock:
            return list(self._requests)

    def resources(self):
        return [each for _, body in self.requests() for each in json.loads(body)["resourceSpans"]]

    def spans(self):
        return [span for each in self.resources() for scope in each["scopeSpans"] for span in scope["spans"]]
