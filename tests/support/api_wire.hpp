#pragma once

#include "support/api_messages.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lmi::test {

/// The bytes of one connection of a ScriptedApi. The descriptor is not owned. Every member that reads gives
/// nothing, or false, once the peer has gone.
class ApiWire {
 public:
  explicit ApiWire(int descriptor) : descriptor_{descriptor} {}

  std::optional<ApiRequest> read_head();
  bool read_body(ApiRequest& request);
  /// A chunked one, and its trailers. `on_chunk` is called with each chunk; meanwhile nothing more is read.
  bool read_chunks(ApiRequest& request, const std::function<void(const std::string& chunk)>& on_chunk);

  /// Whether all was written.
  [[nodiscard]] bool write(const ApiInvocation& invocation) const;
  /// Whether the connection goes on.
  [[nodiscard]] bool write(const ApiReply& reply) const;

  /// Waits for `event`; false when the peer has closed or `stop` is signalled.
  [[nodiscard]] bool wait_for(int event, int stop) const;

 private:
  bool read_more();
  std::optional<std::string> read_line();
  std::optional<std::string> read_exactly(std::size_t size);
  [[nodiscard]] bool write(std::string_view text) const;

  int descriptor_;
  std::string buffer_;
};

}  // namespace lmi::test
