#include "fleet.hpp"

#include "connect.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <iomanip>
#include <iostream>
#include <string>

namespace lmi::cli {
namespace {

using nlohmann::ordered_json;

void print_text(const ordered_json& instances) {
  if (instances.empty()) {
    std::cout << "no instances: publish a version of a function on a capacity provider" << std::endl;
    return;
  }
  std::cout << std::left << std::setw(21) << "instance" << std::setw(16) << "type" << std::setw(13) << "zone"
            << std::setw(24) << "capacity provider" << std::setw(11) << "state" << std::right
            << "environments" << '\n';
  for (const auto& instance : instances) {
    std::cout << std::left << std::setw(21) << instance.value("id", "") << std::setw(16)
              << instance.value("type", "") << std::setw(13) << instance.value("availabilityZone", "")
              << std::setw(24) << instance.value("capacityProvider", "") << std::setw(11)
              << instance.value("state", "") << std::right << std::setw(12)
              << instance.value("environments", std::uint64_t{0}) << '\n';
  }
  std::cout.flush();
}

Failure not_the_emulator(const HttpClient& http) {
  return {ExitCode::failed, http.endpoint().url() + " has no fleet to show",
          "only the emulator has (`lmi up`)"};
}

}  // namespace

Result<void> fleet_instances(const FleetInstancesOptions& options) {
  auto http = connect(options.connection);
  if (!http) return http.error();
  auto response = (*http)->send({.path = "/_lmi/environments"});
  if (!response) return response.error();
  const auto body = ordered_json::parse(response->body, nullptr, false);
  if (response->status != 200 || !body.is_object() || !body.contains("instances")) {
    return not_the_emulator(**http);
  }
  if (options.connection.output == OutputFormat::json) {
    std::cout << ordered_json{{"instances", body["instances"]}}.dump() << std::endl;
  } else {
    print_text(body["instances"]);
  }
  return {};
}

Result<void> lose_instance(const LoseInstanceOptions& options) {
  auto http = connect(options.connection);
  if (!http) return http.error();
  auto response = (*http)->send({.method = "POST", .path = "/_lmi/instances/" + options.instance + "/lose"});
  if (!response) return response.error();
  const auto body = ordered_json::parse(response->body, nullptr, false);
  if (!body.is_object()) return not_the_emulator(**http);
  if (response->status != 200) {
    return Failure{ExitCode::failed, body.value("message", "the emulator refused"),
                   "see which there are: lmi fleet instances"};
  }
  if (options.connection.output == OutputFormat::json) {
    std::cout << body.dump() << std::endl;
  } else {
    std::cout << "lost " << options.instance << std::endl;
  }
  return {};
}

}  // namespace lmi::cli
