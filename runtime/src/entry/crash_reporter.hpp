#pragma once

#include "core/symbols.hpp"
#include "invoke/in_flight.hpp"

#include <array>
#include <csignal>

namespace lmi::entry {

/// While one exists, a fatal signal (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) leaves a record in the table
/// and then, unless a supervisor does that, one JSON line on `descriptor`; after that the signal takes its
/// course. A signal somebody else handles already, e.g. a sanitizer, is left alone. At most one at a time.
class CrashReporter {
 public:
  enum class Output { line, record_only };

  /// `table` must outlive it. -1: no descriptor.
  CrashReporter(invoke::InFlightTable& table, Output output, int descriptor);
  ~CrashReporter();
  CrashReporter(const CrashReporter&) = delete;
  CrashReporter& operator=(const CrashReporter&) = delete;

 private:
  static constexpr std::array signals{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

  static void on_signal(int signal, siginfo_t* info, void* context);
  void report(int signal, const siginfo_t& info, const void* context) noexcept;

  invoke::InFlightTable& table_;
  const Output output_;
  const int descriptor_;
  const core::Symbols symbols_;
  std::array<bool, signals.size()> ours_{};
  std::array<char, 32 * 1024> line_{};
};

}  // namespace lmi::entry
