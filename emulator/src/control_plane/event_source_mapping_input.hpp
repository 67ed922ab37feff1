#pragma once

#include "control_plane/event_source_mappings.hpp"
#include "model/api_error.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>

namespace lmi::emulator::control_plane {

/// The service of a source: "sqs", "kinesis", "dynamodb", "kafka" …; empty: none can be told.
std::string source_service(const nlohmann::json& settings);

/// Takes the settings of a create or update request into `settings`.
void read_mapping_settings(const nlohmann::json& input, nlohmann::json& settings);
/// What the service fills in for a source of that kind when nothing was said.
void add_mapping_defaults(nlohmann::json& settings);

/// Rules that the API's model does not express.
std::optional<model::ApiError> check_mapping(const nlohmann::json& settings);

/// What a poller needs to know. The mapping's settings have been checked.
events::SqsMapping sqs_mapping(const EventSourceMapping& mapping);

}  // namespace lmi::emulator::control_plane
