#pragma once

#include "http_client.hpp"
#include "options.hpp"
#include "result.hpp"

#include <memory>
#include <string>

namespace lmi::cli {

/// A client for the endpoint the command line names, with the environment's credentials. Sends nothing yet.
Result<std::unique_ptr<HttpClient>> connect(const ConnectionOptions& options);

/// The event a --payload stands for: JSON text, "@file", or "-" for standard input. A failure when it is not
/// JSON.
Result<std::string> read_payload(const std::string& argument);

}  // namespace lmi::cli
