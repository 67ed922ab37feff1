#pragma once

#include "core/symbols.hpp"
#include "invoke/in_flight.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

namespace lmi::entry {

struct Crash {
  std::chrono::system_clock::time_point time;
  std::int32_t process;
  int signal;
  const invoke::CrashRecord* record;  ///< Null: it left none, as after SIGKILL.
  std::span<const invoke::InFlightEntry> in_flight;
};

/// "SIGSEGV", or "signal 42" into `space`. Async-signal-safe.
std::string_view signal_name(int signal, std::span<char> space) noexcept;

/// Writes one JSON line, newline included, about the end of a process:
/// {"timestamp","level":"FATAL","requestId"?,"message","process","requestIds":[…],"stackTrace":[…]}.
/// The message names the signal. What does not fit into `out` is left out, whole entries at a time. Returns
/// the line's length. Without `demangle` it is async-signal-safe: it neither allocates nor locks.
std::size_t write_crash_line(std::span<char> out, const Crash& crash, const core::Symbols& symbols,
                             bool demangle) noexcept;

}  // namespace lmi::entry
