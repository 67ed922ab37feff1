#pragma once

#include "model/api_error.hpp"
#include "observe/metric_store.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace lmi::emulator::observe::cloudwatch {

/// Thrown by the readers below and caught where an operation begins: a wrong member ends it.
struct Refused {
  model::ApiError error;
};

[[noreturn]] void refuse_value(std::string message);        ///< InvalidParameterValue
[[noreturn]] void refuse_combination(std::string message);  ///< InvalidParameterCombination

/// A structure, and the path to it for messages.
class Input {
 public:
  Input(const nlohmann::json& value, std::string path);

  bool has(const char* member) const;
  std::string text(const char* member) const;  ///< "" when absent.
  std::string required_text(const char* member) const;
  MetricTime required_time(const char* member) const;
  /// A whole number of minutes.
  std::chrono::seconds required_period() const;
  std::size_t whole_or(const char* member, std::size_t otherwise, std::size_t least, std::size_t most) const;
  std::vector<std::string> texts(const char* member) const;
  std::vector<Input> structures(const char* member) const;
  Input required_structure(const char* member) const;

  /// MetricName and Dimensions.
  MetricId metric() const;
  bool is_of_lambda() const;  ///< By Namespace.
  bool shows_data() const;    ///< By ReturnData, true when absent.

 private:
  const nlohmann::json* find(const char* member) const;
  const nlohmann::json& require(const char* member) const;
  const nlohmann::json* list(const char* member) const;
  std::string name_of(const char* member) const;

  const nlohmann::json* value_;  // not null
  std::string path_;             // "" or "MetricDataQueries.1."
};

}  // namespace lmi::emulator::observe::cloudwatch
