#pragma once

#include "http/exchange.hpp"
#include "model/api_error.hpp"
#include "model/names.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lmi::emulator::control_plane {

/// What an operation answers when it succeeds. x-amzn-RequestId is added when it is rendered.
struct Reply {
  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type = "application/json";
  std::string body;
};

Reply json_reply(unsigned status, const nlohmann::json& body);
Reply empty_reply(unsigned status);

/// Answers the caller, once.
using Respond = std::function<void(model::Result<Reply>)>;

/// Begins an answer whose body is streamed: `head.body` is not used. Instead of Respond, once.
using BeginStream = std::function<std::unique_ptr<http::BodyWriter>(Reply head)>;

/// One request, bound and validated: all an operation needs to know of it.
struct Call {
  nlohmann::json input;  ///< Members of the operation's input that were given.
  std::string payload;   ///< The body of operations whose body is not JSON members.
  model::Scope scope;
  std::string request_id;
  std::string trace_id;  ///< Of the X-Amzn-Trace-Id header, or made up.
  std::string host;      ///< The Host header: how the caller reaches the emulator.
  Respond respond;
  BeginStream begin_stream;

  /// A string member, or "" when it was not given.
  std::string text(const char* member) const { return input.value(member, std::string{}); }
  bool flag(const char* member) const { return input.value(member, false); }
};

}  // namespace lmi::emulator::control_plane
