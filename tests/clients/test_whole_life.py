"""The life of a function through boto3, and two hundred calls at once."""

from concurrent.futures import ThreadPoolExecutor

from conftest import create_function, create_provider, managed, publish, publish_latest, refusal, wait_until


def test_create_publish_wait_invoke_delete(client):
    create_provider(client)
    create_function(client, CapacityProviderConfig=managed(PerExecutionEnvironmentMaxConcurrency=16))
    publish_latest(client)
    publish(client)

    def call(number):
        answer = client.invoke(FunctionName="f", Payload='{"name":"caller %d"}' % number)
        return answer["Payload"].read().decode()

    with ThreadPoolExecutor(max_workers=32) as pool:
        answers = list(pool.map(call, range(200)))
    assert all(f"caller {number}" in answer for number, answer in enumerate(answers))

    client.delete_function(FunctionName="f")
    wait_until(lambda: not client.list_functions()["Functions"], "the function's end")
    assert refusal(client.invoke, FunctionName="f")[:2] == (404, "ResourceNotFoundException")
    client.delete_capacity_provider(CapacityProviderName="cp1")
    wait_until(lambda: not client.list_capacity_providers()["CapacityProviders"], "the provider's end")
