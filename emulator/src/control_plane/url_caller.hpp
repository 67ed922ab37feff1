#pragma once

#include "control_plane/invoke_reply.hpp"
#include "http/exchange.hpp"
#include "model/api_model.hpp"
#include "model/function_url.hpp"

#include <memory>
#include <optional>
#include <string>

namespace lmi::emulator::control_plane {

/// Who sent a request to a function URL, and how answers reach it. `model` outlives it.
struct UrlCaller {
  const model::ApiModel& model;
  http::ExchangePtr exchange;  // shared with the session
  std::string request_id;
  std::string trace_id{};
  std::string origin{};  ///< Of a web page; else empty.
  std::optional<model::UrlCors> cors{};
  bool in_path = false;  ///< The URL's id stood in the path.

  /// Answers, with the headers every answer of a function URL has.
  void respond(http::Response response) const;
  std::unique_ptr<http::BodyWriter> begin_response(http::Response head) const;

  /// An error found before the function ran, as the API tells it.
  void refuse(const model::ApiError& error) const;
  /// An outcome that is no success, before the response began.
  void fail(const InvokeContext& about, const InvokeReply& reply) const;

 private:
  void add_headers(http::Response& response) const;
};

}  // namespace lmi::emulator::control_plane
