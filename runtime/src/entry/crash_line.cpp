#include "entry/crash_line.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <utility>

namespace lmi::entry {
namespace {

/// Text in memory of somebody else's, without allocation. What does not fit is dropped.
class Text {
 public:
  explicit Text(std::span<char> space) noexcept : space_{space} {}

  Text& operator<<(std::string_view text) noexcept {
    const auto count = std::min(text.size(), space_.size() - used_);
    std::copy_n(text.begin(), count, space_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ += count;
    return *this;
  }
  template <std::integral T>
  Text& number(T value, int base = 10, std::size_t width = 0) noexcept {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
    const auto length = static_cast<std::size_t>(end - digits.data());
    for (auto missing = width; missing > length; --missing) *this << "0";
    return *this << std::string_view{digits.data(), length};
  }
  /// As the inside of a JSON string; what is not printable ASCII becomes '?'.
  Text& quoted(std::string_view text) noexcept {
    for (const char c : text) {
      if (c == '"' || c == '\\') *this << "\\";
      const bool printable = c >= ' ' && c <= '~';
      *this << (printable ? std::string_view{&c, 1} : std::string_view{"?"});
    }
    return *this;
  }

  [[nodiscard]] std::size_t used() const noexcept { return used_; }
  [[nodiscard]] std::size_t left() const noexcept { return space_.size() - used_; }
  void back_to(std::size_t used) noexcept { used_ = used; }

 private:
  std::span<char> space_;
  std::size_t used_ = 0;
};

constexpr std::array<std::pair<int, std::string_view>, 9> names{{{SIGSEGV, "SIGSEGV"},
                                                                 {SIGBUS, "SIGBUS"},
                                                                 {SIGFPE, "SIGFPE"},
                                                                 {SIGILL, "SIGILL"},
                                                                 {SIGABRT, "SIGABRT"},
                                                                 {SIGKILL, "SIGKILL"},
                                                                 {SIGTERM, "SIGTERM"},
                                                                 {SIGSYS, "SIGSYS"},
                                                                 {SIGTRAP, "SIGTRAP"}}};

void append_time(Text& line, std::chrono::system_clock::time_point time) noexcept {
  // Calendar arithmetic of the library rather than gmtime_r(), which may take a lock.
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::milliseconds>(time - days)};
  line.number(static_cast<int>(date.year()), 10, 4) << "-";
  line.number(static_cast<unsigned>(date.month()), 10, 2) << "-";
  line.number(static_cast<unsigned>(date.day()), 10, 2) << "T";
  line.number(clock.hours().count(), 10, 2) << ":";
  line.number(clock.minutes().count(), 10, 2) << ":";
  line.number(clock.seconds().count(), 10, 2) << ".";
  line.number(clock.subseconds().count(), 10, 3) << "Z";
}

void append_function(Text& line, std::string_view name, bool demangle) noexcept {
  if (demangle) {
    // A name from a symbol table ends with a NUL.
    int failed = 0;
    const std::unique_ptr<char, decltype(&std::free)> readable{
        abi::__cxa_demangle(name.data(), nullptr, nullptr, &failed), &std::free};
    if (failed == 0 && readable) {
      line.quoted(readable.get());
      return;
    }
  }
  line.quoted(name);
}

void append_frame(Text& line, std::uintptr_t address, const core::Symbols& symbols, bool demangle) noexcept {
  const auto place = symbols.find(address);
  if (place.function.empty()) {
    line << "0x";
    line.number(address, 16);
  } else {
    append_function(line, place.function, demangle);
  }
  line << "+0x";
  line.number(place.offset, 16) << " (";
  line.quoted(place.module.empty() ? std::string_view{"unknown"} : place.module) << ")";
}

void append_message(Text& line, const Crash& crash) noexcept {
  std::array<char, 32> space{};
  line << "runtime.crashed signal=" << signal_name(crash.signal, space);
  if (crash.record == nullptr || (crash.signal != SIGSEGV && crash.signal != SIGBUS)) return;
  line << " address=0x";
  line.number(crash.record->address, 16);
}

}  // namespace

std::string_view signal_name(int signal, std::span<char> space) noexcept {
  for (const auto& [number, name] : names)
    if (number == signal) return name;
  Text text{space};
  text << "signal ";
  text.number(signal);
  return {space.data(), text.used()};
}

std::size_t write_crash_line(std::span<char> out, const Crash& crash, const core::Symbols& symbols,
                             bool demangle) noexcept {
  constexpr std::string_view ending = "]}\n";
  constexpr std::size_t reserve = 64;  // for what closes the line
  Text line{out.first(out.size() - ending.size())};
  line << "{\"timestamp\":\"";
  append_time(line, crash.time);
  line << "\",\"level\":\"FATAL\",";
  if (crash.record != nullptr && crash.record->slot >= 0 &&
      static_cast<std::size_t>(crash.record->slot) < crash.in_flight.size()) {
    line << "\"requestId\":\"";
    line.quoted(crash.in_flight[static_cast<std::size_t>(crash.record->slot)].request_id()) << "\",";
  }
  line << "\"message\":\"";
  append_message(line, crash);
  line << "\",\"process\":";
  line.number(crash.process) << ",\"requestIds\":[";
  bool first = true;
  for (const auto& entry : crash.in_flight) {
    if (!entry.active()) continue;
    const auto before = line.used();
    line << (std::exchange(first, false) ? "\"" : ",\"");
    line.quoted(entry.request_id()) << "\"";
    if (line.left() < out.size() / 2) {  // the other half is for the back-trace
      line.back_to(before);
      break;
    }
  }
  line << "],\"stackTrace\":[";
  first = true;
  const auto frames = crash.record == nullptr ? 0 : crash.record->frame_count;
  for (std::size_t i = 0; i < frames; ++i) {
    const auto before = line.used();
    line << (std::exchange(first, false) ? "\"" : ",\"");
    append_frame(line, reinterpret_cast<std::uintptr_t>(crash.record->frames.at(i)), symbols, demangle);
    line << "\"";
    if (line.left() < reserve) {
      line.back_to(before);
      break;
    }
  }
  const auto used = line.used();
  std::copy(ending.begin(), ending.end(), out.begin() + static_cast<std::ptrdiff_t>(used));
  return used + ending.size();
}

}  // namespace lmi::entry
