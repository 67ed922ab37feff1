terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0" # a release that has aws_lambda_function_scaling_config
    }
  }
}

variable "endpoint" {
  description = "http://127.0.0.1:9400 for the emulator; empty for AWS"
  type        = string
  default     = ""
}

variable "subnet_ids" {
  type    = list(string)
  default = ["subnet-1", "subnet-2", "subnet-3"]
}

variable "security_group_ids" {
  type    = list(string)
  default = ["sg-1"]
}

variable "operator_role_arn" {
  type    = string
  default = "arn:aws:iam::000000000000:role/operator"
}

variable "function_role_arn" {
  type    = string
  default = "arn:aws:iam::000000000000:role/function"
}

# Region and keys come from the environment, as always.
provider "aws" {
  dynamic "endpoints" {
    for_each = var.endpoint == "" ? [] : [var.endpoint]
    content {
      lambda = endpoints.value
      sts    = endpoints.value # asked first: whose key is this?
    }
  }
}

resource "aws_lambda_capacity_provider" "this" {
  name = "terraform-example"

  vpc_config {
    subnet_ids         = var.subnet_ids
    security_group_ids = var.security_group_ids
  }

  permissions_config {
    capacity_provider_operator_role_arn = var.operator_role_arn
  }
}

resource "aws_lambda_function" "hello" {
  function_name    = "terraform-hello"
  filename         = "${path.module}/../function.zip"
  source_code_hash = filebase64sha256("${path.module}/../function.zip")
  role             = var.function_role_arn
  handler          = "bootstrap"
  runtime          = "provided.al2023"
  memory_size      = 2048
  publish          = true
  publish_to       = "LATEST_PUBLISHED"

  capacity_provider_config {
    lambda_managed_instances_capacity_provider_config {
      capacity_provider_arn                    = aws_lambda_capacity_provider.this.arn
      per_execution_environment_max_concurrency = 8
    }
  }
}

resource "aws_lambda_function_scaling_config" "hello" {
  function_name = aws_lambda_function.hello.function_name
  qualifier     = "$LATEST.PUBLISHED"

  function_scaling_config {
    min_execution_environments = 1
    max_execution_environments = 4
  }
}

output "function_arn" {
  value = aws_lambda_function.hello.arn
}
