#include "environment/runtime_api.hpp"

#include <array>
#include <charconv>

namespace lmi::emulator::environment {
namespace {

struct Route {
  std::string_view path;
  std::string_view method;
  Endpoint endpoint;
};

constexpr std::array routes{
    Route{"/2018-06-01/ping", "GET", Endpoint::ping},
    Route{"/2018-06-01/runtime/invocation/next", "GET", Endpoint::next},
    Route{"/2018-06-01/runtime/init/error", "POST", Endpoint::init_error},
    Route{"/2020-01-01/extension/register", "POST", Endpoint::extension_register},
    Route{"/2020-01-01/extension/event/next", "GET", Endpoint::extension_next},
    Route{"/2020-01-01/extension/init/error", "POST", Endpoint::extension_init_error},
    Route{"/2020-01-01/extension/exit/error", "POST", Endpoint::extension_exit_error},
    Route{"/2022-07-01/telemetry", "PUT", Endpoint::telemetry},
};

constexpr std::string_view invocation_prefix = "/2018-06-01/runtime/invocation/";

std::string percent_decoded(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      plain.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      plain.push_back(text[i]);
    }
  }
  return plain;
}

/// "/{id}/response" and "/{id}/error" below the invocation prefix.
Action to_answer(std::string_view method, std::string_view rest) {
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos || slash == 0) return {};
  const auto verb = rest.substr(slash + 1);
  if (verb != "response" && verb != "error") return {};
  if (method != "POST") return {.endpoint = Endpoint::method_not_allowed, .request_id = {}};
  return {.endpoint = verb == "response" ? Endpoint::response : Endpoint::invocation_error,
          .request_id = percent_decoded(rest.substr(0, slash))};
}

}  // namespace

Action to_action(std::string_view method, std::string_view target) {
  const auto path = target.substr(0, target.find('?'));
  for (const auto& route : routes) {
    if (route.path != path) continue;
    return {.endpoint = route.method == method ? route.endpoint : Endpoint::method_not_allowed,
            .request_id = {}};
  }
  if (path.starts_with(invocation_prefix)) return to_answer(method, path.substr(invocation_prefix.size()));
  return {};
}

bool comes_from_a_runtime(const http::Headers& headers) {
  if (headers.find("Origin") != nullptr) return false;
  const auto host = headers.get("Host");
  const auto name = host.substr(0, host.find(':'));
  return name.empty() || name == "127.0.0.1" || name == "localhost";
}

}  // namespace lmi::emulator::environment
