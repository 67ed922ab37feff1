#include "load/payloads.hpp"

#include "connect.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace lmi::cli::load {

namespace fs = std::filesystem;

Result<Payloads> read_payloads(const LoadOptions& options) {
  Payloads payloads;
  if (options.payload_directory.empty()) {
    auto body = read_payload(options.payload);
    if (!body) return body.error();
    payloads.names.emplace_back("payload");
    payloads.bodies.push_back(std::move(*body));
    return payloads;
  }

  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it{options.payload_directory, error}, end; !error && it != end;
       it.increment(error)) {
    if (it->is_regular_file()) files.push_back(it->path());
  }
  if (error) {
    return Failure{ExitCode::usage,
                   "cannot read '" + options.payload_directory.string() + "': " + error.message(),
                   "name a directory with one JSON event in each file"};
  }
  if (files.empty()) {
    return Failure{ExitCode::usage, "'" + options.payload_directory.string() + "' has no files",
                   "put one JSON event in each file"};
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    auto body = read_payload("@" + file.string());
    if (!body) return body.error();
    payloads.names.push_back(file.stem().string());
    payloads.bodies.push_back(std::move(*body));
  }
  return payloads;
}

}  // namespace lmi::cli::load
