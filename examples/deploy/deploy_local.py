#!/usr/bin/env python3
"""Carries out the Lambda resources of a CloudFormation template against an endpoint of Lambda, with boto3: what
CloudFormation would do for these two types, which the emulator has none of.

    deploy_local.py TEMPLATE.json [--package function.zip | --code-in-s3] [--parameter NAME=VALUE …]

TEMPLATE is plain CloudFormation in JSON, as `cdk synth` writes it and SAM's translator makes it. Endpoint, Region and keys
come from the environment (AWS_ENDPOINT_URL_LAMBDA, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY). The code of
every function is the package given here; with --code-in-s3 it is what the template names in S3, which the emulator fetches
(lmi up --s3-endpoint URL). Resources of other types are named and left out; what cannot be left out without
changing the meaning is an error.
"""
import argparse
import json
import pathlib
import re
import sys
import time

import boto3

PROVIDER, FUNCTION = "AWS::Lambda::CapacityProvider", "AWS::Lambda::Function"
# Of a function's properties: what goes into CreateFunction as it stands.
FUNCTION_MEMBERS = ("FunctionName", "Description", "Handler", "Runtime", "MemorySize", "Timeout", "Environment",
                    "Architectures", "EphemeralStorage", "LoggingConfig", "CapacityProviderConfig", "TracingConfig")
PROVIDER_MEMBERS = ("CapacityProviderName", "VpcConfig", "PermissionsConfig", "InstanceRequirements",
                    "CapacityProviderScalingConfig", "KmsKeyArn")
ACCOUNT = "000000000000"  # the emulator's
PATIENCE = 300  # seconds anything may take to become active


class Deployment:
    def __init__(self, template, parameters, package):
        self.resources = template["Resources"]
        self.values = {name: each.get("Default", "") for name, each in template.get("Parameters", {}).items()}
        self.values.update(parameters)
        self.lists = {name for name, each in template.get("Parameters", {}).items()
                      if each["Type"] in ("CommaDelimitedList", "List<AWS::EC2::Subnet::Id>")}
        self.package = package
        self.arns = {}
        self.client = boto3.client("lambda")

    def value(self, node):
        """A property with its references resolved."""
        if isinstance(node, list):
            return [self.value(each) for each in node]
        if not isinstance(node, dict):
            return node
        if set(node) == {"Ref"}:
            return self.reference(node["Ref"])
        if set(node) == {"Fn::GetAtt"}:
            name, attribute = node["Fn::GetAtt"]
            if attribute in ("Arn", "CapacityProviderArn") and name in self.arns:
                return self.arns[name]
        if set(node) == {"Fn::Sub"} and isinstance(node["Fn::Sub"], str):
            return self.substituted(node["Fn::Sub"])
        if any(key.startswith("Fn::") for key in node):
            sys.exit(f"cannot resolve {json.dumps(node)}: give what it stands for as a parameter")
        return {key: self.value(each) for key, each in node.items()}

    def substituted(self, text):
        return re.sub(r"\$\{([^}!]+)\}", lambda match: self.pseudo(match[1]) or str(self.reference(match[1])), text)

    def pseudo(self, name):
        """What CloudFormation knows by itself."""
        known = {"AWS::AccountId": ACCOUNT, "AWS::Region": self.client.meta.region_name, "AWS::Partition": "aws"}
        return known.get(name)

    def reference(self, name):
        if name not in self.values:
            sys.exit(f"cannot resolve the reference to {name}: it is neither a parameter nor deployed here")
        text = self.values[name]
        return text.split(",") if name in self.lists else text

    def of_type(self, kind):
        return [(name, each["Properties"]) for name, each in self.resources.items() if each["Type"] == kind]

    def run(self):
        for name, each in self.resources.items():
            if each["Type"] not in (PROVIDER, FUNCTION):
                print(f"left out: {name} ({each['Type']})")
        for name, properties in self.of_type(PROVIDER):
            self.create_provider(name, properties)
        for name, properties in self.of_type(FUNCTION):
            self.create_function(name, properties)

    def create_provider(self, name, properties):
        request = {member: self.value(properties[member]) for member in PROVIDER_MEMBERS if member in properties}
        request.setdefault("CapacityProviderName", name)
        request["Tags"] = self.tags(properties)
        provider = self.client.create_capacity_provider(**request)["CapacityProvider"]
        self.arns[name] = provider["CapacityProviderArn"]
        self.values[name] = request["CapacityProviderName"]
        self.wait(lambda: self.client.get_capacity_provider(
            CapacityProviderName=request["CapacityProviderName"])["CapacityProvider"]["State"] == "Active", name)
        print(f"capacity provider {request['CapacityProviderName']} is active")

    def create_function(self, name, properties):
        request = {member: self.value(properties[member]) for member in FUNCTION_MEMBERS if member in properties}
        function = request.setdefault("FunctionName", name)
        role = properties["Role"]
        known = not isinstance(role, dict) or role.get("Ref") in self.values
        # A role that the template makes itself does not exist here, and need not.
        request["Role"] = self.value(role) if known else "arn:aws:iam::000000000000:role/made-by-the-template"
        code = {"ZipFile": self.package} if self.package else self.value(properties["Code"])
        self.client.create_function(Code=code, Tags=self.tags(properties), **request)
        self.wait(lambda: self.client.get_function_configuration(FunctionName=function)["State"] != "Pending", name)
        if "CapacityProviderConfig" in request:
            self.publish(function, self.value(properties.get("FunctionScalingConfig")))
        print(f"function {function} is deployed")

    def publish(self, function, scaling):
        """CloudFormation publishes a managed function to $LATEST.PUBLISHED by itself."""
        self.client.publish_version(FunctionName=function, PublishTo="LATEST_PUBLISHED")
        published = {"FunctionName": function, "Qualifier": "$LATEST.PUBLISHED"}
        self.client.get_waiter("published_version_active").wait(
            WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE}, **published)
        if scaling:
            self.client.put_function_scaling_config(FunctionScalingConfig=scaling, **published)

    def tags(self, properties):
        return {each["Key"]: self.value(each["Value"]) for each in properties.get("Tags", [])}

    @staticmethod
    def wait(ready, name):
        end = time.monotonic() + PATIENCE
        while not ready():
            if time.monotonic() > end:
                sys.exit(f"{name} did not become active within {PATIENCE} s")
            time.sleep(0.2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("template", type=pathlib.Path)
    code = parser.add_mutually_exclusive_group()
    code.add_argument("--package", type=pathlib.Path, default=pathlib.Path(__file__).parent / "function.zip")
    code.add_argument("--code-in-s3", action="store_true")
    parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE")
    arguments = parser.parse_args()
    parameters = dict(each.split("=", 1) for each in arguments.parameter)
    package = None if arguments.code_in_s3 else arguments.package.read_bytes()
    Deployment(json.loads(arguments.template.read_text()), parameters, package).run()


if __name__ == "__main__":
    main()
