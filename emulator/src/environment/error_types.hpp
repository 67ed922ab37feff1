#pragma once

#include <string>
#include <string_view>

/// AWS's names for what goes wrong (runtime-api.md §4.5).
namespace lmi::emulator::environment::error_type {

inline constexpr const char* invalid_entrypoint = "Runtime.InvalidEntrypoint";
inline constexpr const char* invalid_working_dir = "Runtime.InvalidWorkingDir";
inline constexpr const char* exit_error = "Runtime.ExitError";
inline constexpr const char* out_of_memory = "Runtime.OutOfMemory";
inline constexpr const char* truncated_response = "Runtime.TruncatedResponse";
inline constexpr const char* invalid_response_mode = "Runtime.InvalidResponseModeHeader";
inline constexpr const char* unavailable = "Runtime.Unavailable";

inline constexpr const char* response_too_large = "Function.ResponseSizeTooLarge";

inline constexpr const char* timed_out = "Sandbox.Timedout";
inline constexpr const char* sandbox_failure = "Sandbox.Failure";

inline constexpr const char* extension_crash = "Extension.Crash";
inline constexpr const char* extension_launch_error = "Extension.LaunchError";
inline constexpr const char* permission_denied = "PermissionDenied";
inline constexpr const char* too_many_extensions = "TooManyExtensions";

inline constexpr const char* init_incomplete = "Client.InitIncomplete";
inline constexpr const char* duplicated_invoke_id = "Client.DuplicatedInvokeId";
inline constexpr const char* unhealthy = "Client.ExecutionEnvironmentUnhealthy";
inline constexpr const char* shut_down = "Client.ExecutionEnvironmentShutDown";

/// What the platform makes of a type that a runtime sent (§4.6): any text that contains
/// (Runtime|Function).[A-Z][a-zA-Z]+ stays whole, the rest is Function.Unknown or Runtime.Unknown.
std::string validated(std::string_view from_runtime);

/// The same for an extension: `fallback` unless it contains Extension.[A-Z][a-zA-Z]+.
std::string validated_extension(std::string_view from_extension, std::string_view fallback);

}  // namespace lmi::emulator::environment::error_type
