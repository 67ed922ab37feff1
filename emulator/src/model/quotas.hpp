#pragma once

#include <cstddef>
#include <cstdint>

/// Limits of the service, each with its source.
namespace lmi::emulator::model::quotas {

// Recorded from the service's refusals.
inline constexpr std::size_t request_bytes =
    70167211;  ///< CreateFunction and UpdateFunctionCode, whole body.
inline constexpr std::uint64_t zipped_package_bytes = 52428800;     ///< 50 MiB.
inline constexpr std::uint64_t unzipped_package_bytes = 262144000;  ///< 250 MiB.
inline constexpr std::size_t function_name_length = 64;
inline constexpr std::size_t environment_bytes = 4096;  ///< Of the variables as JSON text.
inline constexpr std::size_t tags_per_resource = 50;
inline constexpr std::size_t layers_per_function = 5;

// AWS documentation.
inline constexpr std::size_t sync_payload_bytes = 6291456;   ///< 6 MiB, in and out.
inline constexpr std::size_t event_payload_bytes = 1048576;  ///< 1 MiB: asynchronous invocations.
inline constexpr unsigned managed_memory_mb_min = 2048;
inline constexpr unsigned managed_memory_mb_max = 32768;
inline constexpr unsigned default_memory_mb_min = 128;
inline constexpr unsigned default_memory_mb_max = 10240;
inline constexpr unsigned managed_concurrency_per_vcpu_max = 64;
inline constexpr std::size_t capacity_providers = 1000;  ///< Per account.
inline constexpr std::size_t versions_per_capacity_provider = 100;
inline constexpr unsigned account_concurrency = 1000;             ///< Of a new account, default functions.
inline constexpr unsigned unreserved_concurrency_min = 100;       ///< What reservations must leave over.
inline constexpr std::size_t policy_bytes = 20480;                ///< Of a function's resource policy.
inline constexpr std::uint64_t account_code_bytes = 80530636800;  ///< 75 GiB.

// Ours: everything else a request may carry.
inline constexpr std::size_t other_request_bytes = 6291456;
inline constexpr std::size_t package_entries = 100000;  ///< Files and directories of a package.

}  // namespace lmi::emulator::model::quotas
