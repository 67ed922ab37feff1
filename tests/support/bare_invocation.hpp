#pragma once

#include "invoke/invocation.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <memory>
#include <string>

namespace lmi::test {

/// An invocation without a slot around it, for code that wants a Context. Its log lines are kept.
class BareInvocation {
 public:
  explicit BareInvocation(std::string request_id = "bare-request") {
    event_.request_id = std::move(request_id);
    invocation_.begin(event_);
    invocation_.log().bind({.request_id = event_.request_id, .trace_id = {}, .tenant_id = {}});
  }
  ~BareInvocation() {
    invocation_.log().unbind();
    invocation_.finish();
    ::close(log_);
  }
  BareInvocation(const BareInvocation&) = delete;
  BareInvocation& operator=(const BareInvocation&) = delete;

  [[nodiscard]] Context context() { return invocation_.context(); }

  /// All that was logged so far.
  [[nodiscard]] std::string log() const {
    std::string text;
    std::array<char, 4096> room{};
    for (off_t at = 0;; at = static_cast<off_t>(text.size())) {
      const auto got = ::pread(log_, room.data(), room.size(), at);
      if (got <= 0) return text;
      text.append(room.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  int log_ = ::memfd_create("log", MFD_CLOEXEC);
  core::Settings settings_;
  invoke::ScratchRoot scratch_{std::filesystem::temp_directory_path()};
  invoke::DeadlineWatch deadlines_;
  invoke::Overruns overruns_{{}, 1, [] {}};
  wire::Reply event_;
  detail::Invocation invocation_{
      {settings_, std::make_shared<core::LogWriter>(core::LogFormat::json, core::LogLevel::info, log_),
       scratch_, deadlines_, overruns_}};
};

}  // namespace lmi::test
