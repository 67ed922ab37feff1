#!/usr/bin/env python3
"""A function that streams: two pieces, the second only once the file named in the event is there. Standard library
alone: it stands for any runtime that speaks Lambda's response streaming."""
import http.client
import json
import os
import time

host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
PATH = "/2018-06-01/runtime/invocation/"
while True:
    api = http.client.HTTPConnection(host, int(port))
    api.request("GET", PATH + "next")
    event = api.getresponse()
    request_id = event.headers["Lambda-Runtime-Aws-Request-Id"]
    call = json.loads(event.read())
    api.putrequest("POST", PATH + request_id + "/response")
    api.putheader("Content-Type", "application/octet-stream")
    api.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
    api.putheader("Transfer-Encoding", "chunked")
    api.endheaders()
    for piece in (b"first", b"second"):
        api.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        while piece == b"first" and not os.path.exists(call["release"]):
            time.sleep(0.02)
    api.send(b"0\r\n\r\n")
    api.getresponse().read()
    api.close()
