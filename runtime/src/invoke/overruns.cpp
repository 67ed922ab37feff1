#include "invoke/overruns.hpp"

#include "wire/error_report.hpp"

#include <exception>

namespace lmi::invoke {

void Overruns::began(Context& context, core::RequestLogger& log) {
  const auto held = ++held_;
  log.warn("invoke.overrun held={} slots={} in_all={}", held, slots_, ++in_all_);
  if (policy_.on_overrun) {
    try {
      policy_.on_overrun(context);
    } catch (...) {
      const auto error = wire::describe(std::current_exception());
      log.error("invoke.overrun_hook_failed type={} message=\"{}\"", error.type, error.message);
    }
  }
  if (static_cast<double>(held) <= policy_.replace_above * static_cast<double>(slots_)) return;
  if (told_.exchange(true)) return;
  log.critical("runtime.too_many_overruns held={} slots={} consequence=\"the environment is given up\"", held,
               slots_);
  too_many_();
}

void Overruns::ended(core::RequestLogger& log, std::chrono::steady_clock::duration late) {
  --held_;
  log.info("invoke.overrun_ended late_ms={}", std::chrono::ceil<std::chrono::milliseconds>(late).count());
}

}  // namespace lmi::invoke
