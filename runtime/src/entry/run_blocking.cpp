#include "entry/session.hpp"
#include "invoke/blocking_engine.hpp"
#include "lmi/run.hpp"
#include "middleware/chain.hpp"

namespace lmi::detail {

int run_blocking(BlockingFunction handler, RunOptions options) {
  return entry::serve(options, [&handler](const invoke::EngineParts& parts, const RunOptions& given) {
    return std::make_unique<invoke::BlockingEngine>(parts,
                                                    middleware::around(std::move(handler), given.middleware));
  });
}

}  // namespace lmi::detail
