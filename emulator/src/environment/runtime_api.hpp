#pragma once

#include "http/exchange.hpp"

#include <string>
#include <string_view>

namespace lmi::emulator::environment {

/// What a request to an environment's listener asks for.
enum class Endpoint {
  ping,
  next,
  response,
  invocation_error,
  init_error,
  extension_register,
  extension_next,
  extension_init_error,
  extension_exit_error,
  telemetry,
  method_not_allowed,
  not_found,
};

struct Action {
  Endpoint endpoint = Endpoint::not_found;
  std::string request_id;  ///< Of response and invocation_error, percent-decoded.
};

/// Finds the action by method and path alone. Pure.
Action to_action(std::string_view method, std::string_view target);

/// False for a request that a web page made a browser send: a page must not be able to take invocations.
/// Runtimes send no Origin, and as Host the loopback address they were given.
bool comes_from_a_runtime(const http::Headers& headers);

}  // namespace lmi::emulator::environment
