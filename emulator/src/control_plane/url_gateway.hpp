#pragma once

#include "control_plane/url_address.hpp"
#include "http/exchange.hpp"
#include "model/api_model.hpp"

#include <string>

namespace lmi::emulator::control_plane {

struct Services;

/// Function URLs at work: a request to one becomes an invocation, and the answer its response.
///
/// Threads:  loop thread only.
/// Lifetime: services and model outlive it and every request.
class UrlGateway {
 public:
  UrlGateway(Services& services, const model::ApiModel& model) : services_{services}, model_{model} {}

  void handle(http::ExchangePtr exchange, UrlAddress address, const std::string& request_id);

 private:
  struct Request;
  void body_arrived(Request request, const http::Body& body);

  Services& services_;
  const model::ApiModel& model_;
};

}  // namespace lmi::emulator::control_plane
