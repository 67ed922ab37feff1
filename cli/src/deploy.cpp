#include "deploy.hpp"

#include "bootstrap.hpp"
#include "connect.hpp"
#include "lambda_api.hpp"
#include "package.hpp"
#include "terminal.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <iostream>
#include <thread>
#include <utility>

namespace lmi::cli {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr const char* latest_published = "$LATEST.PUBLISHED";
constexpr const char* local_role = "arn:aws:iam::000000000000:role/lmi-local";

/// One deployment: what it was told, whom it talks to, and its steps in order.
class Deployment {
 public:
  Deployment(const DeployOptions& options, LambdaApi& api, ProgressLine& progress)
      : options_{options}, api_{api}, progress_{progress} {}

  Result<FunctionInfo> run(Package package);
  bool is_emulator() const noexcept { return emulator_; }

 private:
  Result<std::string> provider();
  Result<std::string> fitting(const ProviderInfo& provider) const;
  Result<void> create_or_update();
  Result<void> update();
  Result<FunctionInfo> publish();
  Result<void> scale();
  /// Asks `settled` again and again until it says true, fails, or the time is over.
  Result<void> wait(const std::string& what, const std::function<Result<bool>()>& settled);

  const DeployOptions& options_;
  LambdaApi& api_;
  ProgressLine& progress_;
  bool emulator_ = false;
  FunctionDefinition definition_;
};

Result<FunctionInfo> Deployment::run(Package package) {
  auto emulator = api_.is_emulator();
  if (!emulator) return emulator.error();
  emulator_ = *emulator;

  definition_.name = options_.name.empty() ? package.default_name : options_.name;
  if (auto legal = check_function_name(definition_.name); !legal) return legal.error();
  definition_.architecture = !options_.architecture.empty()  ? options_.architecture
                             : !package.architecture.empty() ? package.architecture
                                                             : host_architecture();
  definition_.role = options_.role.empty() ? local_role : options_.role;
  if (options_.role.empty() && !emulator_) {
    return Failure{ExitCode::usage, "this endpoint is not the emulator, so the function needs a real role",
                   "give the ARN of its execution role: --role arn:aws:iam::ACCOUNT:role/NAME"};
  }
  definition_.zip = std::move(package.zip);
  definition_.memory_mb = options_.memory_mb;
  definition_.gib_per_vcpu = options_.gib_per_vcpu;
  definition_.concurrency = options_.concurrency;
  definition_.timeout_seconds = options_.timeout_seconds;
  definition_.variables = options_.variables;

  auto provider_arn = provider();
  if (!provider_arn) return provider_arn.error();
  definition_.provider_arn = *provider_arn;

  if (auto done = create_or_update(); !done) return done.error();
  auto published = publish();
  if (!published) return published;
  if (auto done = scale(); !done) return done.error();
  return published;
}

Result<std::string> Deployment::provider() {
  auto known = api_.capacity_provider(options_.provider);
  if (known) return fitting(*known);
  if (known.error().api_code != "ResourceNotFoundException") return known.error();
  if (!emulator_) {
    Failure failure = known.error();
    failure.advice = "create it with your own subnets and role: aws lambda create-capacity-provider";
    return failure;
  }
  progress_.step("creating capacity provider " + options_.provider);
  auto created = api_.create_local_capacity_provider(options_.provider, definition_.architecture);
  if (!created) return created.error();
  auto active = wait("capacity provider " + options_.provider, [this]() -> Result<bool> {
    auto info = api_.capacity_provider(options_.provider);
    if (!info) return info.error();
    if (info->state == "Failed") return Failure{ExitCode::failed, "the capacity provider failed"};
    return info->state == "Active";
  });
  if (!active) return active.error();
  return created->arn;
}

/// Its ARN, if its instances can run the program. AWS says this only after the upload, and not what to do.
Result<std::string> Deployment::fitting(const ProviderInfo& provider) const {
  if (provider.architecture.empty() || provider.architecture == definition_.architecture) return provider.arn;
  return Failure{ExitCode::usage,
                 definition_.name + " is built for " + definition_.architecture + ", and capacity provider " +
                     options_.provider + " has instances of " + provider.architecture,
                 "build it for " + provider.architecture +
                     ", or name another capacity provider: --provider NAME" +
                     (emulator_ ? " (the emulator gets one made)" : "")};
}

Result<void> Deployment::create_or_update() {
  progress_.step("uploading " + definition_.name + " (" +
                 std::to_string((definition_.zip.size() + 1023) / 1024) + " KiB)");
  auto existing = api_.get_function(definition_.name, "");
  if (existing) {
    if (existing->provider_arn.empty()) {
      return Failure{
          ExitCode::failed, definition_.name + " exists as a standard function, without a capacity provider",
          "choose another --name, or delete it first: aws lambda delete-function --function-name " +
              definition_.name};
    }
    if (auto done = update(); !done) return done;
  } else if (existing.error().api_code == "ResourceNotFoundException") {
    if (auto created = api_.create_function(definition_); !created) return created.error();
  } else {
    return existing.error();
  }
  return wait(definition_.name, [this]() -> Result<bool> {
    auto info = api_.get_function(definition_.name, "");
    if (!info) return info.error();
    if (info->state == "Failed")
      return Failure{ExitCode::failed, "the function failed: " + info->state_reason};
    return info->state != "Pending" && info->update_status != "InProgress";
  });
}

Result<void> Deployment::update() {
  const auto explain = [this](Failure failure) {
    if (failure.api_code == "ResourceNotFoundException" || failure.api_code.empty() ||
        failure.api_code == "UnknownOperationException") {
      failure.message =
          definition_.name + " exists, and this endpoint cannot update functions: " + failure.message;
      failure.advice = "delete it first (aws lambda delete-function --function-name " + definition_.name +
                       "), or choose another --name";
    }
    return failure;
  };
  if (auto code = api_.update_code(definition_); !code) return explain(code.error());
  auto settled = wait(definition_.name, [this]() -> Result<bool> {
    auto info = api_.get_function(definition_.name, "");
    if (!info) return info.error();
    return info->update_status != "InProgress";
  });
  if (!settled) return settled;
  if (auto changed = api_.update_configuration(definition_); !changed) return explain(changed.error());
  return {};
}

Result<FunctionInfo> Deployment::publish() {
  progress_.step("publishing to " + std::string{latest_published});
  if (auto published = api_.publish_latest(definition_.name); !published) return published;
  FunctionInfo last;
  auto active = wait("execution environments", [&]() -> Result<bool> {
    auto info = api_.get_function(definition_.name, latest_published);
    if (!info) return info.error();
    last = *info;
    if (last.state == "Failed") {
      return Failure{ExitCode::failed, "the function does not start: " + last.state_reason,
                     "look at what it printed: lmi logs " + definition_.name};
    }
    if (last.update_status == "Failed") {
      return Failure{ExitCode::failed,
                     "the new version does not start, the old one still serves: " + last.update_reason,
                     "look at what it printed: lmi logs " + definition_.name};
    }
    return last.state == "Active" && last.update_status != "InProgress";
  });
  if (!active) return active.error();
  return last;
}

Result<void> Deployment::scale() {
  if (!options_.min_environments && !options_.max_environments) return {};
  progress_.step("scaling to " + std::to_string(options_.min_environments.value_or(3)) + " environments");
  auto put = api_.put_scaling(definition_.name, latest_published, options_.min_environments,
                              options_.max_environments);
  if (!put) return put;
  return wait("execution environments", [this]() -> Result<bool> {
    auto scaling = api_.get_scaling(definition_.name, latest_published);
    if (!scaling) return scaling.error();
    if (!scaling->applied) return false;
    if (!emulator_) return true;
    auto ready = api_.ready_environments(definition_.name);
    if (!ready) return ready.error();
    return *ready >= options_.min_environments.value_or(1);
  });
}

Result<void> Deployment::wait(const std::string& what, const std::function<Result<bool>()>& settled) {
  const auto start = SteadyClock::now();
  // The emulator is done in milliseconds, AWS in a minute: ask often at first, then less.
  milliseconds pause{20};
  for (;;) {
    auto done = settled();
    if (!done) return done.error();
    if (*done) return {};
    const auto waited = std::chrono::duration_cast<std::chrono::seconds>(SteadyClock::now() - start);
    if (waited >= options_.wait) {
      return Failure{ExitCode::failed, what + ": not ready after " + std::to_string(waited.count()) + " s",
                     "see what happens with `lmi status` and `lmi logs`, or wait longer with --wait SECONDS"};
    }
    progress_.update("waiting for " + what + ", " + std::to_string(waited.count()) + " s");
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, milliseconds{1000});
  }
}

void print_text(const DeployOptions& options, const std::string& name, const FunctionInfo& info) {
  const double vcpus = info.gib_per_vcpu > 0 ? info.memory_mb / 1024.0 / info.gib_per_vcpu : 0;
  std::cout << "deployed      " << info.arn << '\n'
            << "environment   " << info.memory_mb << " MB, " << vcpus << " vCPU, " << info.concurrency
            << " slots\n"
            << "invoke it     lmi invoke " << name << " --payload '{}'";
  if (options.connection.endpoint != ConnectionOptions{}.endpoint) {
    std::cout << " --endpoint " << options.connection.endpoint;
  }
  std::cout << std::endl;
}

void print_json(const FunctionInfo& info) {
  std::cout << nlohmann::ordered_json{{"functionArn", info.arn},
                                      {"version", info.version},
                                      {"state", info.state},
                                      {"memoryMB", info.memory_mb},
                                      {"memoryGiBPerVCpu", info.gib_per_vcpu},
                                      {"slots", info.concurrency}}
                   .dump()
            << std::endl;
}

}  // namespace

Result<void> deploy(const DeployOptions& options) {
  auto package = load_package(options.package);
  if (!package) return package.error();
  const std::string name = options.name.empty() ? package->default_name : options.name;

  auto http = connect(options.connection);
  if (!http) return http.error();
  LambdaApi api{**http};
  ProgressLine progress;
  Deployment deployment{options, api, progress};
  auto info = deployment.run(std::move(*package));
  if (!info) return info.error();
  progress.clear();
  options.connection.output == OutputFormat::json ? print_json(*info) : print_text(options, name, *info);
  return {};
}

}  // namespace lmi::cli
