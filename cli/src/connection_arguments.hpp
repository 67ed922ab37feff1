#pragma once

#include "options.hpp"

namespace CLI {
class App;
}

namespace lmi::cli {

/// --output.
void add_output(CLI::App& command, OutputFormat& output);

/// --endpoint, --region and --output: of every command that talks to an endpoint.
void add_connection(CLI::App& command, ConnectionOptions& connection);

}  // namespace lmi::cli
