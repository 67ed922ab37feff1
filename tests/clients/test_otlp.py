"""What lmi::otlp sends, read by Google's own protobuf code with OpenTelemetry's own definitions."""

import base64
import http.server
import json
import os
import subprocess
import threading

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

IDS = ("traceId", "spanId", "parentSpanId")


def from_otlp_json(text):
    """OTLP departs from protobuf's JSON mapping in one point: ids are hexadecimal, not base64."""

    def converted(value):
        if isinstance(value, list):
            return [converted(each) for each in value]
        if not isinstance(value, dict):
            return value
        return {name: base64.b64encode(bytes.fromhex(each)).decode() if name in IDS else converted(each)
                for name, each in value.items()}

    return json_format.ParseDict(converted(json.loads(text)), ExportTraceServiceRequest())  # unknown fields: error


@pytest.fixture(scope="module")
def request_body():
    """The one request of the program otlp_sender."""
    bodies = []

    class Collector(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        variables = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{server.server_address[1]}",
                     "OTEL_SERVICE_NAME": "shop", "OTEL_RESOURCE_ATTRIBUTES": "team=a%20b"}
        sent = subprocess.run([os.environ["LMI_OTLP_SENDER"]], env=variables, capture_output=True, text=True, timeout=120)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert sent.stdout == "delivered 4\n", sent.stderr
    assert len(bodies) == 1
    return bodies[0]


@pytest.fixture(scope="module")
def spans(request_body):
    (resource,) = from_otlp_json(request_body).resource_spans
    (scope,) = resource.scope_spans
    return {span.name: span for span in scope.spans}


def test_every_field_is_one_of_otlps(request_body):
    (resource,) = from_otlp_json(request_body).resource_spans
    attributes = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert attributes["service.name"] == "shop"
    assert attributes["team"] == "a b"
    assert attributes["telemetry.sdk.language"] == "cpp"


def test_ids_and_parents(spans):
    server, client, alone = spans["orders"], spans["query"], spans["alone"]
    assert server.trace_id.hex() == "12345678901234567890123456789012"
    assert server.parent_span_id.hex() == "1234567890123456"
    assert server.trace_state == "vendor=opaque,other=1"
    assert client.trace_id == server.trace_id
    assert client.parent_span_id == server.span_id
    assert len(alone.trace_id) == 16 and len(alone.span_id) == 8 and alone.parent_span_id == b""
    assert {span.flags for span in spans.values()} == {1}


def test_kinds_times_and_status(spans):
    assert [spans[name].kind for name in ("orders", "query", "check", "alone")] == [
        Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CLIENT, Span.SPAN_KIND_INTERNAL, Span.SPAN_KIND_CONSUMER]
    assert spans["query"].status == Status(code=Status.STATUS_CODE_ERROR, message="no answer")
    assert spans["check"].status == Status(code=Status.STATUS_CODE_OK)
    assert spans["orders"].status == Status()
    for span in spans.values():
        assert 1_700_000_000 * 10**9 < span.start_time_unix_nano <= span.end_time_unix_nano


def test_attributes_and_events(spans):
    values = {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in spans["orders"].attributes}
    assert values == {"text": '"quoted" \\ \n ü', "bytes": "\ufffd\ufffd", "yes": True, "least": -(2**63), "share": 0.1,
                      "endless": float("inf")}
    (event,) = spans["query"].events
    assert (event.name, [each.key for each in event.attributes]) == ("sent", ["size", "retry"])
    assert spans["query"].start_time_unix_nano <= event.time_unix_nano <= spans["query"].end_time_unix_nano
    assert (len(spans["query"].attributes), spans["query"].dropped_attributes_count) == (128, 2)
