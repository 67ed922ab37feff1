import urllib.request
import urllib.error

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from conftest import ACCOUNT, create_function, create_provider, refusal, wait_until

POLICY = {"PredefinedMetricType": "LambdaCapacityProviderAverageCPUUtilization", "TargetValue": 70.0}


def raw(emulator, method, path, body):
    """A signed request whose parameters no client library has looked at. (status, code, body)"""
    request = AWSRequest(method=method, url=emulator.endpoint + path, data=body.encode())
    SigV4Auth(Credentials("test", "test"), "lambda", "us-east-1").add_auth(request)
    sent = urllib.request.Request(request.url, data=body.encode(), method=method, headers=dict(request.headers))
    try:
        with urllib.request.urlopen(sent) as answer:
            return answer.status, "", answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["x-amzn-ErrorType"], error.read().decode()


@pytest.fixture(scope="module")
def created(client):
    return create_provider(client)


def provider_arguments(name, **changes):
    return {"CapacityProviderName": name,
            "VpcConfig": {"SubnetIds": ["subnet-a"], "SecurityGroupIds": ["sg-a"]},
            "PermissionsConfig": {"CapacityProviderOperatorRoleArn": "arn:aws:iam::000000000000:role/op"}, **changes}


def test_call_01_create_answers_pending_with_defaults(created):
    provider = created["CapacityProvider"]
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert provider["State"] == "Pending"
    assert provider["CapacityProviderArn"] == ACCOUNT + "capacity-provider:cp1"
    assert provider["CapacityProviderScalingConfig"]["ScalingMode"] == "Auto"
    assert provider["CapacityProviderScalingConfig"]["MaxVCpuCount"] == 400
    assert provider["InstanceRequirements"]["Architectures"] == ["x86_64"]


def test_call_02_found_by_name_and_by_arn(client, created):
    by_name = client.get_capacity_provider(CapacityProviderName="cp1")["CapacityProvider"]
    by_arn = client.get_capacity_provider(CapacityProviderName=ACCOUNT + "capacity-provider:cp1")["CapacityProvider"]
    assert by_name == by_arn
    assert by_name["State"] == "Active"


def test_call_03_a_name_is_taken_once(client, created):
    status, code, _ = refusal(client.create_capacity_provider, **provider_arguments("cp1"))
    assert (status, code) == (409, "ResourceConflictException")


def test_call_04_empty_subnets_are_refused(emulator):
    body = ('{"CapacityProviderName":"cp4","VpcConfig":{"SubnetIds":[],"SecurityGroupIds":[]},"PermissionsConfig":'
            '{"CapacityProviderOperatorRoleArn":"arn:aws:iam::000000000000:role/op"}}')
    status, code, text = raw(emulator, "POST", "/2025-11-30/capacity-providers", body)
    assert (status, code) == (400, "ValidationException")
    assert "at 'vpcConfig.subnetIds' failed to satisfy constraint: Member must have length greater than or equal to 1" \
        in text


def test_call_05_a_policy_needs_manual_mode(client):
    status, code, message = refusal(
        client.create_capacity_provider,
        **provider_arguments("cp5", CapacityProviderScalingConfig={"ScalingMode": "Auto", "ScalingPolicies": [POLICY]}))
    assert (status, code) == (400, "InvalidParameterValueException")
    assert message == "A scaling policy can't be specified when the scalingMode is set to Auto"


def test_call_06_architectures_are_written_in_lower_case(client):
    status, code, message = refusal(
        client.create_capacity_provider,
        **provider_arguments("cp6", InstanceRequirements={"Architectures": ["X86_64"]}))
    assert (status, code) == (400, "ValidationException")
    assert "'instanceRequirements.architectures'" in message
    assert "[x86_64, arm64]" in message


def test_call_07_an_unknown_provider_is_not_found(client):
    assert refusal(client.get_capacity_provider, CapacityProviderName="nope") == (
        404, "ResourceNotFoundException", f"Capacity provider not found: {ACCOUNT}capacity-provider:nope")


def test_call_08_lists_in_pages(client, created):
    create_provider(client, "cp8")
    first = client.list_capacity_providers(State="Active", MaxItems=1)
    assert len(first["CapacityProviders"]) == 1
    second = client.list_capacity_providers(State="Active", MaxItems=1, Marker=first["NextMarker"])
    assert len(second["CapacityProviders"]) == 1
    assert "NextMarker" not in second
    pages = client.get_paginator("list_capacity_providers").paginate(PaginationConfig={"PageSize": 1})
    assert [provider["CapacityProviderArn"].split(":")[-1] for page in pages for provider in page["CapacityProviders"]
            ] == ["cp1", "cp8"]
    client.delete_capacity_provider(CapacityProviderName="cp8")


def test_call_09_update_changes_scaling_only(client, created):
    answer = client.update_capacity_provider(
        CapacityProviderName="cp1",
        CapacityProviderScalingConfig={"MaxVCpuCount": 30, "ScalingMode": "Manual", "ScalingPolicies": [POLICY]})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    provider = answer["CapacityProvider"]
    assert provider["CapacityProviderScalingConfig"] == {
        "MaxVCpuCount": 30, "ScalingMode": "Manual", "ScalingPolicies": [POLICY]}
    assert provider["VpcConfig"]["SubnetIds"] == ["subnet-a", "subnet-b", "subnet-c"]


def test_call_39_in_use_it_is_not_deleted(client, created):
    create_function(client)
    assert refusal(client.delete_capacity_provider, CapacityProviderName="cp1") == (
        409, "ResourceConflictException",
        "The capacity provider is currently in use by 1 functions. To delete this capacity provider, first remove its "
        f"association with {ACCOUNT}capacity-provider:cp1.")
    assert client.delete_function(FunctionName="f")["ResponseMetadata"]["HTTPStatusCode"] == 202
    wait_until(lambda: "f" not in [function["FunctionName"] for function in client.list_functions()["Functions"]],
               "the function's end")
    answer = client.delete_capacity_provider(CapacityProviderName="cp1")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert answer["CapacityProvider"]["State"] == "Deleting"
    wait_until(lambda: not client.list_capacity_providers()["CapacityProviders"], "the provider's end")
    assert refusal(client.get_capacity_provider, CapacityProviderName="cp1")[0] == 404
