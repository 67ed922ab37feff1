#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lmi::test {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// A request as the server read it.
struct ApiRequest {
  std::string method;
  std::string path;
  Headers headers;
  std::string body;
  std::size_t connection = 0;  ///< Which connection it came over, counted from 0.
  bool chunked = false;        ///< The body came in chunks.
  std::size_t chunks = 0;
  Headers trailers{};

  [[nodiscard]] std::optional<std::string> trailer(std::string_view name) const;

  /// The value of a header, whatever the case of its name; nothing when it was not sent.
  [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
};

/// How a request is answered.
struct ApiReply {
  int status = 202;
  Headers headers{};
  std::string body = "{\"status\":\"OK\"}\n";
  bool chunked = false;
  bool no_reply = false;    ///< Close the connection instead.
  bool then_close = false;  ///< Say Connection: close, and do.
};

/// One invocation to hand to a poll.
struct ApiInvocation {
  std::string id{};
  std::string body = "{}";
  Headers headers{};  ///< Added to request id, deadline (in an hour) and ARN; replace those of the same name.
  bool chunked = false;
  bool then_close = false;
  std::size_t withheld = 0;  ///< So many bytes at its end are never written.
};

}  // namespace lmi::test
