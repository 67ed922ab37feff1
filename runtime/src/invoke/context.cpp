#include "lmi/context.hpp"

#include "invoke/invocation.hpp"

namespace lmi {

std::string_view Context::request_id() const noexcept {
  return invocation_->event().request_id;
}
std::string_view Context::function_arn() const noexcept {
  return invocation_->event().function_arn;
}
std::string_view Context::trace_id() const noexcept {
  return invocation_->event().trace_id;
}
std::string_view Context::client_context() const noexcept {
  return invocation_->event().client_context;
}
std::string_view Context::cognito_identity() const noexcept {
  return invocation_->event().cognito_identity;
}
std::string_view Context::tenant_id() const noexcept {
  return invocation_->event().tenant_id;
}
std::string_view Context::function_name() const noexcept {
  return invocation_->settings().function_name;
}
std::string_view Context::function_version() const noexcept {
  return invocation_->settings().function_version;
}
unsigned Context::memory_limit_mb() const noexcept {
  return invocation_->settings().memory_mb;
}

std::chrono::steady_clock::time_point Context::deadline() const noexcept {
  return invocation_->deadline();
}

std::chrono::milliseconds Context::remaining() const noexcept {
  return std::chrono::floor<std::chrono::milliseconds>(deadline() - std::chrono::steady_clock::now());
}

std::stop_token Context::stop_token() const {
  return invocation_->stop_token();
}
const std::filesystem::path& Context::scratch() const {
  return invocation_->scratch();
}
spdlog::logger& Context::log() const noexcept {
  return invocation_->log();
}

}  // namespace lmi
