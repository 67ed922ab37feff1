"""Aliases, concurrency, tags, policies and management settings, and the waiters, with boto3."""

import collections
import json

import pytest

from conftest import (ACCOUNT, PATIENCE, ROLE, create_function, create_provider, managed, package, publish, refusal)

FUNCTION = ACCOUNT + "function:f"
QUICK = {"Delay": 1, "MaxAttempts": PATIENCE}


@pytest.fixture(scope="module", autouse=True)
def function(client):
    """`f` on cp1 with the versions 1 and 2, each with one environment."""
    create_provider(client)
    create_function(client)
    for number in ("1", "2"):
        client.update_function_code(FunctionName="f", ZipFile=package(extra=number.encode()))
        client.get_waiter("function_updated_v2").wait(FunctionName="f", WaiterConfig=QUICK)
        assert publish(client)["Version"] == number
        client.put_function_scaling_config(
            FunctionName="f", Qualifier=number,
            FunctionScalingConfig={"MinExecutionEnvironments": 1, "MaxExecutionEnvironments": 1})


@pytest.fixture(scope="module", name="default")
def default_function(client):
    """A function without a capacity provider, with version 1."""
    client.create_function(FunctionName="default", Runtime="provided.al2023", Handler="h", Role=ROLE,
                           Code={"ZipFile": package()}, Publish=True)
    client.get_waiter("function_active_v2").wait(FunctionName="default", WaiterConfig=QUICK)
    return "default"


def status(answer):
    return answer["ResponseMetadata"]["HTTPStatusCode"]


def test_call_33_a_weighted_alias(client):
    created = client.create_alias(FunctionName="f", Name="live", FunctionVersion="1",
                                  RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}})
    assert status(created) == 201
    assert created["AliasArn"] == FUNCTION + ":live"
    ran = collections.Counter(
        client.invoke(FunctionName="f:live", Payload=b"{}")["ExecutedVersion"] for _ in range(1000))
    assert set(ran) == {"1", "2"}
    assert 40 <= ran["2"] <= 170, ran  # six standard deviations around 100
    assert refusal(client.create_alias, FunctionName="f", Name="three", FunctionVersion="1", RoutingConfig={
        "AdditionalVersionWeights": {"1": 0.5, "2": 0.1}}) == (
            400, "InvalidParameterValueException",
            "Number of items in AdditionalVersionWeights cannot be greater than 1")


def test_an_alias_moves(client):
    client.create_alias(FunctionName="f", Name="moving", FunctionVersion="1", Description="first")
    before = client.get_alias(FunctionName="f", Name="moving")
    moved = client.update_alias(FunctionName="f", Name="moving", FunctionVersion="2", RevisionId=before["RevisionId"])
    assert (moved["FunctionVersion"], moved["Description"]) == ("2", "first")
    assert client.get_function_configuration(FunctionName="f", Qualifier="moving")["Version"] == "2"
    assert client.get_function(FunctionName=FUNCTION + ":moving")["Configuration"]["FunctionArn"] == FUNCTION + ":moving"
    assert client.invoke(FunctionName="f", Qualifier="moving", Payload=b"{}")["ExecutedVersion"] == "2"
    assert refusal(client.update_alias, FunctionName="f", Name="moving", RevisionId=before["RevisionId"])[:2] == (
        412, "PreconditionFailedException")
    assert refusal(client.delete_function, FunctionName="f", Qualifier="2")[1] == "ResourceConflictException"
    assert status(client.delete_alias(FunctionName="f", Name="moving")) == 204
    assert refusal(client.get_alias, FunctionName="f", Name="moving") == (
        404, "ResourceNotFoundException", f"Cannot find alias arn: {FUNCTION}:moving")


def test_aliases_are_paged(client):
    for name in ("page-a", "page-b", "page-c"):
        client.create_alias(FunctionName="f", Name=name, FunctionVersion="1")
    pages = client.get_paginator("list_aliases").paginate(FunctionName="f", PaginationConfig={"PageSize": 2})
    names = [alias["Name"] for page in pages for alias in page["Aliases"]]
    assert [name for name in names if name.startswith("page-")] == ["page-a", "page-b", "page-c"]


def test_call_10_tags_of_a_capacity_provider(client):
    arn = ACCOUNT + "capacity-provider:cp1"
    assert status(client.tag_resource(Resource=arn, Tags={"a": "b", "k ü": "v"})) == 204
    assert client.list_tags(Resource=arn)["Tags"] == {"a": "b", "k ü": "v"}
    assert status(client.untag_resource(Resource=arn, TagKeys=["a", "k ü"])) == 204
    assert client.list_tags(Resource=arn)["Tags"] == {}


def test_call_11_tags_of_an_unknown_capacity_provider(client):
    assert refusal(client.list_tags, Resource=ACCOUNT + "capacity-provider:none") == (
        404, "ResourceNotFoundException", f"Capacity provider not found: {ACCOUNT}capacity-provider:none")


def test_call_12_tags_of_an_alias_of_a_capacity_provider(client):
    code, name, message = refusal(client.tag_resource, Resource=ACCOUNT + "capacity-provider:cp1:alias", Tags={"a": "b"})
    assert (code, name) == (400, "ValidationException")
    assert "at 'resource' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:" in message


def test_tags_of_a_function(client):
    client.tag_resource(Resource=FUNCTION, Tags={"team": "blue"})
    assert client.get_function(FunctionName="f")["Tags"] == {"team": "blue"}


def test_a_policy_is_made_of_permissions(client):
    added = client.add_permission(FunctionName="f", StatementId="s3", Action="lambda:InvokeFunction",
                                  Principal="s3.amazonaws.com", SourceArn="arn:aws:s3:::bucket",
                                  SourceAccount="000000000000")
    assert status(added) == 201
    policy = client.get_policy(FunctionName="f")
    assert json.loads(policy["Policy"])["Statement"] == [json.loads(added["Statement"])]
    assert policy["RevisionId"] == client.get_function_configuration(FunctionName="f")["RevisionId"]
    assert refusal(client.add_permission, FunctionName="f", StatementId="s3", Action="lambda:InvokeFunction",
                   Principal="s3.amazonaws.com")[1] == "ResourceConflictException"
    assert status(client.remove_permission(FunctionName="f", StatementId="s3")) == 204
    assert refusal(client.get_policy, FunctionName="f")[:2] == (404, "ResourceNotFoundException")


def test_a_policy_is_put_as_a_document(client):
    document = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Sid": "all", "Effect": "Deny", "Principal": "*", "Action": "lambda:*", "Resource": FUNCTION}]})
    put = client.put_resource_policy(ResourceArn=FUNCTION, Policy=document)
    read = client.get_resource_policy(ResourceArn=FUNCTION)
    assert (read["Policy"], read["RevisionId"]) == (document, put["RevisionId"])
    assert refusal(client.delete_resource_policy, ResourceArn=FUNCTION, RevisionId="0" * 36)[0] == 412
    assert status(client.delete_resource_policy(ResourceArn=FUNCTION, RevisionId=read["RevisionId"])) == 204


def test_reserved_concurrency(client, default):
    free = client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    assert client.put_function_concurrency(FunctionName=default, ReservedConcurrentExecutions=7)[
        "ReservedConcurrentExecutions"] == 7
    assert client.get_function_concurrency(FunctionName=default)["ReservedConcurrentExecutions"] == 7
    assert client.get_function(FunctionName=default)["Concurrency"] == {"ReservedConcurrentExecutions": 7}
    assert client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == free - 7
    assert status(client.delete_function_concurrency(FunctionName=default)) == 204
    assert "ReservedConcurrentExecutions" not in client.get_function_concurrency(FunctionName=default)


def test_provisioned_concurrency_is_configured(client, default):
    put = client.put_provisioned_concurrency_config(FunctionName=default, Qualifier="1",
                                                    ProvisionedConcurrentExecutions=2)
    assert (status(put), put["RequestedProvisionedConcurrentExecutions"]) == (202, 2)
    pages = client.get_paginator("list_provisioned_concurrency_configs").paginate(FunctionName=default)
    assert [item["FunctionArn"] for page in pages for item in page["ProvisionedConcurrencyConfigs"]] == [
        ACCOUNT + f"function:{default}:1"]
    assert status(client.delete_provisioned_concurrency_config(FunctionName=default, Qualifier="1")) == 204
    assert refusal(client.get_provisioned_concurrency_config, FunctionName=default, Qualifier="1") == (
        404, "ProvisionedConcurrencyConfigNotFoundException",
        "No Provisioned Concurrency Config found for this function")
    assert refusal(client.put_provisioned_concurrency_config, FunctionName="f", Qualifier="1",
                   ProvisionedConcurrentExecutions=1)[1] == "InvalidParameterValueException"


def test_management_settings(client):
    assert client.get_function_code_signing_config(FunctionName="f")["FunctionName"] == "f"
    assert client.get_runtime_management_config(FunctionName="f")["UpdateRuntimeOn"] == "Auto"
    put = client.put_runtime_management_config(FunctionName="f", Qualifier="1", UpdateRuntimeOn="FunctionUpdate")
    assert (put["UpdateRuntimeOn"], put["FunctionArn"]) == ("FunctionUpdate", FUNCTION + ":1")
    assert client.get_function_recursion_config(FunctionName="f")["RecursiveLoop"] == "Terminate"
    assert client.put_function_recursion_config(FunctionName="f", RecursiveLoop="Allow")["RecursiveLoop"] == "Allow"


@pytest.mark.parametrize("operation, arguments", [
    ("get_layer_version_policy", {"LayerName": "l", "VersionNumber": 1}),
    ("list_code_signing_configs", {}),
    ("list_durable_executions_by_function", {"FunctionName": "f"})])
def test_an_operation_that_is_not_there_names_itself(client, operation, arguments):
    name = client.meta.method_to_api_mapping[operation]
    status_code, code, message = refusal(getattr(client, operation), **arguments)
    assert (status_code, code) == (501, "NotImplementedException")
    assert message.startswith(f"This emulator does not support the operation {name} yet.")


def test_every_waiter_of_the_model_succeeds(client, default):
    client.get_waiter("function_exists").wait(FunctionName="f", WaiterConfig=QUICK)
    for name in ("function_active", "function_active_v2", "function_updated", "function_updated_v2"):
        client.get_waiter(name).wait(FunctionName=default, WaiterConfig=QUICK)
    client.update_function_configuration(FunctionName="f", Description="changed")
    for name in ("function_updated", "function_updated_v2"):
        client.get_waiter(name).wait(FunctionName="f", WaiterConfig=QUICK)
    client.get_waiter("published_version_active").wait(FunctionName="f", Qualifier="2", WaiterConfig=QUICK)


def test_memory_grows_through_an_update(client):
    create_function(client, "growing")
    client.update_function_configuration(
        FunctionName="growing", MemorySize=8192, Timeout=30, Environment={"Variables": {"NAME": "1"}},
        CapacityProviderConfig=managed(ExecutionEnvironmentMemoryGiBPerVCpu=4, PerExecutionEnvironmentMaxConcurrency=9))
    client.get_waiter("function_updated_v2").wait(FunctionName="growing", WaiterConfig=QUICK)
    now = client.get_function_configuration(FunctionName="growing")
    config = now["CapacityProviderConfig"]["LambdaManagedInstancesCapacityProviderConfig"]
    assert (now["MemorySize"], now["Timeout"], now["Environment"]["Variables"]) == (8192, 30, {"NAME": "1"})
    assert (config["ExecutionEnvironmentMemoryGiBPerVCpu"], config["PerExecutionEnvironmentMaxConcurrency"]) == (4.0, 9)
