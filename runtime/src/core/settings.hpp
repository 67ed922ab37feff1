#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::core {

enum class LogFormat { json, text };
enum class LogLevel { trace, debug, info, warn, error, fatal };

/// Everything this process was told by its environment. Read once, at start, on one thread: nothing else in
/// the library calls getenv.
struct Settings {
  std::string api_host;        ///< A name or an address, without brackets.
  std::uint16_t api_port = 0;  ///< Never 0 in a valid Settings.

  unsigned slots = 1;              ///< AWS_LAMBDA_MAX_CONCURRENCY: polls held open, 1 … max_slots.
  bool managed_instances = false;  ///< Many invocations a process; false is standard Lambda.

  LogFormat log_format = LogFormat::json;
  LogLevel log_level = LogLevel::info;

  std::string function_name;
  std::string function_version;
  unsigned memory_mb = 0;  ///< 0: unknown.

  std::vector<std::string> warnings;  ///< To be logged once logging works.
};

/// Managed Instances allow 64 a vCPU; this is far above what one environment is given, and a wrong value that
/// asks for more threads than a process can have is caught here.
inline constexpr unsigned max_slots = 1600;

/// Why the environment cannot be used, for stderr: names the variable, its value and what was expected.
struct SettingsError {
  std::string message;
};

/// Reads one variable; nothing when it is not set. A set but empty variable is an empty string.
using Lookup = std::function<std::optional<std::string>(const char* name)>;

/// The process environment.
std::optional<std::string> from_environment(const char* name);

/// `program` is named in the advice that is given when the Runtime API's address is missing.
boost::system::result<Settings, SettingsError> read_settings(const Lookup& lookup, std::string_view program);

/// Found by result::value(): reading settings that are not there is a bug.
[[noreturn]] void throw_exception_from_error(const SettingsError& error, const boost::source_location& where);

}  // namespace lmi::core
