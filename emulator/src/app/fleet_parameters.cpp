#include "app/fleet_parameters.hpp"

#include "fleet/parameter_table.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

namespace lmi::emulator::app {
namespace {

using nlohmann::json;

constexpr std::size_t most_columns = 100;

/// A scalar as set_parameter() takes it: a string's text, any other value as JSON writes it.
std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::optional<fleet::Parameters> profile(const json& value) {
  if (value == "aws") return fleet::Parameters::as_on_aws();
  if (value == "local") return fleet::Parameters{};
  return std::nullopt;
}

/// `text` in lines of at most `width` letters, each after `indent`.
std::string wrapped(std::string_view text, std::size_t width, const std::string& indent) {
  std::string lines;
  while (!text.empty()) {
    std::size_t length = text.size();
    if (length > width) {
      const auto space = text.rfind(' ', width);
      length = space == std::string_view::npos ? std::min(text.find(' '), text.size()) : space;
    }
    lines += indent + std::string{text.substr(0, length)} + "\n";
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return lines;
}

}  // namespace

FleetParametersResult parse_fleet_parameters(std::string_view text) {
  std::string repeated;
  std::set<std::string> names;
  const auto note_names = [&](int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::key && depth == 1 && !names.insert(parsed.get<std::string>()).second) {
      repeated = parsed.get<std::string>();
    }
    return true;
  };
  json object;
  try {
    object = json::parse(text, note_names);
  } catch (const json::parse_error& error) {
    const std::string what = error.what();  // "[json.exception.parse_error.101] parse error at line 2, …"
    return "This is no JSON: " + what.substr(std::min(what.size(), what.find("] ") + 2));
  }
  if (!object.is_object()) return std::string{"Fleet parameters are a JSON object of names and values."};
  if (!repeated.empty()) return "Fleet parameter '" + repeated + "' is given twice.";

  fleet::Parameters parameters;
  if (const auto found = object.find("profile"); found != object.end()) {
    const auto begun = profile(*found);
    if (!begun) return "'profile' can't be " + found->dump() + R"(. It may be: "local", "aws".)";
    parameters = *begun;
    object.erase(found);
  }
  for (const auto& [name, value] : object.items()) {
    if (auto problem = fleet::set_parameter(parameters, name, text_of(value))) return std::move(*problem);
  }
  if (auto problem = fleet::inconsistency(parameters)) return std::move(*problem);
  return parameters;
}

FleetParametersResult read_fleet_parameters(const std::filesystem::path& file) {
  std::ifstream stream{file};
  const std::string text{std::istreambuf_iterator<char>{stream}, std::istreambuf_iterator<char>{}};
  if (!stream) {
    return "cannot read the fleet parameters from " + file.string() + ": " +
           std::generic_category().message(errno) +
           ".\n`lmi fleet parameters` lists what such a file may hold.";
  }
  auto result = parse_fleet_parameters(text);
  if (auto* problem = std::get_if<std::string>(&result)) *problem = file.string() + ": " + *problem;
  return result;
}

std::string fleet_parameters_table(const fleet::Parameters& parameters) {
  const fleet::Parameters defaults;
  const fleet::Parameters aws = fleet::Parameters::as_on_aws();
  std::string table;
  for (const fleet::ParameterInfo& info : fleet::parameter_table()) {
    table += std::string{info.name} + " = " + value_text(parameters, info) + "\n";
    std::string facts = "default " + value_text(defaults, info);
    if (value_text(aws, info) != value_text(defaults, info))
      facts += "; profile aws " + value_text(aws, info);
    facts += "; may be " + range_text(info) + "; " + std::string{name_of(info.grade)};
    for (const std::string_view part : {std::string_view{facts}, info.meaning, info.source}) {
      table += wrapped(part, most_columns - 4, "    ");
    }
  }
  return table;
}

std::string fleet_parameters_json(const fleet::Parameters& parameters) {
  const fleet::Parameters defaults;
  const fleet::Parameters aws = fleet::Parameters::as_on_aws();
  json all = json::array();
  for (const fleet::ParameterInfo& info : fleet::parameter_table()) {
    all.push_back({{"name", info.name},
                   {"value", value_text(parameters, info)},
                   {"default", value_text(defaults, info)},
                   {"aws", value_text(aws, info)},
                   {"range", range_text(info)},
                   {"grade", name_of(info.grade)},
                   {"meaning", info.meaning},
                   {"source", info.source}});
  }
  return json{{"parameters", std::move(all)}}.dump(2) + "\n";
}

int show_fleet_parameters(const std::filesystem::path& file, bool json_output) {
  fleet::Parameters parameters;
  if (!file.empty()) {
    const auto read = read_fleet_parameters(file);
    if (const auto* problem = std::get_if<std::string>(&read)) {
      std::cerr << "lmi: " << *problem << "\n";
      return 1;
    }
    parameters = std::get<fleet::Parameters>(read);
  }
  std::cout << (json_output ? fleet_parameters_json(parameters) : fleet_parameters_table(parameters));
  return 0;
}

}  // namespace lmi::emulator::app
