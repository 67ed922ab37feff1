#!/usr/bin/env python3
"""A runtime in a page of Python: notes every event in the file SEEN. An event with "fail" fails; of an SQS batch
the messages "bad" are reported as failed the first time they come."""

import http.client
import json
import os

INVOCATION = "/2018-06-01/runtime/invocation/"

api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])


def call(method, path, body=None):
    api.request(method, INVOCATION + path, body)
    answer = api.getresponse()
    return answer.headers, answer.read()


while True:
    headers, text = call("GET", "next")
    event = json.loads(text)
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    with open(os.environ["SEEN"], "ab", buffering=0) as file:
        file.write(json.dumps({"id": request_id, "event": event}).encode() + b"\n")
    if "fail" in event:
        call("POST", request_id + "/error", json.dumps({"errorType": "Refused", "errorMessage": event["fail"]}))
        continue
    failed = [{"itemIdentifier": record["messageId"]} for record in event.get("Records", [])
              if record["body"] == "bad" and record["attributes"]["ApproximateReceiveCount"] == "1"]
    call("POST", request_id + "/response", json.dumps({"batchItemFailures": failed}))
