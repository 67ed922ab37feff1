#!/usr/bin/env python3
"""A collector for trying the example: prints the name, trace and duration of every span it is sent.

usage: collector.py [PORT]     (default 4318, where OTLP/HTTP listens)
"""
import http.server
import json
import sys


class Collector(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for resource in request["resourceSpans"]:
            for span in (each for scope in resource["scopeSpans"] for each in scope["spans"]):
                took = (int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"])) / 1e6
                print(f'{span["traceId"]} {took:9.3f} ms  {span["name"]}', flush=True)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *arguments):
        pass


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 4318
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Collector).serve_forever()
