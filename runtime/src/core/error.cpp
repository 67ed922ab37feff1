#include "lmi/error.hpp"

namespace lmi {

void throw_exception_from_error(const Error& error, const boost::source_location& /*where*/) {
  throw error;
}

}  // namespace lmi
