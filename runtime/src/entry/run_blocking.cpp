#include "entry/session.hpp"
#include "invoke/blocking_engine.hpp"
#include "lmi/run.hpp"

namespace lmi::detail {

int run_blocking(BlockingFunction handler, RunOptions options) {
  return entry::serve(options, [&handler](const invoke::EngineParts& parts, const RunOptions& /*options*/) {
    return std::make_unique<invoke::BlockingEngine>(parts, std::move(handler));
  });
}

}  // namespace lmi::detail
