#include "invoke/guard.hpp"

#include "wire/error_report.hpp"

#include <exception>
#include <new>

namespace lmi::invoke {

void describe_current_exception(detail::Outcome& outcome) noexcept {
  try {
    outcome.error = wire::describe(std::current_exception());
  } catch (const std::bad_alloc&) {
    outcome.error.emplace();
    outcome.error->type = "OutOfMemory";  // short enough to need no allocation
  }
}

}  // namespace lmi::invoke
