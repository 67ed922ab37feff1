import io
import zipfile

import pytest

from conftest import ACCOUNT, ROLE, create_function, create_provider, managed, package, refusal, wait_until


@pytest.fixture(scope="module", autouse=True)
def provider(client):
    create_provider(client)


def arguments(**changes):
    request = {"FunctionName": "refused", "Runtime": "provided.al2023", "Handler": "h", "Role": ROLE,
               "Code": {"ZipFile": package()}, "CapacityProviderConfig": managed()}
    request.update(changes)
    return request


def test_call_13_and_14_create_answers_pending_then_settles(client):
    answer = create_function(client, "f", wait=False,
                             CapacityProviderConfig=managed(PerExecutionEnvironmentMaxConcurrency=4))
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (answer["State"], answer["Version"], answer["MemorySize"]) == ("Pending", "$LATEST", 2048)
    assert "SnapStart" not in answer
    assert answer["LoggingConfig"]["LogFormat"] == "JSON"
    config = answer["CapacityProviderConfig"]["LambdaManagedInstancesCapacityProviderConfig"]
    assert config["ExecutionEnvironmentMemoryGiBPerVCpu"] == 2.0
    assert config["PerExecutionEnvironmentMaxConcurrency"] == 4

    settled = wait_until(
        lambda: (configuration := client.get_function(FunctionName="f")["Configuration"])["State"] != "Pending"
        and configuration, "function f")
    assert (settled["State"], settled["LastUpdateStatus"]) == ("ActiveNonInvocable", "Successful")


def test_call_15_too_little_memory(client):
    status, _, message = refusal(client.create_function, **arguments(MemorySize=1024))
    assert status == 400
    assert message == "Lambda Managed Instance functions must have memory size greater than or equal to 2048"


def test_call_16_no_vpc(client):
    assert refusal(client.create_function,
                   **arguments(VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]})) == (
        400, "InvalidParameterValueException",
        "You can't use Lambda Managed Instance functions with VPC configurations.")


def test_call_17_the_runtime_must_run_there(client):
    assert refusal(client.create_function, **arguments(Runtime="python3.12")) == (
        400, "InvalidParameterValueException",
        "Runtime Enum python3.12 does not support specified feature: Lambda Managed Instances")


def test_call_19_the_provider_must_exist(client):
    assert refusal(client.create_function, **arguments(CapacityProviderConfig=managed("none"))) == (
        404, "ResourceNotFoundException", f"Capacity provider not found: {ACCOUNT}capacity-provider:none")


def test_call_37_a_default_function_stays_one(client):
    request = arguments(FunctionName="default")
    del request["CapacityProviderConfig"]
    assert client.create_function(**request)["MemorySize"] == 128
    client.get_waiter("function_active_v2").wait(FunctionName="default")
    assert refusal(client.update_function_configuration, FunctionName="default",
                   CapacityProviderConfig=managed()) == (
        400, "InvalidParameterValueException", "CapacityProviderConfig isn't supported for Lambda Default functions.")
    assert client.delete_function(FunctionName="default")["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_a_file_that_is_no_zip_is_refused(client):
    assert refusal(client.create_function, **arguments(Code={"ZipFile": b"no zip"})) == (
        400, "InvalidParameterValueException",
        "Could not unzip uploaded file. Please check your file, then try to upload again.")


def test_a_package_without_bootstrap_is_refused(client):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("main.py", "print()")
    status, code, message = refusal(client.create_function, **arguments(Code={"ZipFile": buffer.getvalue()}))
    assert (status, code) == (400, "InvalidParameterValueException")
    assert "bootstrap" in message


def test_a_name_is_taken_once(client):
    create_function(client, "twice")
    assert refusal(client.create_function, **arguments(FunctionName="twice")) == (
        409, "ResourceConflictException", "Function already exist: twice")


def test_configuration_and_code_change(client):
    create_function(client, "changing")
    changed = client.update_function_configuration(FunctionName="changing", MemorySize=4096)
    assert changed["LastUpdateStatus"] == "InProgress"
    client.get_waiter("function_updated_v2").wait(FunctionName="changing")
    before = client.get_function_configuration(FunctionName="changing")
    client.update_function_code(FunctionName="changing", ZipFile=package(extra=b"new"))
    client.get_waiter("function_updated_v2").wait(FunctionName="changing")
    after = client.get_function_configuration(FunctionName="changing")
    assert after["MemorySize"] == 4096
    assert after["CodeSha256"] != before["CodeSha256"]
