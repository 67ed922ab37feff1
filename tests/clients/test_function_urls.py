"""Function URLs: boto3 configures them, curl calls them."""

import json
import os
import pathlib
import subprocess
import urllib.parse

import pytest

from conftest import ACCOUNT, PATIENCE, Emulator, create_function, create_provider, package, publish_latest, refusal

FORBIDDEN = (b'{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: '
             b'https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}')
STREAMER = pathlib.Path(os.environ["LMI_STREAMER"])


@pytest.fixture(scope="module", autouse=True)
def functions(client):
    create_provider(client)
    for name, timeout in (("f", 60), ("streamed", 60), ("hasty", 1), ("guarded", 60), ("shared", 60)):
        create_function(client, name, Code={"ZipFile": package(STREAMER)}, Timeout=timeout)
        publish_latest(client, name)


@pytest.fixture(scope="module")
def urls(client):
    """The URL of each function that the tests call."""
    def create(name, **settings):
        return client.create_function_url_config(FunctionName=name, **settings)["FunctionUrl"]

    return {
        "f": create("f", AuthType="NONE"),
        "streamed": create("streamed", AuthType="NONE", InvokeMode="RESPONSE_STREAM"),
        "hasty": create("hasty", AuthType="NONE"),
        "guarded": create("guarded", AuthType="AWS_IAM"),
        "shared": create("shared", AuthType="NONE", Cors={
            "AllowOrigins": ["https://page.example"], "AllowMethods": ["GET", "POST"], "AllowHeaders": ["x-one"],
            "ExposeHeaders": ["x-two"], "MaxAge": 60, "AllowCredentials": True}),
    }


class Response:
    """What curl -i printed."""

    def __init__(self, printed):
        while True:
            head, _, printed = printed.partition(b"\r\n\r\n")
            lines = head.decode().split("\r\n")
            self.status = int(lines[0].split()[1])
            if self.status != 100:
                break
        pairs = [line.split(": ", 1) for line in lines[1:]]
        self.headers = {name.lower(): value for name, value in pairs}
        self.cookies = [value for name, value in pairs if name.lower() == "set-cookie"]
        self.body = printed


def curl_command(url, *arguments):
    # curl finds loopback behind *.localhost by itself since 7.77; told here for older ones.
    where = urllib.parse.urlsplit(url)
    return ["curl", "-sS", "-i", "--max-time", str(PATIENCE), "--resolve", f"{where.hostname}:{where.port}:127.0.0.1",
            *arguments, url]


def curl(url, *arguments):
    return Response(subprocess.run(curl_command(url, *arguments), check=True, stdout=subprocess.PIPE).stdout)


def tell(url, *arguments, **wish):
    """Sends the function its instructions."""
    return curl(url, "-H", "Content-Type: application/json", "-d", json.dumps(wish), *arguments)


def test_a_configuration_lives(client):
    name = "f-config"
    create_function(client, name, wait=False)
    created = client.create_function_url_config(FunctionName=name, AuthType="AWS_IAM", Cors={"MaxAge": 5})
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert created["FunctionArn"] == f"{ACCOUNT}function:{name}"
    assert created["InvokeMode"] == "BUFFERED"
    shown = client.get_function_url_config(FunctionName=name)
    assert shown["FunctionUrl"] == created["FunctionUrl"]
    assert shown["Cors"] == {"MaxAge": 5}
    assert shown["LastModifiedTime"]
    updated = client.update_function_url_config(FunctionName=name, InvokeMode="RESPONSE_STREAM")
    assert (updated["InvokeMode"], updated["AuthType"]) == ("RESPONSE_STREAM", "AWS_IAM")
    listed = client.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]
    assert [each["FunctionUrl"] for each in listed] == [created["FunctionUrl"]]
    assert refusal(client.create_function_url_config, FunctionName=name, AuthType="NONE") == (
        409, "ResourceConflictException",
        f"Failed to create function url config for [functionArn = {ACCOUNT}function:{name}]. Error message:  "
        "FunctionUrlConfig exists for this Lambda function")
    client.delete_function_url_config(FunctionName=name)
    assert refusal(client.get_function_url_config, FunctionName=name) == (
        404, "ResourceNotFoundException", "The resource you requested does not exist.")


def test_the_function_gets_the_request(urls):
    response = curl(urls["f"] + "a%20b/c?x=1&x=2&y", "-H", "X-Own: v", "-H", "Content-Type: text/plain",
                    "-b", "k=v; l=w", "-d", "hello")
    assert response.status == 200
    assert response.headers["content-type"] == "application/json"
    event = json.loads(response.body)
    host = urllib.parse.urlsplit(urls["f"]).hostname
    assert event["version"] == "2.0"
    assert event["rawPath"] == "/a%20b/c"
    assert event["rawQueryString"] == "x=1&x=2&y"
    assert event["queryStringParameters"] == {"x": "1,2", "y": ""}
    assert event["cookies"] == ["k=v", "l=w"]
    assert event["headers"]["x-own"] == "v"
    assert (event["body"], event["isBase64Encoded"]) == ("hello", False)
    assert event["requestContext"]["domainName"] == host
    assert event["requestContext"]["http"]["method"] == "POST"
    assert event["requestContext"]["requestId"] == response.headers["x-amzn-requestid"]


def test_the_path_form_reaches_the_same_function(emulator, urls):
    url_id = urllib.parse.urlsplit(urls["f"]).hostname.split(".")[0]
    response = curl(f"{emulator.endpoint}/lambda-url/{url_id}/a?x=1")
    assert json.loads(response.body)["rawPath"] == "/a"
    assert response.headers["content-security-policy"].startswith("sandbox")


def test_a_binary_body_arrives_in_base64(urls, tmp_path):
    (tmp_path / "body").write_bytes(b"\x00\xff")
    response = curl(urls["f"], "-H", "Content-Type: image/png", "--data-binary", f"@{tmp_path / 'body'}")
    event = json.loads(response.body)
    assert (event["body"], event["isBase64Encoded"]) == ("AP8=", True)


@pytest.mark.parametrize("arguments", [("-H", "Transfer-Encoding: chunked"), ("-H", "Expect: 100-continue")],
                         ids=["chunked", "expect-continue"])
def test_a_body_arrives_however_it_is_sent(urls, tmp_path, arguments):
    text = "x" * 2_000_000
    (tmp_path / "body").write_text(text)
    response = curl(urls["f"], "-H", "Content-Type: text/plain", "--data-binary", f"@{tmp_path / 'body'}", *arguments)
    assert json.loads(response.body)["body"] == text


@pytest.mark.parametrize("name", ["f", "streamed"])
def test_head_has_no_body_and_the_connection_goes_on(urls, name):
    printed = subprocess.run([*curl_command(urls[name], "-I"), "--next", *curl_command(urls[name])[1:]], check=True,
                             stdout=subprocess.PIPE).stdout
    first, _, second = printed.partition(b"\r\n\r\n")
    assert b" 200 " in first
    assert json.loads(Response(second).body)["requestContext"]["http"]["method"] == "GET"


@pytest.mark.parametrize("name", ["f", "streamed"])
def test_the_function_sets_status_headers_and_cookies(urls, name):
    response = tell(urls[name], http={"status": 203, "headers": {"X-Two": "2"}, "cookies": ["a=1", "b=2"]},
                    chunks=["one ", "two"])
    assert response.status == 203
    assert response.headers["x-two"] == "2"
    assert response.cookies == ["a=1", "b=2"]
    assert response.body == b"one two"


def test_pieces_arrive_while_the_function_holds_the_rest(urls, tmp_path):
    go_on = tmp_path / "go-on"
    wish = {"http": {"headers": {"Content-Type": "text/plain"}}, "chunks": ["one\n", "two\n"], "until": str(go_on)}
    with subprocess.Popen(curl_command(urls["streamed"], "-N", "-H", "Content-Type: application/json",
                                       "-d", json.dumps(wish)), stdout=subprocess.PIPE) as running:
        lines = iter(running.stdout.readline, b"")
        assert b" 200 " in next(lines)
        while next(lines) != b"\r\n":
            pass
        assert next(lines) == b"one\n"
        # Only now may the function go on.
        go_on.touch()
        assert next(lines) == b"two\n"
        assert next(lines, None) is None
        assert running.wait(PATIENCE) == 0


@pytest.mark.parametrize("name", ["f", "streamed"])
def test_a_failing_function_is_a_bad_gateway(urls, name):
    response = tell(urls[name], throw=True)
    assert response.status == 502
    assert response.body == b"Internal Server Error"


def test_a_failure_in_mid_stream_breaks_the_response_off(urls):
    done = subprocess.run(curl_command(urls["streamed"], "-H", "Content-Type: application/json", "-d",
                                       json.dumps({"chunks": ["begun"], "then": "throw"})), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    assert done.returncode in (18, 56)  # CURLE_PARTIAL_FILE, CURLE_RECV_ERROR
    assert Response(done.stdout).status == 200


def test_a_function_that_takes_too_long_is_a_gateway_timeout(urls, tmp_path):
    release = tmp_path / "release"
    response = tell(urls["hasty"], chunks=["late"], until=str(release))
    release.touch()
    assert response.status == 504


def test_iam_wants_a_signature(urls):
    refused = curl(urls["guarded"])
    assert (refused.status, refused.body) == (403, FORBIDDEN)
    signed = curl(urls["guarded"], "--aws-sigv4", "aws:amz:us-east-1:lambda", "--user", "AKID:secret")
    assert signed.status == 200
    assert json.loads(signed.body)["requestContext"]["authorizer"]["iam"]["accessKey"] == "AKID"


def test_web_pages_may_call_open_urls_only(emulator, urls):
    page = ("-H", "Origin: https://page.example")
    assert curl(urls["f"], *page).status == 200
    assert curl(urls["guarded"], *page, "--aws-sigv4", "aws:amz:us-east-1:lambda", "--user", "AKID:secret").status == 403
    assert curl(emulator.endpoint + "/2015-03-31/functions", *page).status == 403


def test_cors_is_answered_by_the_configuration(urls):
    page = ("-H", "Origin: https://page.example")
    asked = curl(urls["shared"], "-X", "OPTIONS", *page, "-H", "Access-Control-Request-Method: POST",
                 "-H", "Access-Control-Request-Headers: x-one")
    assert asked.status == 200
    assert asked.headers["access-control-allow-origin"] == "https://page.example"
    assert asked.headers["access-control-allow-methods"] == "GET,POST"
    assert asked.headers["access-control-allow-headers"] == "x-one"
    assert asked.headers["access-control-max-age"] == "60"
    assert asked.headers["access-control-allow-credentials"] == "true"
    called = curl(urls["shared"], *page)
    assert called.headers["access-control-allow-origin"] == "https://page.example"
    assert called.headers["access-control-expose-headers"] == "x-two"
    other = curl(urls["shared"], "-H", "Origin: https://other.example")
    assert other.status == 200
    assert "access-control-allow-origin" not in other.headers


def test_an_unknown_url_is_refused_as_on_aws(urls):
    known = urllib.parse.urlsplit(urls["f"])
    unknown = f"http://{'0' * 32}.{known.netloc.split('.', 1)[1]}/"
    response = curl(unknown)
    assert (response.status, response.body) == (403, b'{"Message":null}')
    assert response.headers["x-amzn-errortype"] == "AccessDeniedException"


def test_the_public_needs_a_policy_where_policies_are_enforced(tmp_path):
    strict = Emulator(tmp_path / "lmi.db", "--enforce-url-policies")
    client = strict.client()
    create_provider(client)
    create_function(client, "f", Code={"ZipFile": package(STREAMER)}, Timeout=60)
    publish_latest(client, "f")
    url = client.create_function_url_config(FunctionName="f", AuthType="NONE")["FunctionUrl"]
    refused = curl(url)
    assert (refused.status, refused.body) == (403, FORBIDDEN)
    assert refused.headers["x-amzn-errortype"] == "AccessDeniedException"
    client.add_permission(FunctionName="f", StatementId="url", Action="lambda:InvokeFunctionUrl", Principal="*",
                          FunctionUrlAuthType="NONE")
    assert curl(url).status == 403
    client.add_permission(FunctionName="f", StatementId="invoke", Action="lambda:InvokeFunction", Principal="*",
                          InvokedViaFunctionUrl=True)
    assert curl(url).status == 200
    assert strict.stop() == 0
