import pytest

from conftest import (create_function, create_provider, package, publish, publish_latest, refusal, wait_for_version,
                      wait_until)


@pytest.fixture(scope="module", autouse=True)
def function(client):
    create_provider(client)
    create_function(client)


def test_call_20_without_a_published_version_nothing_is_invoked(client):
    status, code, message = refusal(client.invoke, FunctionName="f")
    assert (status, code) == (400, "NoPublishedVersionException")
    assert message == (
        "The function can't be invoked because no published version exists. For functions with capacity provider "
        "configuration, either publish a version to $LATEST.PUBLISHED, or specify a published version qualifier.")


def test_call_21_latest_published_becomes_active(client):
    answer = client.publish_version(FunctionName="f", PublishTo="LATEST_PUBLISHED")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert answer["Version"] == "$LATEST.PUBLISHED"
    assert answer["FunctionArn"].endswith(":function:f:$LATEST.PUBLISHED")
    assert (answer["State"], answer["LastUpdateStatus"]) == ("Active", "InProgress")
    wait_for_version(client, "f", "$LATEST.PUBLISHED")
    settled = client.get_function_configuration(FunctionName="f", Qualifier="$LATEST.PUBLISHED")
    assert (settled["State"], settled["LastUpdateStatus"]) == ("Active", "Successful")


def test_call_22_publish_to_has_one_value(client):
    status, code, message = refusal(client.publish_version, FunctionName="f", PublishTo="X")
    assert (status, code) == (400, "ValidationException")
    assert message == ("1 validation error detected: Value 'X' at 'publishTo' failed to satisfy constraint: Member must "
                       "satisfy enum value set: [LATEST_PUBLISHED]")


def test_call_23_numbered_versions_become_active(client):
    answer = client.publish_version(FunctionName="f")
    assert (answer["Version"], answer["State"]) == ("1", "Pending")
    wait_for_version(client, "f", "1")
    assert client.publish_version(FunctionName="f")["Version"] == "1", "nothing has changed"
    client.update_function_code(FunctionName="f", ZipFile=package(extra=b"two"))
    client.get_waiter("function_updated_v2").wait(FunctionName="f")
    assert publish(client)["Version"] == "2"
    assert [version["Version"] for version in client.list_versions_by_function(FunctionName="f")["Versions"]] == [
        "$LATEST", "1", "2", "$LATEST.PUBLISHED"]


def test_call_38_the_provider_lists_its_versions(client):
    pages = client.get_paginator("list_function_versions_by_capacity_provider").paginate(
        CapacityProviderName="cp1", PaginationConfig={"PageSize": 1})
    listed = {item["FunctionArn"].split(":function:")[1]: item["State"] for page in pages
              for item in page["FunctionVersions"]}
    assert listed == {"f:1": "Active", "f:2": "Active", "f:$LATEST.PUBLISHED": "Active"}


def test_publishing_again_replaces_latest_published_without_a_gap(client):
    client.update_function_configuration(FunctionName="f", Description="replaced", Timeout=9)
    client.get_waiter("function_updated_v2").wait(FunctionName="f")
    publish_latest(client)
    wait_until(lambda: client.get_function_configuration(
        FunctionName="f", Qualifier="$LATEST.PUBLISHED")["LastUpdateStatus"] == "Successful", "the replacement")
    answer = client.invoke(FunctionName="f", Payload=b'{"name":"Ada"}')
    assert b"Ada" in answer["Payload"].read()


def test_another_description_of_latest_is_a_change(client):
    def describe(text):
        client.update_function_configuration(FunctionName="f", Description=text)
        client.get_waiter("function_updated_v2").wait(FunctionName="f")
    describe("of $LATEST")
    version = publish(client, Description="of the version")
    assert version["Description"] == "of the version"
    assert client.publish_version(FunctionName="f", Description="another")["Version"] == version["Version"]
    describe("of $LATEST again")
    assert publish(client)["Version"] == str(int(version["Version"]) + 1)


def test_one_version_is_deleted(client):
    assert client.delete_function(FunctionName="f", Qualifier="1")["ResponseMetadata"]["HTTPStatusCode"] == 202
    wait_until(lambda: "1" not in [version["Version"] for version in
                                   client.list_versions_by_function(FunctionName="f")["Versions"]], "the end of f:1")
    assert refusal(client.get_function, FunctionName="f", Qualifier="1")[0] == 404
