#include "observe/cloudwatch_input.hpp"

#include "observe/cloudwatch.hpp"

#include <cmath>
#include <utility>

namespace lmi::emulator::observe::cloudwatch {

using nlohmann::json;

void refuse_value(std::string message) {
  throw Refused{{"InvalidParameterValueException", std::move(message)}};
}

void refuse_combination(std::string message) {
  throw Refused{{"InvalidParameterCombinationException", std::move(message)}};
}

Input::Input(const json& value, std::string path) : value_{&value}, path_{std::move(path)} {
  if (!value.is_object()) refuse_value("The value " + path_ + " must be a structure.");  // text: ours
}

std::string Input::name_of(const char* member) const {
  return path_ + member;
}

const json* Input::find(const char* member) const {
  const auto found = value_->find(member);
  return found == value_->end() || found->is_null() ? nullptr : &*found;
}

const json& Input::require(const char* member) const {
  const json* found = find(member);
  if (found) return *found;
  throw Refused{{"MissingRequiredParameterException",  // text: LocalStack's and moto's for this service
                 "The parameter " + name_of(member) + " is required."}};
}

bool Input::has(const char* member) const {
  return find(member) != nullptr;
}

std::string Input::text(const char* member) const {
  const json* found = find(member);
  if (!found) return {};
  if (!found->is_string()) refuse_value("The parameter " + name_of(member) + " must be a text.");  // ours
  return found->get<std::string>();
}

std::string Input::required_text(const char* member) const {
  require(member);
  return text(member);
}

MetricTime Input::required_time(const char* member) const {
  constexpr double latest = 253'402'300'799.0;  // the end of the year 9999
  const json& value = require(member);
  const double seconds = value.is_number() ? value.get<double>() : -1;
  if (!(seconds >= 0 && seconds <= latest)) {  // text: ours
    refuse_value("The parameter " + name_of(member) + " must be a time in seconds since 1970.");
  }
  const auto milliseconds = static_cast<std::int64_t>(std::llround(seconds * 1000));
  return MetricTime{std::chrono::milliseconds{milliseconds}};
}

std::chrono::seconds Input::required_period() const {
  constexpr std::int64_t longest = 15 * 24 * 3600;
  const json& value = require("Period");
  const std::int64_t seconds = value.is_number_integer() ? value.get<std::int64_t>() : 0;
  // What is measured each minute has no shorter period (AWS documentation); the text is ours.
  if (seconds < 60 || seconds % 60 != 0 || seconds > longest) {
    refuse_value(
        "The parameter " + name_of("Period") +
        " must be a multiple of 60 and not over 1296000 (15 days): there is one data point a minute.");
  }
  return std::chrono::seconds{seconds};
}

std::size_t Input::whole_or(const char* member, std::size_t otherwise, std::size_t least,
                            std::size_t most) const {
  const json* found = find(member);
  if (!found) return otherwise;
  // Integers over 2^63 turn negative here: as wrong as those.
  const std::int64_t value = found->is_number_integer() ? found->get<std::int64_t>() : -1;
  if (value < static_cast<std::int64_t>(least) || value > static_cast<std::int64_t>(most)) {  // text: ours
    refuse_value("The parameter " + name_of(member) + " must be a whole number from " +
                 std::to_string(least) + " to " + std::to_string(most) + ".");
  }
  return static_cast<std::size_t>(value);
}

const json* Input::list(const char* member) const {
  const json* found = find(member);
  if (found && !found->is_array()) {  // text: ours
    refuse_value("The parameter " + name_of(member) + " must be a list.");
  }
  return found;
}

std::vector<std::string> Input::texts(const char* member) const {
  std::vector<std::string> texts;
  if (const json* found = list(member)) {
    for (const json& each : *found) {
      if (!each.is_string()) refuse_value("The parameter " + name_of(member) + " must be a list of texts.");
      texts.push_back(each.get<std::string>());
    }
  }
  return texts;
}

std::vector<Input> Input::structures(const char* member) const {
  std::vector<Input> structures;
  if (const json* found = list(member)) {
    for (const json& each : *found) {
      structures.emplace_back(each,
                              name_of(member) + ".member." + std::to_string(structures.size() + 1) + ".");
    }
  }
  return structures;
}

Input Input::required_structure(const char* member) const {
  return {require(member), name_of(member) + "."};
}

MetricId Input::metric() const {
  MetricId id;
  id.name = required_text("MetricName");
  for (const Input& dimension : structures("Dimensions")) {
    id.dimensions.emplace(dimension.required_text("Name"), dimension.required_text("Value"));
  }
  return id;
}

bool Input::is_of_lambda() const {
  return required_text("Namespace") == metrics_namespace;
}

bool Input::shows_data() const {
  const json* found = find("ReturnData");
  if (found && !found->is_boolean())
    refuse_value("The parameter " + name_of("ReturnData") + " must be a boolean.");
  return !found || found->get<bool>();
}

}  // namespace lmi::emulator::observe::cloudwatch
