#include "status.hpp"

#include "connect.hpp"

#include <nlohmann/json.hpp>

#include <iomanip>
#include <iostream>

namespace lmi::cli {
namespace {

using nlohmann::ordered_json;

std::string text(const ordered_json& object, const char* key) {
  return object.value(key, "");
}
std::uint64_t number(const ordered_json& object, const char* key) {
  return object.value(key, std::uint64_t{0});
}

void print_text(const ordered_json& environments, const std::string& function) {
  if (environments.empty()) {
    std::cout << "no execution environments" << (function.empty() ? "" : " of " + function)
              << ": deploy a function with `lmi deploy`, or see in `lmi logs` why one did not start"
              << std::endl;
    return;
  }
  std::cout << std::left << std::setw(20) << "function" << std::setw(19) << "version" << std::setw(23)
            << "environment" << std::setw(12) << "zone" << std::setw(10) << "state" << std::right
            << std::setw(6) << "slots" << std::setw(9) << "at once" << std::setw(6) << "peak" << std::setw(13)
            << "invocations" << std::setw(14) << "left in /tmp" << '\n';
  for (const auto& environment : environments) {
    std::cout << std::left << std::setw(20) << text(environment, "functionName") << std::setw(19)
              << text(environment, "version") << std::setw(23) << text(environment, "id") << std::setw(12)
              << text(environment, "availabilityZone") << std::setw(10) << text(environment, "state")
              << std::right << std::setw(6) << number(environment, "slots") << std::setw(9)
              << number(environment, "inFlight") << std::setw(6) << number(environment, "peakInFlight")
              << std::setw(13) << number(environment, "invocations") << std::setw(14)
              << number(environment, "tmpEntries") << '\n';
  }
  std::cout.flush();
}

}  // namespace

Result<void> status(const StatusOptions& options) {
  auto http = connect(options.connection);
  if (!http) return http.error();
  auto response = (*http)->send({.path = "/_lmi/environments"});
  if (!response) return response.error();
  auto body = ordered_json::parse(response->body, nullptr, false);
  if (response->status != 200 || !body.is_object() || !body.contains("environments")) {
    return Failure{ExitCode::failed, (*http)->endpoint().url() + " does not show its environments",
                   "only the emulator does (`lmi up`)"};
  }
  if (!options.function.empty()) {
    ordered_json chosen = ordered_json::array();
    for (auto& environment : body["environments"]) {
      if (text(environment, "functionName") == options.function) chosen.push_back(std::move(environment));
    }
    body["environments"] = std::move(chosen);
  }
  if (options.connection.output == OutputFormat::json) {
    std::cout << body.dump() << std::endl;
  } else {
    print_text(body["environments"], options.function);
  }
  return {};
}

}  // namespace lmi::cli
