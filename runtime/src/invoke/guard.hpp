#pragma once

#include "lmi/detail/handler.hpp"

namespace lmi::invoke {

/// To be called where a handler's exception is caught: puts it into `outcome` as the invocation's error.
/// Never throws: when not even the description can be made, the error says that memory ran out.
void describe_current_exception(detail::Outcome& outcome) noexcept;

}  // namespace lmi::invoke
