#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lmi::wire {

/// Which invocation an answer is for.
struct AnswerAddress {
  std::string_view request_id;
  std::string_view invocation_id;  ///< Echoed when not empty, never invented.
};

/// Writes the heads of the library's requests; bodies follow as they are. No I/O. Each member replaces `head`
/// and allocates only when it has to grow.
class RequestWriter {
 public:
  /// `authority` is host:port, for the Host header.
  explicit RequestWriter(std::string_view authority, std::string_view user_agent = "lmi-cpp/0.1.0");

  void next(std::string& head) const;
  /// An empty `content_type` means application/json.
  void response(const AnswerAddress& address, std::string_view content_type, std::size_t body_size,
                std::string& head) const;
  /// The head of a streamed answer; chunks (chunks.hpp) follow. An empty `content_type` means
  /// application/octet-stream.
  void streamed_response(const AnswerAddress& address, std::string_view content_type,
                         std::string& head) const;
  void error(const AnswerAddress& address, std::string_view error_type, std::size_t body_size,
             std::string& head) const;
  /// `xray_cause` may be empty: no header.
  void verbatim_error(const AnswerAddress& address, std::string_view error_type,
                      std::string_view content_type, std::string_view xray_cause, std::size_t body_size,
                      std::string& head) const;
  void init_error(std::string_view error_type, std::size_t body_size, std::string& head) const;
  /// `accept_features` is a comma list, e.g. "accountId"; empty: none.
  void register_extension(std::string_view name, std::string_view accept_features, std::size_t body_size,
                          std::string& head) const;
  void next_extension_event(std::string_view extension_id, std::string& head) const;
  void extension_init_error(std::string_view extension_id, std::string_view error_type, std::size_t body_size,
                            std::string& head) const;
  void extension_exit_error(std::string_view extension_id, std::string_view error_type, std::size_t body_size,
                            std::string& head) const;
  void subscribe_telemetry(std::string_view extension_id, std::size_t body_size, std::string& head) const;

 private:
  void post(std::string_view path, std::string& head) const;
  void answer(const AnswerAddress& address, std::string_view kind, std::string& head) const;
  void extension_error(std::string_view path, std::string_view extension_id, std::string_view error_type,
                       std::string& head) const;

  std::string host_lines_;  ///< Host and User-Agent, the same in every request.
  std::string next_;
};

/// Appends `text` with every byte that may not stand in a path segment written as %XX.
void append_path_segment(std::string& out, std::string_view text);

}  // namespace lmi::wire
