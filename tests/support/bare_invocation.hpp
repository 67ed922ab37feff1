#pragma once

#include "invoke/invocation.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace lmi::test {

/// Invocations without a slot or a platform around them, one after the other, for code that wants a Context.
/// Their log lines are kept.
class BareInvocation {
 public:
  explicit BareInvocation(std::string request_id = "id-1") {
    settings_.function_name = "orders";
    event.request_id = std::move(request_id);
  }
  ~BareInvocation() {
    if (begun_) invocation_.finish();
    ::close(log_);
  }
  BareInvocation(const BareInvocation&) = delete;
  BareInvocation& operator=(const BareInvocation&) = delete;

  /// The next one begins, with what `event` holds now.
  Context begin() {
    if (std::exchange(begun_, true)) invocation_.finish();
    invocation_.log().bind({.request_id = event.request_id, .trace_id = {}, .tenant_id = {}});
    invocation_.begin(event);
    return invocation_.context();
  }

  /// What was logged so far.
  [[nodiscard]] std::string log() const {
    std::string text;
    std::array<char, 4096> room{};
    for (;;) {
      const auto got = ::pread(log_, room.data(), room.size(), static_cast<off_t>(text.size()));
      if (got <= 0) return text;
      text.append(room.data(), static_cast<std::size_t>(got));
    }
  }
  [[nodiscard]] std::vector<std::string> log_lines() const {
    std::vector<std::string> lines;
    std::istringstream text{log()};
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }

  wire::Reply event;

 private:
  int log_ = ::memfd_create("log", MFD_CLOEXEC);
  bool begun_ = false;
  core::Settings settings_;
  invoke::ScratchRoot scratch_{std::filesystem::temp_directory_path()};
  invoke::DeadlineWatch deadlines_;
  invoke::Overruns overruns_{{}, 1, [] {}};
  detail::Invocation invocation_{
      {settings_, std::make_shared<core::LogWriter>(core::LogFormat::json, core::LogLevel::info, log_),
       scratch_, deadlines_, overruns_}};
};

}  // namespace lmi::test
