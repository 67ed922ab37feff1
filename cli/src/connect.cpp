#include "connect.hpp"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <fstream>
#include <iostream>
#include <iterator>
#include <system_error>

namespace lmi::cli {

Result<std::unique_ptr<HttpClient>> connect(const ConnectionOptions& options) {
  auto endpoint = parse_endpoint(options.endpoint, options.region);
  if (!endpoint) return endpoint.error();
  return std::make_unique<HttpClient>(*endpoint, credentials_from_environment());
}

Result<std::string> read_payload(const std::string& argument) {
  std::string text = argument;
  std::string source = "the payload";
  if (argument == "-") {
    text.assign(std::istreambuf_iterator<char>{std::cin}, std::istreambuf_iterator<char>{});
    source = "standard input";
  } else if (!argument.empty() && argument.front() == '@') {
    const std::string path = argument.substr(1);
    std::ifstream file{path, std::ios::binary};
    if (!file) {
      return Failure{ExitCode::usage, "cannot read '" + path + "': " + std::generic_category().message(errno),
                     "give the path of a file with the event after the @: --payload @event.json"};
    }
    text.assign(std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{});
    source = "'" + path + "'";
  }
  if (!text.empty() && !nlohmann::json::accept(text)) {
    return Failure{
        ExitCode::usage, source + " is not JSON, and Lambda takes nothing else",
        R"(quote it for the shell: --payload '{"key":"value"}', or put it in a file: --payload @event.json)"};
  }
  return text;
}

}  // namespace lmi::cli
