// hello on a capacity provider of its own.  npx cdk synth
import { App, Stack } from "aws-cdk-lib";
import { SecurityGroup, Subnet } from "aws-cdk-lib/aws-ec2";
import { Role } from "aws-cdk-lib/aws-iam";
import { Architecture, CapacityProvider, Code, Function, Runtime } from "aws-cdk-lib/aws-lambda";

const app = new App();
const stack = new Stack(app, "CdkExample");

// Names only for the emulator. For AWS: cdk deploy -c subnets=subnet-…,subnet-… -c securityGroup=sg-… -c operatorRole=arn:…
const setting = (name, otherwise) => app.node.tryGetContext(name) ?? otherwise;
const subnets = setting("subnets", "subnet-1,subnet-2,subnet-3").split(",");
const role = (id, name) => Role.fromRoleArn(stack, id, setting(name, `arn:aws:iam::000000000000:role/${name}`));

const provider = new CapacityProvider(stack, "Provider", {
  capacityProviderName: "cdk-example",
  subnets: subnets.map((subnetId, index) => Subnet.fromSubnetId(stack, `Subnet${index}`, subnetId)),
  securityGroups: [SecurityGroup.fromSecurityGroupId(stack, "SecurityGroup", setting("securityGroup", "sg-1"))],
  operatorRole: role("OperatorRole", "operatorRole"),
  architectures: [Architecture.X86_64],
});

const hello = new Function(stack, "Hello", {
  functionName: "cdk-hello",
  code: Code.fromAsset("../function.zip"),
  handler: "bootstrap",
  runtime: Runtime.PROVIDED_AL2023,
  memorySize: 2048,
  role: role("FunctionRole", "functionRole"),
});

provider.addFunction(hello, {
  perExecutionEnvironmentMaxConcurrency: 8,
  latestPublishedScalingConfig: { minExecutionEnvironments: 1, maxExecutionEnvironments: 4 },
});
