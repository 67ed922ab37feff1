#pragma once

#include "lmi/error.hpp"
#include "transport/endpoint.hpp"
#include "wire/requests.hpp"

namespace spdlog {
class logger;
}

namespace lmi::entry {

/// Tells the platform, within two seconds, and the log that initialisation failed. A platform that has been
/// told already is no error.
void report_init_error(const transport::Endpoint& endpoint, const wire::RequestWriter& writer,
                       spdlog::logger& log, const Error& error);

}  // namespace lmi::entry
