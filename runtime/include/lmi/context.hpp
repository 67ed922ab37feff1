#pragma once

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string_view>

namespace spdlog {
class logger;
}

namespace lmi {

namespace detail {
class Invocation;
}

/// What the platform says about one invocation, and what belongs to it alone.
///
/// A handle: copying it copies one pointer.
///
/// Threads:  every member may be called from any thread, at the same time.
/// Lifetime: the handle, and everything it returns by reference or view, is valid until the handler returns
///           (a coroutine: finishes). Work that outlives its handler must not keep it.
/// Time:     deadlines are on the steady clock; a wall-clock jump does not move them.
class Context {
 public:
  /// Opaque, unique per invocation but not per attempt: an event delivered twice keeps its id.
  [[nodiscard]] std::string_view request_id() const noexcept;

  /// The ARN that was invoked: it may name a version or an alias.
  [[nodiscard]] std::string_view function_arn() const noexcept;

  /// The X-Ray trace header of this invocation, empty when there is none. With many invocations in one
  /// process there is no _X_AMZN_TRACE_ID variable: hand this to whatever makes downstream calls.
  [[nodiscard]] std::string_view trace_id() const noexcept;

  /// JSON text from the mobile SDK's client context, empty when there is none.
  [[nodiscard]] std::string_view client_context() const noexcept;

  /// JSON text {"cognitoIdentityId":…,"cognitoIdentityPoolId":…}, empty when there is none.
  [[nodiscard]] std::string_view cognito_identity() const noexcept;

  /// The tenant this invocation belongs to, empty when there is none.
  [[nodiscard]] std::string_view tenant_id() const noexcept;

  /// From the environment, the same for every invocation of this process.
  [[nodiscard]] std::string_view function_name() const noexcept;
  [[nodiscard]] std::string_view function_version() const noexcept;
  [[nodiscard]] unsigned memory_limit_mb() const noexcept;  ///< 0 when the environment does not say.

  /// When the platform stops waiting for the answer. time_point::max() when it did not say.
  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const noexcept;

  /// Time left until deadline(); zero or less once it has passed. The caller has its time-out answer by then,
  /// and this handler still holds its slot.
  [[nodiscard]] std::chrono::milliseconds remaining() const noexcept;

  /// Requested at the deadline, and when the drain budget of a shutdown is used up.
  /// The first call creates it; an invocation that never asks pays nothing.
  /// Stop callbacks run on a library thread: keep them short.
  [[nodiscard]] std::stop_token stop_token() const;

  /// An empty directory of this invocation's own under the temporary directory, created by the first call
  /// and removed with everything in it once the handler is done, however it ends.
  /// Throws std::filesystem::filesystem_error when it cannot be created.
  [[nodiscard]] const std::filesystem::path& scratch() const;

  /// Writes lines that carry this invocation's request id and trace id. Include <lmi/log.hpp> to use it.
  [[nodiscard]] spdlog::logger& log() const noexcept;

 private:
  friend class detail::Invocation;
  explicit Context(detail::Invocation& invocation) noexcept : invocation_{&invocation} {}

  detail::Invocation* invocation_;
};

}  // namespace lmi
