#include "control_plane/event_source_mapping_input.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>
#include <vector>

namespace lmi::emulator::control_plane {
namespace {

using Fault = std::optional<model::ApiError>;
using nlohmann::json;

constexpr std::array<const char*, 24> setting_names = {"EventSourceArn",
                                                       "BatchSize",
                                                       "FilterCriteria",
                                                       "KMSKeyArn",
                                                       "MetricsConfig",
                                                       "LoggingConfig",
                                                       "ScalingConfig",
                                                       "MaximumBatchingWindowInSeconds",
                                                       "ParallelizationFactor",
                                                       "StartingPosition",
                                                       "StartingPositionTimestamp",
                                                       "DestinationConfig",
                                                       "MaximumRecordAgeInSeconds",
                                                       "BisectBatchOnFunctionError",
                                                       "MaximumRetryAttempts",
                                                       "TumblingWindowInSeconds",
                                                       "Topics",
                                                       "Queues",
                                                       "SourceAccessConfigurations",
                                                       "SelfManagedEventSource",
                                                       "FunctionResponseTypes",
                                                       "AmazonManagedKafkaEventSourceConfig",
                                                       "SelfManagedKafkaEventSourceConfig",
                                                       "DocumentDBEventSourceConfig"};

bool is_fifo(const json& settings) {
  return settings.value("EventSourceArn", std::string{}).ends_with(".fifo");
}

std::vector<std::string> patterns_of(const json& settings) {
  std::vector<std::string> patterns;
  const json criteria = settings.value("FilterCriteria", json::object());
  for (const json& filter : criteria.value("Filters", json::array()))
    patterns.push_back(filter.value("Pattern", std::string{}));
  return patterns;
}

Fault check_queue(const json& settings) {
  const unsigned batch = settings.value("BatchSize", 10U);
  if (is_fifo(settings) && batch > 10) {  // the limit: AWS documentation; text: ours
    return model::invalid_parameter(
        "The batch size of a mapping of a FIFO queue must not be greater than 10.");
  }
  if (batch > 10 && settings.value("MaximumBatchingWindowInSeconds", 0) == 0) {  // LocalStack's text
    return model::invalid_parameter(
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10");
  }
  if (settings.contains("DestinationConfig")) {  // recorded
    return model::invalid_parameter(
        "Unsupported DestinationConfig parameter for given event source mapping type.");
  }
  if (settings.contains("StartingPosition")) {  // after the recorded one for tables; text: ours
    return model::invalid_parameter("Unsupported starting position for arn type: " +
                                    settings.value("EventSourceArn", std::string{}));
  }
  return std::nullopt;
}

Fault check_stream(const json& settings, const std::string& service) {
  if (!settings.contains("StartingPosition")) {  // recorded
    return model::invalid_parameter(
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member "
        "must not be null.");
  }
  if (service == "dynamodb" && settings["StartingPosition"] == "AT_TIMESTAMP") {  // recorded
    return model::invalid_parameter("Unsupported starting position for arn type: " +
                                    settings.value("EventSourceArn", std::string{}));
  }
  if (settings.contains("SelfManagedEventSource") && !settings.contains("SourceAccessConfigurations"))
    return model::invalid_parameter(
        "Required 'sourceAccessConfigurations' parameter is missing.");  // recorded
  return std::nullopt;
}

}  // namespace

std::string source_service(const json& settings) {
  if (settings.contains("SelfManagedEventSource")) return "kafka";
  std::string arn = settings.value("EventSourceArn", std::string{});
  for (int colons = 0; colons < 2; ++colons) {
    const std::size_t colon = arn.find(':');
    if (colon == arn.npos) return {};
    arn.erase(0, colon + 1);
  }
  return arn.substr(0, arn.find(':'));
}

void read_mapping_settings(const json& input, json& settings) {
  for (const char* name : setting_names)
    if (const auto at = input.find(name); at != input.end()) settings[name] = *at;
  if (const auto at = input.find("ProvisionedPollerConfig"); at != input.end())
    settings["ProvisionedPollerConfig"] = *at;
}

void add_mapping_defaults(json& settings) {
  const auto fill = [&settings](const char* name, json value) {
    if (!settings.contains(name)) settings[name] = std::move(value);
  };
  const bool is_queue = source_service(settings) == "sqs";
  fill("BatchSize", is_queue ? 10 : 100);
  fill("MaximumBatchingWindowInSeconds", 0);
  fill("FunctionResponseTypes", json::array());
  if (is_queue) return;
  // As LocalStack fills in for streams.
  fill("BisectBatchOnFunctionError", false);
  fill("MaximumRecordAgeInSeconds", -1);
  fill("MaximumRetryAttempts", -1);
  fill("ParallelizationFactor", 1);
  fill("TumblingWindowInSeconds", 0);
}

Fault check_mapping(const json& settings) {
  const std::string service = source_service(settings);
  if (service.empty()) return model::invalid_parameter("Unrecognized event source.");  // recorded
  if (!events::Filter::parse(patterns_of(settings)))
    return model::invalid_parameter("Invalid filter pattern definition.");  // LocalStack's text
  if (service == "sqs") return check_queue(settings);
  if (service == "kinesis" || service == "dynamodb" || service == "kafka")
    return check_stream(settings, service);
  return std::nullopt;
}

events::SqsMapping sqs_mapping(const EventSourceMapping& mapping) {
  const json& settings = mapping.settings;
  events::SqsMapping wanted;
  wanted.uuid = mapping.uuid;
  wanted.queue_arn = mapping.source_arn();
  wanted.function = mapping.function;
  wanted.scope = mapping.scope;
  wanted.batch_size = settings.value("BatchSize", wanted.batch_size);
  wanted.batching_window = std::chrono::seconds{settings.value("MaximumBatchingWindowInSeconds", 0)};
  const json scaling = settings.value("ScalingConfig", json::object());
  wanted.max_concurrency = scaling.value("MaximumConcurrency", wanted.max_concurrency);
  wanted.reports_failures = !settings.value("FunctionResponseTypes", json::array()).empty();
  wanted.filter = events::Filter::parse(patterns_of(settings)).value_or(events::Filter{});
  return wanted;
}

}  // namespace lmi::emulator::control_plane
