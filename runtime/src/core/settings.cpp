#include "core/settings.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <stdexcept>

namespace lmi::core {
namespace {

constexpr auto api_variable = "AWS_LAMBDA_RUNTIME_API";
constexpr auto concurrency_variable = "AWS_LAMBDA_MAX_CONCURRENCY";
constexpr auto initialization_variable = "AWS_LAMBDA_INITIALIZATION_TYPE";
constexpr auto memory_variable = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
constexpr auto log_format_variable = "AWS_LAMBDA_LOG_FORMAT";
constexpr auto log_level_variable = "AWS_LAMBDA_LOG_LEVEL";

SettingsError malformed(std::string_view name, std::string_view value, std::string_view expected) {
  return {std::string{name} + " is \"" + std::string{value} + "\": expected " + std::string{expected}};
}

/// The whole of `text` as a number within [low, high], or nothing.
std::optional<unsigned> number_between(std::string_view text, unsigned low, unsigned high) {
  unsigned number = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc{} || stopped != end || number < low || number > high) return std::nullopt;
  return number;
}

std::string upper(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return result;
}

std::string not_inside_lambda(std::string_view program) {
  return std::string{api_variable} +
         " is not set: this program is a Lambda function and runs inside an execution environment.\n"
         "To run it on this machine, start the emulator in one terminal:\n"
         "    lmi up\n"
         "and deploy the program from another:\n"
         "    lmi deploy " +
         std::string{program} + " --name <function>";
}

boost::system::result<void, SettingsError> read_api(const std::string& value, Settings& settings) {
  const auto expected = "host:port, for example 127.0.0.1:9001";
  const auto colon = value.rfind(':');
  if (colon == std::string::npos || colon == 0) return malformed(api_variable, value, expected);

  auto host = value.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const auto unusable = [](char c) { return c <= ' ' || c == '/' || c == '@' || c == 0x7f; };
  const auto port = number_between(std::string_view{value}.substr(colon + 1), 1, 65535);
  if (!port || host.empty() || std::any_of(host.begin(), host.end(), unusable))
    return malformed(api_variable, value, expected);

  settings.api_host = std::move(host);
  settings.api_port = static_cast<std::uint16_t>(*port);
  return {};
}

boost::system::result<void, SettingsError> read_concurrency(const Lookup& lookup, Settings& settings) {
  const auto value = lookup(concurrency_variable);
  settings.managed_instances =
      value.has_value() || lookup(initialization_variable).value_or("") == "lambda-managed-instances";
  if (!value) return {};
  if (value->empty()) {
    // AWS's own emulator hands an empty value on to some runtimes; one slot is what it means by it.
    settings.warnings.push_back(std::string{concurrency_variable} + " is set but empty: using 1 slot");
    return {};
  }
  const auto slots = number_between(*value, 1, max_slots);
  if (!slots)
    return malformed(concurrency_variable, *value, "a whole number from 1 to " + std::to_string(max_slots));
  settings.slots = *slots;
  return {};
}

boost::system::result<void, SettingsError> read_logging(const Lookup& lookup, Settings& settings) {
  const auto format = lookup(log_format_variable).value_or("");
  const auto format_name = upper(format);
  if (!format_name.empty() && format_name != "JSON" && format_name != "TEXT")
    return malformed(log_format_variable, format, "JSON or Text");
  // Managed Instances have JSON logs only, whatever the variable says.
  const auto json = settings.managed_instances || format_name == "JSON";
  settings.log_format = json ? LogFormat::json : LogFormat::text;

  const auto level = lookup(log_level_variable).value_or("");
  if (level.empty()) return {};
  constexpr std::string_view names[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
  const auto* found = std::find(std::begin(names), std::end(names), upper(level));
  if (found == std::end(names))
    return malformed(log_level_variable, level, "TRACE, DEBUG, INFO, WARN, ERROR or FATAL");
  settings.log_level = static_cast<LogLevel>(found - std::begin(names));
  return {};
}

boost::system::result<void, SettingsError> read_function(const Lookup& lookup, Settings& settings) {
  settings.function_name = lookup("AWS_LAMBDA_FUNCTION_NAME").value_or("");
  settings.function_version = lookup("AWS_LAMBDA_FUNCTION_VERSION").value_or("");
  const auto memory = lookup(memory_variable).value_or("");
  if (memory.empty()) return {};
  const auto megabytes = number_between(memory, 1, 1U << 24);
  if (!megabytes) return malformed(memory_variable, memory, "the memory size in MB, a whole number");
  settings.memory_mb = *megabytes;
  return {};
}

}  // namespace

std::optional<std::string> from_environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread of ours starts
  if (value == nullptr) return std::nullopt;
  return value;
}

boost::system::result<Settings, SettingsError> read_settings(const Lookup& lookup, std::string_view program) {
  Settings settings;
  const auto api = lookup(api_variable);
  if (!api || api->empty()) return SettingsError{not_inside_lambda(program)};

  if (auto read = read_api(*api, settings); !read) return read.error();
  if (auto read = read_concurrency(lookup, settings); !read) return read.error();
  if (auto read = read_logging(lookup, settings); !read) return read.error();
  if (auto read = read_function(lookup, settings); !read) return read.error();
  return settings;
}

void throw_exception_from_error(const SettingsError& error, const boost::source_location& /*where*/) {
  throw std::logic_error{error.message};
}

}  // namespace lmi::core
