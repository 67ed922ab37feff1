#pragma once

#include "control_plane/url_caller.hpp"
#include "control_plane/url_response.hpp"
#include "control_plane/version_host.hpp"
#include "http/body_sink.hpp"

#include <memory>
#include <string>

namespace lmi::emulator::control_plane {

/// The answer to one request to a function URL with InvokeMode RESPONSE_STREAM: what the function streams
/// goes out as it comes. A prelude becomes status and headers; without one it is a 200 with the function's
/// content type. An answer that is not streamed is not interpreted either: so does AWS, seen by LocalStack's
/// tests.
///
/// Once the response has begun a failure can only be shown by breaking it off (ours: AWS's way is not known).
class UrlStream final : public http::BodySink {
 public:
  UrlStream(UrlCaller caller, InvokeContext about) : caller_{std::move(caller)}, about_{std::move(about)} {}

  void begin(const std::string& content_type) override;
  void piece(std::string bytes, http::More more) override;

  /// The outcome; last.
  void end(const InvokeReply& reply);

 private:
  enum class State {
    waiting,     ///< Nothing has come.
    in_prelude,  ///< Streaming, status and headers not known yet.
    open,        ///< The response has begun.
    answered,    ///< By an error instead; what still comes is dropped.
  };

  void open(http::Response head);
  void read_prelude(const std::string& bytes, http::More more);

  UrlCaller caller_;
  InvokeContext about_;
  State state_ = State::waiting;
  PreludeReader prelude_;
  std::unique_ptr<http::BodyWriter> writer_;  // while open
};

}  // namespace lmi::emulator::control_plane
