// The forty acceptance calls through the AWS SDK for JavaScript, one after the other on one emulator: later calls use
// what earlier ones made. test_js_sdk.py starts the emulators and says where they are.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";

import * as sdk from "@aws-sdk/client-lambda";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const ACCOUNT = "arn:aws:lambda:us-east-1:000000000000:";
const PROVIDER = ACCOUNT + "capacity-provider:cp1";
const PUBLISHED = "$LATEST.PUBLISHED";
const PATIENCE = 120; // seconds anything may take before a test gives up
const packages = process.env.LMI_JS_PACKAGES;
const hello = readFileSync(`${packages}/hello.zip`);
const decoder = new TextDecoder();

const connection = (endpoint, key = "test", secret = "test") => ({
  endpoint,
  region: "us-east-1",
  maxAttempts: 1,
  credentials: { accessKeyId: key, secretAccessKey: secret },
});
const lambda = new sdk.LambdaClient(connection(process.env.LMI_ENDPOINT));

/** Sends the command of this name. */
const send = (name, input = {}) => lambda.send(new sdk[`${name}Command`](input));

/** [status, code, message] of a call that must fail. */
async function refusal(name, input, client = lambda) {
  const error = await client.send(new sdk[`${name}Command`](input)).then(
    () => assert.fail(`${name} was accepted`),
    (failure) => failure,
  );
  assert.ok(error.$metadata?.requestId, `${name}: no answer of the service but ${error}`);
  return [error.$metadata.httpStatusCode, error.name, error.message];
}

async function until(ready, what) {
  const end = Date.now() + PATIENCE * 1000;
  for (;;) {
    const value = await ready();
    if (value) return value;
    assert.ok(Date.now() < end, `waited ${PATIENCE} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const provider = (CapacityProviderName, changes = {}) => ({
  CapacityProviderName,
  VpcConfig: { SubnetIds: ["subnet-a"], SecurityGroupIds: ["sg-a"] },
  PermissionsConfig: { CapacityProviderOperatorRoleArn: "arn:aws:iam::000000000000:role/op" },
  ...changes,
});
const managed = (arn = PROVIDER, changes = {}) => ({
  LambdaManagedInstancesCapacityProviderConfig: { CapacityProviderArn: arn, ...changes },
});
const definition = (FunctionName, changes = {}) => ({
  FunctionName,
  Runtime: "provided.al2023",
  Handler: "a.h",
  Role: "arn:aws:iam::000000000000:role/r",
  Code: { ZipFile: hello },
  CapacityProviderConfig: managed(),
  ...changes,
});
const activeProvider = (name) =>
  until(
    async () => (await send("GetCapacityProvider", { CapacityProviderName: name })).CapacityProvider.State === "Active",
    `capacity provider ${name}`,
  );
const settled = (name) =>
  until(async () => {
    const { Configuration } = await send("GetFunction", { FunctionName: name });
    return Configuration.State !== "Pending" && Configuration.LastUpdateStatus === "Successful" && Configuration;
  }, `function ${name}`);
const waiting = { client: lambda, maxWaitTime: PATIENCE, minDelay: 1, maxDelay: 1 };
const active = async (FunctionName, Qualifier) => {
  const { state } = await sdk.waitUntilPublishedVersionActive(waiting, { FunctionName, Qualifier });
  assert.equal(state, "SUCCESS");
};
const publishLatest = async (FunctionName) => {
  await send("PublishVersion", { FunctionName, PublishTo: "LATEST_PUBLISHED" });
  await active(FunctionName, PUBLISHED);
};
const policy = { PredefinedMetricType: "LambdaCapacityProviderAverageCPUUtilization", TargetValue: 70 };

test("call 01: a capacity provider is created with defaults", async () => {
  const answer = await send("CreateCapacityProvider", provider("cp1"));
  assert.equal(answer.$metadata.httpStatusCode, 202);
  const made = answer.CapacityProvider;
  assert.equal(made.State, "Pending");
  assert.equal(made.CapacityProviderArn, PROVIDER);
  assert.equal(made.CapacityProviderScalingConfig.ScalingMode, "Auto");
  assert.equal(made.CapacityProviderScalingConfig.MaxVCpuCount, 400);
  assert.deepEqual(made.InstanceRequirements.Architectures, ["x86_64"]);
});

test("call 02: it is found by name and by ARN", async () => {
  await activeProvider("cp1");
  const byName = await send("GetCapacityProvider", { CapacityProviderName: "cp1" });
  const byArn = await send("GetCapacityProvider", { CapacityProviderName: PROVIDER });
  assert.equal(byName.$metadata.httpStatusCode, 200);
  assert.deepEqual(byName.CapacityProvider, byArn.CapacityProvider);
});

test("call 03: its name is taken", async () => {
  const [status, code] = await refusal("CreateCapacityProvider", provider("cp1"));
  assert.deepEqual([status, code], [409, "ResourceConflictException"]);
});

test("call 04: empty subnets are refused by the server", async () => {
  const [status, code, message] = await refusal(
    "CreateCapacityProvider",
    provider("cp4", { VpcConfig: { SubnetIds: [], SecurityGroupIds: [] } }),
  );
  assert.deepEqual([status, code], [400, "ValidationException"]);
  assert.match(message, /'vpcConfig\.subnetIds'.*Member must have length greater than or equal to 1/);
});

test("call 05: a policy needs manual mode", async () => {
  assert.deepEqual(
    await refusal(
      "CreateCapacityProvider",
      provider("cp5", { CapacityProviderScalingConfig: { ScalingMode: "Auto", ScalingPolicies: [policy] } }),
    ),
    [
      400,
      "InvalidParameterValueException",
      "A scaling policy can't be specified when the scalingMode is set to Auto",
    ],
  );
});

test("call 06: architectures are written in lower case", async () => {
  const [status, code, message] = await refusal(
    "CreateCapacityProvider",
    provider("cp6", { InstanceRequirements: { Architectures: ["X86_64"] } }),
  );
  assert.deepEqual([status, code], [400, "ValidationException"]);
  assert.match(message, /'instanceRequirements\.architectures'/);
  assert.match(message, /\[x86_64, arm64\]/);
});

test("call 07: an unknown provider is not found", async () => {
  assert.deepEqual(await refusal("GetCapacityProvider", { CapacityProviderName: "nope" }), [
    404,
    "ResourceNotFoundException",
    `Capacity provider not found: ${ACCOUNT}capacity-provider:nope`,
  ]);
});

test("call 08: providers are listed in pages", async () => {
  await send("CreateCapacityProvider", provider("cp8"));
  await activeProvider("cp8");
  const first = await send("ListCapacityProviders", { State: "Active", MaxItems: 1 });
  assert.equal(first.CapacityProviders.length, 1);
  assert.ok(first.NextMarker);
  const second = await send("ListCapacityProviders", { State: "Active", MaxItems: 1, Marker: first.NextMarker });
  assert.equal(second.CapacityProviders.length, 1);
  assert.equal(second.NextMarker, undefined);
  const names = [];
  for await (const page of sdk.paginateListCapacityProviders({ client: lambda, pageSize: 1 }, {}))
    names.push(...page.CapacityProviders.map((each) => each.CapacityProviderArn.split(":").pop()));
  assert.deepEqual(names, ["cp1", "cp8"]);
});

test("call 09: an update changes scaling only", async () => {
  const CapacityProviderScalingConfig = { MaxVCpuCount: 30, ScalingMode: "Manual", ScalingPolicies: [policy] };
  const answer = await send("UpdateCapacityProvider", { CapacityProviderName: "cp1", CapacityProviderScalingConfig });
  assert.equal(answer.$metadata.httpStatusCode, 202);
  assert.deepEqual(answer.CapacityProvider.CapacityProviderScalingConfig, CapacityProviderScalingConfig);
  assert.deepEqual(answer.CapacityProvider.VpcConfig.SubnetIds, ["subnet-a"]);
  await send("UpdateCapacityProvider", {
    CapacityProviderName: "cp1",
    CapacityProviderScalingConfig: { MaxVCpuCount: 400, ScalingMode: "Auto" },
  });
});

test("call 10: a provider is tagged", async () => {
  assert.equal((await send("TagResource", { Resource: PROVIDER, Tags: { a: "b" } })).$metadata.httpStatusCode, 204);
  assert.deepEqual((await send("ListTags", { Resource: PROVIDER })).Tags, { a: "b" });
  assert.equal((await send("UntagResource", { Resource: PROVIDER, TagKeys: ["a"] })).$metadata.httpStatusCode, 204);
});

test("call 11: tags of a provider that is not there", async () => {
  const missing = `${ACCOUNT}capacity-provider:none`;
  assert.deepEqual(await refusal("ListTags", { Resource: missing }), [
    404,
    "ResourceNotFoundException",
    `Capacity provider not found: ${missing}`,
  ]);
});

test("call 12: a provider has no aliases to tag", async () => {
  const wrong = `${PROVIDER}:alias`;
  const [status, code, message] = await refusal("TagResource", { Resource: wrong, Tags: { a: "b" } });
  assert.deepEqual([status, code], [400, "ValidationException"]);
  assert.ok(
    message.startsWith(
      `1 validation error detected: Value '${wrong}' at 'resource' failed to satisfy constraint: Member must satisfy ` +
        "regular expression pattern: arn:(aws[a-zA-Z-]*):lambda:",
    ),
    message,
  );
});

test("call 13: a function is created on the provider", async () => {
  const answer = await send(
    "CreateFunction",
    definition("f", {
      Runtime: "python3.13",
      CapacityProviderConfig: managed(PROVIDER, { PerExecutionEnvironmentMaxConcurrency: 4 }),
    }),
  );
  assert.equal(answer.$metadata.httpStatusCode, 201);
  assert.deepEqual([answer.State, answer.Version, answer.MemorySize], ["Pending", "$LATEST", 2048]);
  assert.equal(answer.SnapStart, undefined);
  assert.equal(answer.LoggingConfig.LogFormat, "JSON");
  const config = answer.CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig;
  assert.equal(config.ExecutionEnvironmentMemoryGiBPerVCpu, 2);
  assert.equal(config.PerExecutionEnvironmentMaxConcurrency, 4);
});

test("call 14: it settles, not invocable", async () => {
  assert.equal((await settled("f")).State, "ActiveNonInvocable");
});

test("call 15: too little memory", async () => {
  const [status, , message] = await refusal("CreateFunction", definition("f15", { MemorySize: 1024 }));
  assert.equal(status, 400);
  assert.equal(message, "Lambda Managed Instance functions must have memory size greater than or equal to 2048");
});

test("call 16: no VPC", async () => {
  assert.deepEqual(
    await refusal(
      "CreateFunction",
      definition("f16", { VpcConfig: { SubnetIds: ["subnet-1"], SecurityGroupIds: ["sg-1"] } }),
    ),
    [
      400,
      "InvalidParameterValueException",
      "You can't use Lambda Managed Instance functions with VPC configurations.",
    ],
  );
});

test("call 17: the runtime must run there", async () => {
  assert.deepEqual(await refusal("CreateFunction", definition("f17", { Runtime: "python3.12" })), [
    400,
    "InvalidParameterValueException",
    "Runtime Enum python3.12 does not support specified feature: Lambda Managed Instances",
  ]);
});

test("call 18: the inner configuration must be there", async () => {
  assert.deepEqual(await refusal("CreateFunction", definition("f18", { CapacityProviderConfig: {} })), [
    400,
    "ValidationException",
    "1 validation error detected: Value null at " +
      "'capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig' failed to satisfy constraint: Member " +
      "must not be null",
  ]);
});

test("call 19: the provider must exist", async () => {
  const missing = `${ACCOUNT}capacity-provider:none`;
  assert.deepEqual(await refusal("CreateFunction", definition("f19", { CapacityProviderConfig: managed(missing) })), [
    404,
    "ResourceNotFoundException",
    `Capacity provider not found: ${missing}`,
  ]);
});

test("call 20: without a published version nothing is invoked", async () => {
  assert.deepEqual(await refusal("Invoke", { FunctionName: "f" }), [
    400,
    "NoPublishedVersionException",
    "The function can't be invoked because no published version exists. For functions with capacity provider " +
      "configuration, either publish a version to $LATEST.PUBLISHED, or specify a published version qualifier.",
  ]);
});

test("call 21: $LATEST.PUBLISHED becomes active", async () => {
  const answer = await send("PublishVersion", { FunctionName: "f", PublishTo: "LATEST_PUBLISHED" });
  assert.equal(answer.$metadata.httpStatusCode, 201);
  assert.equal(answer.Version, PUBLISHED);
  assert.equal(answer.FunctionArn, `${ACCOUNT}function:f:${PUBLISHED}`);
  await active("f", PUBLISHED);
  const now = await send("GetFunctionConfiguration", { FunctionName: "f", Qualifier: PUBLISHED });
  assert.deepEqual([now.State, now.LastUpdateStatus], ["Active", "Successful"]);
});

test("call 22: PublishTo has one value", async () => {
  assert.deepEqual(await refusal("PublishVersion", { FunctionName: "f", PublishTo: "X" }), [
    400,
    "ValidationException",
    "1 validation error detected: Value 'X' at 'publishTo' failed to satisfy constraint: Member must satisfy enum " +
      "value set: [LATEST_PUBLISHED]",
  ]);
});

test("call 23: a numbered version becomes active", async () => {
  await send("UpdateFunctionCode", { FunctionName: "f", ZipFile: readFileSync(`${packages}/hello2.zip`) });
  await settled("f");
  const answer = await send("PublishVersion", { FunctionName: "f" });
  assert.equal(answer.$metadata.httpStatusCode, 201);
  assert.deepEqual([answer.Version, answer.State], ["1", "Pending"]);
  await active("f", "1");
});

const payload = JSON.stringify({ name: "Ada" });
const invoke = (input) => send("Invoke", { FunctionName: "f", Payload: payload, ...input });

test("call 24: an unqualified call reaches $LATEST.PUBLISHED", async () => {
  const answer = await invoke();
  assert.deepEqual([answer.StatusCode, answer.ExecutedVersion], [200, PUBLISHED]);
  assert.match(decoder.decode(answer.Payload), /Ada/);
});

test("call 25: a version is reached by qualifier and by ARN", async () => {
  for (const input of [{ Qualifier: "1" }, { FunctionName: `${ACCOUNT}function:f:1` }]) {
    const answer = await invoke(input);
    assert.deepEqual([answer.StatusCode, answer.ExecutedVersion], [200, "1"]);
  }
});

test("call 26: $LATEST is not invocable", async () => {
  assert.deepEqual(await refusal("Invoke", { FunctionName: "f", Qualifier: "$LATEST" }), [
    400,
    "InvalidParameterValueException",
    "Functions configured with capacity provider configuration can't be invoked with $LATEST qualifier. To invoke " +
      "this function, specify a published version qualifier or $LATEST.PUBLISHED.",
  ]);
});

test("call 27: no tail logs", async () => {
  assert.deepEqual(await refusal("Invoke", { FunctionName: "f", LogType: "Tail" }), [
    400,
    "InvalidParameterValueException",
    "Tail logs are not supported for functions configured with capacity provider",
  ]);
});

test("call 28: Event is accepted, DryRun runs nothing", async () => {
  for (const [InvocationType, status] of [["DryRun", 204], ["Event", 202]]) {
    const answer = await invoke({ InvocationType });
    assert.equal(answer.StatusCode, status);
    assert.equal(answer.ExecutedVersion, undefined);
    assert.equal(answer.Payload?.length ?? 0, 0);
  }
});

test("call 29: a handler that fails answers 200 with an error", async () => {
  const answer = await invoke({ Payload: '["no object with a name"]' });
  assert.deepEqual([answer.StatusCode, answer.FunctionError], [200, "Unhandled"]);
  const error = JSON.parse(decoder.decode(answer.Payload));
  assert.ok(error.errorType);
  assert.ok(error.errorMessage);
});

test("call 30: exactly the surplus is refused", async () => {
  await send(
    "CreateFunction",
    definition("waiting", {
      Code: { ZipFile: readFileSync(`${packages}/waiting.zip`) },
      Timeout: PATIENCE,
      CapacityProviderConfig: managed(PROVIDER, { PerExecutionEnvironmentMaxConcurrency: 1 }),
    }),
  );
  await settled("waiting");
  await publishLatest("waiting"); // three environments with one slot each
  await send("PutFunctionScalingConfig", {
    FunctionName: "waiting",
    Qualifier: PUBLISHED,
    FunctionScalingConfig: { MinExecutionEnvironments: 3, MaxExecutionEnvironments: 3 },
  });
  const call = (number) =>
    JSON.stringify({ started: `${packages}/started-${number}`, release: `${packages}/release` });
  const running = [];
  for (let number = 0; number < 3; ++number) {
    running.push(send("Invoke", { FunctionName: "waiting", Payload: call(number) }));
    await until(() => existsSync(`${packages}/started-${number}`), `call ${number} to be inside the function`);
  }
  const error = await send("Invoke", { FunctionName: "waiting", Payload: call(3) }).then(
    () => assert.fail("the surplus was accepted"),
    (failure) => failure,
  );
  assert.deepEqual(
    [error.$metadata.httpStatusCode, error.name, error.message],
    [429, "TooManyRequestsException", "Rate Exceeded."],
  );
  assert.ok(error.Reason);
  writeFileSync(`${packages}/release`, "");
  for (const answer of await Promise.all(running)) assert.equal(decoder.decode(answer.Payload), '"done"');
});

test("call 31: chunks arrive as they are made", async () => {
  await send(
    "CreateFunction",
    definition("streams", { Code: { ZipFile: readFileSync(`${packages}/streaming.zip`) }, Timeout: PATIENCE }),
  );
  await settled("streams");
  await publishLatest("streams");
  const release = `${packages}/streaming-release`;
  const answer = await send("InvokeWithResponseStream", {
    FunctionName: "streams",
    Payload: JSON.stringify({ release }),
  });
  assert.equal(answer.StatusCode, 200);
  const pieces = [];
  const ends = [];
  for await (const event of answer.EventStream) {
    if (event.PayloadChunk) {
      pieces.push(decoder.decode(event.PayloadChunk.Payload));
      writeFileSync(release, ""); // the second piece is made only after the first has arrived here
    }
    if (event.InvokeComplete) ends.push(event.InvokeComplete);
  }
  assert.ok(pieces.length >= 2);
  assert.equal(pieces.join(""), "firstsecond");
  assert.deepEqual(ends, [{}]);
});

test("call 32: a missing version is not found", async () => {
  assert.deepEqual(await refusal("Invoke", { FunctionName: "f", Qualifier: "99" }), [
    404,
    "ResourceNotFoundException",
    `Function not found: ${ACCOUNT}function:f:99`,
  ]);
});

test("call 33: an alias shares its calls out", async () => {
  await send("UpdateFunctionCode", { FunctionName: "f", ZipFile: hello });
  await settled("f");
  assert.equal((await send("PublishVersion", { FunctionName: "f" })).Version, "2");
  await active("f", "2");
  const alias = (Name, AdditionalVersionWeights) => ({
    FunctionName: "f",
    Name,
    FunctionVersion: "1",
    RoutingConfig: { AdditionalVersionWeights },
  });
  assert.deepEqual(await refusal("CreateAlias", alias("refused", { 2: 0.1, 3: 0.1 })), [
    400,
    "InvalidParameterValueException",
    "Number of items in AdditionalVersionWeights cannot be greater than 1",
  ]);
  assert.equal((await send("CreateAlias", alias("live", { 2: 0.1 }))).$metadata.httpStatusCode, 201);
  const counts = { 1: 0, 2: 0 };
  for (let call = 0; call < 1000; ++call) ++counts[(await invoke({ Qualifier: "live" })).ExecutedVersion];
  assert.equal(counts[1] + counts[2], 1000);
  // 1000 draws at 10 %: 100 with a standard deviation of 9.5; eight of them either way never happen.
  assert.ok(counts[2] >= 24 && counts[2] <= 176, JSON.stringify(counts));
});

const scaled = { FunctionName: "f", Qualifier: PUBLISHED };
const scale = (MinExecutionEnvironments, MaxExecutionEnvironments) => ({
  ...scaled,
  FunctionScalingConfig: { MinExecutionEnvironments, MaxExecutionEnvironments },
});

test("call 34: three environments by default", async () => {
  const answer = await send("GetFunctionScalingConfig", scaled);
  assert.equal(answer.$metadata.httpStatusCode, 200);
  assert.deepEqual(answer.AppliedFunctionScalingConfig, { MinExecutionEnvironments: 3 });
});

test("call 35: scaling is changed", async () => {
  const answer = await send("PutFunctionScalingConfig", scale(1, 4));
  assert.equal(answer.$metadata.httpStatusCode, 202);
  assert.equal(answer.FunctionState, "Active");
  await until(async () => {
    const { AppliedFunctionScalingConfig: now } = await send("GetFunctionScalingConfig", scaled);
    return now.MinExecutionEnvironments === 1 && now.MaxExecutionEnvironments === 4;
  }, "the scaling configuration");
});

test("call 36: zero and zero deactivates", async () => {
  const [status, code] = await refusal("PutFunctionScalingConfig", scale(0, 5));
  assert.deepEqual([status, code], [400, "InvalidParameterValueException"]);
  assert.equal((await send("PutFunctionScalingConfig", scale(0, 0))).$metadata.httpStatusCode, 202);
  await until(
    async () => (await send("GetFunctionConfiguration", scaled)).State === "Deactivated",
    "the deactivation",
  );
  assert.deepEqual(await refusal("Invoke", { FunctionName: "f" }), [
    409,
    "ResourceConflictException",
    "The operation cannot be performed at this time. The function is currently in the following state: Deactivated",
  ]);
});

test("call 37: a default function stays one", async () => {
  const { CapacityProviderConfig, ...request } = definition("default");
  await send("CreateFunction", request);
  await sdk.waitUntilFunctionActiveV2(waiting, { FunctionName: "default" });
  assert.deepEqual(await refusal("UpdateFunctionConfiguration", { FunctionName: "default", CapacityProviderConfig }), [
    400,
    "InvalidParameterValueException",
    "CapacityProviderConfig isn't supported for Lambda Default functions.",
  ]);
});

test("call 38: the provider lists its versions", async () => {
  const listed = {};
  for await (const page of sdk.paginateListFunctionVersionsByCapacityProvider(
    { client: lambda, pageSize: 1 },
    { CapacityProviderName: "cp1" },
  ))
    for (const each of page.FunctionVersions) listed[each.FunctionArn.split(":function:")[1]] = each.State;
  assert.equal(listed["f:1"], "Active");
  assert.equal(listed["f:2"], "Active");
  assert.ok(`f:${PUBLISHED}` in listed);
});

test("call 39: a provider in use is not deleted", async () => {
  const uses = new Set();
  for (const { FunctionName, CapacityProviderConfig } of (await send("ListFunctions")).Functions)
    if (CapacityProviderConfig) uses.add(FunctionName);
  assert.deepEqual(await refusal("DeleteCapacityProvider", { CapacityProviderName: "cp1" }), [
    409,
    "ResourceConflictException",
    `The capacity provider is currently in use by ${uses.size} functions. To delete this capacity provider, first ` +
      `remove its association with ${PROVIDER}.`,
  ]);
  for (const FunctionName of uses)
    assert.equal((await send("DeleteFunction", { FunctionName })).$metadata.httpStatusCode, 202);
  await until(
    async () => (await send("ListFunctions")).Functions.every((each) => !uses.has(each.FunctionName)),
    "the functions' end",
  );
  const gone = await send("DeleteCapacityProvider", { CapacityProviderName: "cp1" });
  assert.equal(gone.$metadata.httpStatusCode, 202);
  assert.equal(gone.CapacityProvider.State, "Deleting");
  await until(
    () => send("GetCapacityProvider", { CapacityProviderName: "cp1" }).then(() => false, () => true),
    "the provider's end",
  );
  assert.equal((await refusal("GetCapacityProvider", { CapacityProviderName: "cp1" }))[0], 404);
});

test("call 40: with a wrong secret a request is refused, with the right one served", async () => {
  const verifying = process.env.LMI_VERIFYING_ENDPOINT;
  const right = new sdk.LambdaClient(connection(verifying));
  assert.deepEqual((await right.send(new sdk.ListFunctionsCommand({}))).Functions, []);
  // Encoded names, and a body whose hash the SDK sends along.
  assert.equal((await refusal("GetFunction", { FunctionName: `${ACCOUNT}function:none` }, right))[0], 404);
  assert.equal((await refusal("Invoke", { FunctionName: "none", Qualifier: "$LATEST", Payload: "{}" }, right))[0], 404);
  assert.deepEqual(
    await refusal("ListFunctions", {}, new sdk.LambdaClient(connection(verifying, "test", "wrong"))),
    [
      403,
      "InvalidSignatureException",
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access " +
        "Key and signing method. Consult the service documentation for details.",
    ],
  );
  const identity = await new STSClient(connection(verifying)).send(new GetCallerIdentityCommand({}));
  assert.equal(identity.Account, "000000000000");
});
