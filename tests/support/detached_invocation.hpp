#pragma once

#include "invoke/invocation.hpp"

#include <string>

namespace lmi::test {

/// An Invocation without a platform, whose log lines go to `descriptor` (not owned).
class DetachedInvocation {
 public:
  explicit DetachedInvocation(int descriptor = -1)
      : log_writer_{
            std::make_shared<core::LogWriter>(core::LogFormat::json, core::LogLevel::info, descriptor)} {
    settings_.function_name = "orders";
    event.request_id = "id-1";
  }

  /// Begins with what `event` holds then.
  Context begin() {
    invocation_.begin(event);
    return invocation_.context();
  }

  wire::Reply event;

 private:
  core::Settings settings_;
  invoke::ScratchRoot scratch_{"/nonexistent"};
  invoke::DeadlineWatch deadlines_;
  invoke::Overruns overruns_{{}, 1, [] {}};
  std::shared_ptr<core::LogWriter> log_writer_;
  detail::Invocation invocation_{{settings_, log_writer_, scratch_, deadlines_, overruns_}};
};

}  // namespace lmi::test
