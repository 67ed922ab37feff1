"""CloudWatch as boto3 and the AWS CLI read it, after invocations, errors and throttles."""

import datetime
import json
import os
import subprocess
import sys
import threading
import urllib.request

import boto3
import botocore.config
import botocore.model
import pytest

from conftest import (PATIENCE, Emulator, create_function, create_provider, managed, package, publish_latest, refusal,
                      wait_until)

# Does what its payload says: fails, fills its /tmp, or says that it has started and waits for a file.
PROGRAM = """#!/usr/bin/env python3
import json, os, time, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(api + "next") as event:
        request_id = event.headers["Lambda-Runtime-Aws-Request-Id"]
        call = json.loads(event.read())
    if "started" in call:
        open(call["started"], "w").close()
        while not os.path.exists(call["release"]):
            time.sleep(0.02)
    if "fill" in call:
        with open(os.environ["TMPDIR"] + "/full", "wb") as file:
            file.write(bytes(call["fill"]))
    end = "/error" if "fail" in call else "/response"
    urllib.request.urlopen(urllib.request.Request(api + request_id + end, data=b'{}', method="POST")).read()
"""
BEGAN = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=5)
# With --time-scale 60 the fleet's date runs ahead of the calendar by an hour each minute.
END = BEGAN + datetime.timedelta(days=7)
WEEK = 7 * 24 * 3600
ENVIRONMENT_METRICS = {
    "ExecutionEnvironmentConcurrency": "Count", "ExecutionEnvironmentConcurrencyLimit": "Count",
    "ExecutionEnvironmentCPUUtilization": "Percent", "ExecutionEnvironmentMemoryUtilization": "Percent"}
PROVIDER_METRICS = {
    "CPUUtilization": "Percent", "MemoryUtilization": "Percent", "vCPUAvailable": "Count", "vCPUAllocated": "Count",
    "MemoryAvailable": "Bytes", "MemoryAllocated": "Bytes"}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    directory = tmp_path_factory.mktemp("state")
    parameters = directory / "fleet.json"
    parameters.write_text('{"hot_disk_percent": 2}')
    # A call that finds the slot free waits for the program to ask for it, however slow the machine.
    running = Emulator(directory / "lmi.db", "--time-scale", 60, "--fleet-parameters", parameters,
                       "--repoll-grace", 60000)
    yield running
    assert running.stop() == 0


def cloudwatch_client(emulator):
    return boto3.client("cloudwatch", endpoint_url=emulator.endpoint, region_name="us-east-1",
                        aws_access_key_id="test", aws_secret_access_key="test",
                        config=botocore.config.Config(retries={"max_attempts": 0}, read_timeout=PATIENCE))


@pytest.fixture(scope="module")
def cloudwatch(emulator):
    return cloudwatch_client(emulator)


def environments(emulator, name):
    with urllib.request.urlopen(emulator.endpoint + "/_lmi/environments") as answer:
        return [each for each in json.load(answer)["environments"] if each["functionName"] == name]


def deploy(emulator, client, directory, name):
    """A function with a single environment, which has a single slot."""
    program = directory / "bootstrap"
    program.write_text(PROGRAM)
    create_function(client, name, Code={"ZipFile": package(program)}, Timeout=300,
                    CapacityProviderConfig=managed(PerExecutionEnvironmentMaxConcurrency=1))
    publish_latest(client, name)
    client.put_function_scaling_config(
        FunctionName=name, Qualifier="$LATEST.PUBLISHED",
        FunctionScalingConfig={"MinExecutionEnvironments": 1, "MaxExecutionEnvironments": 1})
    wait_until(lambda: len(environments(emulator, name)) == 1, "the other environments to go")


@pytest.fixture(scope="module", autouse=True)
def traffic(emulator, client, tmp_path_factory):
    """Two successful calls, one of them by an alias, one that fails, and one that is throttled."""
    directory = tmp_path_factory.mktemp("traffic")
    create_provider(client)
    deploy(emulator, client, directory, "f")
    client.create_alias(FunctionName="f", Name="live", FunctionVersion="$LATEST.PUBLISHED")
    started, release = directory / "started", directory / "release"
    held = json.dumps({"started": str(started), "release": str(release)})
    holder = threading.Thread(target=lambda: client.invoke(FunctionName="f", Payload=held))
    holder.start()
    wait_until(started.exists, "the call to be inside the function")
    assert refusal(client.invoke, FunctionName="f", Payload="{}")[:2] == (429, "TooManyRequestsException")
    release.touch()
    holder.join()
    assert "FunctionError" not in client.invoke(FunctionName="f:live", Payload="{}")
    assert client.invoke(FunctionName="f", Payload='{"fail": true}')["FunctionError"] == "Unhandled"

def total(cloudwatch, name, statistic="Sum", **dimensions):
    """The statistic over all that was recorded, and the unit; None: nothing was."""
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda", MetricName=name, StartTime=BEGAN, EndTime=END, Period=WEEK, Statistics=[statistic],
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()])["Datapoints"]
    return (points[0][statistic], points[0]["Unit"]) if points else None


def test_invocations_errors_and_throttles_of_the_function(cloudwatch):
    assert total(cloudwatch, "Invocations", FunctionName="f") == (3, "Count")
    assert total(cloudwatch, "Errors", FunctionName="f") == (1, "Count")
    assert total(cloudwatch, "Throttles", FunctionName="f") == (1, "Count")
    assert total(cloudwatch, "Throttles", "SampleCount", FunctionName="f")[0] == 4


def test_a_throttle_has_exactly_one_reason(cloudwatch):
    sums = {name: total(cloudwatch, name, FunctionName="f") for name in
            ("ConcurrencyThrottles", "CPUThrottles", "MemoryThrottles", "DiskThrottles")}
    assert sums == {"ConcurrencyThrottles": (1, "Count"), "CPUThrottles": (0, "Count"),
                    "MemoryThrottles": (0, "Count"), "DiskThrottles": (0, "Count")}


def test_the_alias_has_its_own(cloudwatch):
    assert total(cloudwatch, "Invocations", FunctionName="f", Resource="f:live") == (1, "Count")
    assert total(cloudwatch, "Errors", FunctionName="f", Resource="f:live") == (0, "Count")
    assert total(cloudwatch, "Errors", FunctionName="f", Resource="f") == (1, "Count")


def test_duration_is_that_of_the_held_call(cloudwatch):
    longest, unit = total(cloudwatch, "Duration", "Maximum", FunctionName="f")
    assert longest > 1
    assert unit == "Milliseconds"
    points = cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda", MetricName="Duration", StartTime=BEGAN, EndTime=END, Period=WEEK,
        ExtendedStatistics=["p100"], Dimensions=[{"Name": "FunctionName", "Value": "f"}])["Datapoints"]
    assert points[0]["ExtendedStatistics"]["p100"] == pytest.approx(longest, rel=0.02)


def test_environments_are_sampled(cloudwatch):
    dimensions = {"CapacityProviderName": "cp1", "FunctionName": "f", "Resource": "f:$LATEST.PUBLISHED"}
    for name, unit in ENVIRONMENT_METRICS.items():
        assert wait_until(lambda: total(cloudwatch, name, "Maximum", **dimensions), name)[1] == unit
    # Of the minute with the held call, which is recorded when it is over.
    wait_until(lambda: total(cloudwatch, "ExecutionEnvironmentConcurrency", "Maximum", **dimensions)[0] == 1,
               "the minute of the held call")
    assert total(cloudwatch, "ExecutionEnvironmentConcurrencyLimit", "Maximum", **dimensions)[0] == 1


def test_the_provider_is_sampled_by_instance_type(cloudwatch):
    def listed():
        metrics = cloudwatch.list_metrics(Namespace="AWS/Lambda", Dimensions=[{"Name": "InstanceType"}])["Metrics"]
        return metrics if {each["MetricName"] for each in metrics} == set(PROVIDER_METRICS) else None

    for metric in wait_until(listed, "the metrics of the provider"):
        dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
        assert set(dimensions) == {"CapacityProviderName", "InstanceType"}
        assert dimensions["CapacityProviderName"] == "cp1"
        assert total(cloudwatch, metric["MetricName"], "Average", **dimensions)[1] == PROVIDER_METRICS[
            metric["MetricName"]]


def data_query(name, stat):
    return {"Id": "q", "MetricStat": {"Stat": stat, "Period": WEEK, "Metric": {
        "Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": [{"Name": "FunctionName", "Value": "f"}]}}}


def test_get_metric_data(cloudwatch):
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[data_query("Throttles", "Sum")], StartTime=BEGAN, EndTime=END)
    result = answer["MetricDataResults"][0]
    assert (result["Id"], result["Label"], result["StatusCode"]) == ("q", "Throttles", "Complete")
    assert result["Values"] == [1]
    assert result["Timestamps"] == [BEGAN.replace(second=0, microsecond=0)]


def test_get_metric_data_in_pages(cloudwatch):
    queries = [{**data_query(name, "Sum"), "Id": name.lower()} for name in ("Throttles", "Invocations", "Errors")]
    paginator = cloudwatch.get_paginator("get_metric_data")
    values, pages = {}, 0
    for page in paginator.paginate(MetricDataQueries=queries, StartTime=BEGAN, EndTime=END, MaxDatapoints=1):
        pages += 1
        assert sum(len(result["Values"]) for result in page["MetricDataResults"]) == 1
        for result in page["MetricDataResults"]:
            values.setdefault(result["Id"], []).extend(result["Values"])
    whole = cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=BEGAN, EndTime=END)
    assert pages == 3
    assert values == {result["Id"]: result["Values"] for result in whole["MetricDataResults"]}


def test_what_is_not_there_is_refused_with_a_code(cloudwatch):
    status, code, message = refusal(
        cloudwatch.get_metric_data, StartTime=BEGAN, EndTime=END,
        MetricDataQueries=[{"Id": "m", "Expression": "SUM(METRICS())", "Period": 60}])
    assert (status, code) == (400, "InvalidParameterValue")
    assert "neither metric math" in message
    with pytest.raises(cloudwatch.exceptions.InvalidParameterCombinationException):
        cloudwatch.get_metric_statistics(Namespace="AWS/Lambda", MetricName="Errors", StartTime=BEGAN, EndTime=END,
                                         Period=60, Statistics=["Sum"])
    assert refusal(cloudwatch.describe_alarms)[1] == "InvalidAction"


def test_the_cbor_protocol_gives_the_same(emulator, cloudwatch, monkeypatch):
    """boto3 prefers JSON; SDKs of other languages speak CBOR."""
    monkeypatch.setattr(botocore.model, "PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", ("smithy-rpc-v2-cbor",))
    by_cbor = cloudwatch_client(emulator)
    assert by_cbor.meta.service_model.resolved_protocol == "smithy-rpc-v2-cbor"
    question = {"Namespace": "AWS/Lambda", "MetricName": "Throttles", "StartTime": BEGAN, "EndTime": END,
                "Period": WEEK, "Statistics": ["Sum", "SampleCount"],
                "Dimensions": [{"Name": "FunctionName", "Value": "f"}]}
    assert by_cbor.get_metric_statistics(**question)["Datapoints"] == cloudwatch.get_metric_statistics(
        **question)["Datapoints"]
    assert refusal(by_cbor.get_metric_statistics, **{**question, "Period": 90})[:2] == (400, "InvalidParameterValue")


def test_the_aws_cli(emulator, tmp_path):
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                   "AWS_DEFAULT_REGION": "us-east-1", "AWS_PAGER": "", "AWS_CONFIG_FILE": str(tmp_path / "none"),
                   "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none")}
    program = os.path.join(os.path.dirname(sys.executable), "aws")

    def aws(*arguments):
        done = subprocess.run([program, "cloudwatch", *arguments, "--endpoint-url", emulator.endpoint],
                              env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    assert aws("list-metrics", "--namespace", "AWS/Lambda", "--metric-name", "DiskThrottles")["Metrics"]
    points = aws("get-metric-statistics", "--namespace", "AWS/Lambda", "--metric-name", "Throttles", "--dimensions",
                 "Name=FunctionName,Value=f", "--start-time", BEGAN.isoformat(), "--end-time", END.isoformat(),
                 "--period", str(WEEK), "--statistics", "Sum")["Datapoints"]
    assert [point["Sum"] for point in points] == [1]


def test_a_full_tmp_throttles_for_disk(emulator, client, cloudwatch, tmp_path):
    deploy(emulator, client, tmp_path, "filling")
    # 512 MB is what there is, 2 % of it the threshold of this emulator.
    client.invoke(FunctionName="filling", Payload=json.dumps({"fill": 20_000_000}))

    def refused():
        try:
            client.invoke(FunctionName="filling", Payload="{}")
        except client.exceptions.TooManyRequestsException:
            return True
        return False

    wait_until(refused, "a call to be refused for want of disk")
    assert total(cloudwatch, "DiskThrottles", FunctionName="filling") == (1, "Count")
    assert total(cloudwatch, "ConcurrencyThrottles", FunctionName="filling") == (0, "Count")
