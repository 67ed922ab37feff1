#include "lmi/stream.hpp"

#include "invoke/stream_prelude.hpp"
#include "lmi/detail/handler.hpp"

#include <stdexcept>

namespace lmi {

void ResponseStream::content_type(std::string type) {
  invoke::set_stream_type(*outcome_, std::move(type));
}

void ResponseStream::begin_http(const HttpPrelude& prelude) {
  const auto bytes = invoke::http_prelude(prelude);
  content_type(std::string{invoke::http_integration_type});
  write(bytes);
}

void ResponseStream::write(std::string_view bytes) {
  std::error_code failure;
  outcome_->stream_started = true;
  outcome_->port->write(bytes, [&failure](std::error_code result) { failure = result; });
  if (failure) throw invoke::stream_closed(failure);
}

bool ResponseStream::started() const noexcept {
  return outcome_->stream_started;
}

}  // namespace lmi
