#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace lmi::invoke {

/// Which invocation a slot works for, readable when the process can say nothing more: from a signal handler,
/// or, in memory that a supervisor shares, after its end.
///
/// From the moment the platform has written an event to when its answer is through, something shows it: first
/// the socket, whose unread bytes a supervisor's duplicate still has; then arrival(), where the slot
/// receives; then, before those bytes are overwritten, active().
///
/// Threads: the slot writes, anyone reads; a reader may meet a half-written id.
class InFlightEntry {
 public:
  /// Enough for the headers of an event, and for a small event.
  static constexpr std::size_t arrival_space = 8 * 1024;

  /// Identifiers longer than their field are cut; the platform's are 36 characters.
  void begin(std::string_view request_id, std::string_view invocation_id) noexcept;
  /// What arrival() holds is to be overwritten with zeros before, else it would look like another event.
  void end() noexcept { active_.store(false, std::memory_order_release); }
  /// As before the first begin().
  void clear() noexcept;

  /// Where the slot receives replies. Zeros where nothing has been received.
  [[nodiscard]] std::span<char> arrival() noexcept { return arrival_; }
  /// What has been received of a reply's header, as long as the invocation is not active.
  [[nodiscard]] std::string_view arrived() const noexcept;

  [[nodiscard]] bool active() const noexcept { return active_.load(std::memory_order_acquire); }
  /// Whether it ever began one.
  [[nodiscard]] bool used() const noexcept { return request_length_ > 0; }
  [[nodiscard]] std::string_view request_id() const noexcept { return {request_id_.data(), request_length_}; }
  [[nodiscard]] std::string_view invocation_id() const noexcept {
    return {invocation_id_.data(), invocation_length_};
  }

 private:
  std::array<char, 256> request_id_{};
  std::array<char, 128> invocation_id_{};
  std::uint16_t request_length_ = 0;
  std::uint16_t invocation_length_ = 0;
  std::atomic<bool> active_{false};
  std::array<char, arrival_space> arrival_{};
};

/// What a fatal signal found. Filled by its handler.
struct CrashRecord {
  static constexpr std::size_t most_frames = 64;

  std::atomic<bool> filled{false};
  int signal = 0;
  int code = 0;
  std::uintptr_t address = 0;  ///< What could not be accessed, for SIGSEGV and SIGBUS.
  std::int32_t slot = -1;      ///< Whose handler ran on the thread that crashed; -1: none, or a coroutine's.
  std::size_t frame_count = 0;
  std::array<void*, most_frames> frames{};
};

/// How far a process has come, for whoever has to decide after its end whether to start another.
enum class Stage : std::uint8_t {
  starting,  ///< Init, and starting the slots.
  serving,   ///< The slots poll, or try to.
  refused,   ///< The Runtime API is gone, or said to leave: another process would fare no better.
};

/// One process's slots and its end, in memory that children of the creator share with it.
///
/// Threads: as its parts. Not for two processes to write at a time.
class InFlightTable {
 public:
  /// Throws std::bad_alloc.
  explicit InFlightTable(std::size_t slots);
  ~InFlightTable();
  InFlightTable(const InFlightTable&) = delete;
  InFlightTable& operator=(const InFlightTable&) = delete;

  [[nodiscard]] std::span<InFlightEntry> entries() const noexcept { return {entries_, slots_}; }
  [[nodiscard]] CrashRecord& crash() const noexcept { return *crash_; }

  [[nodiscard]] std::atomic<Stage>& stage() const noexcept { return *stage_; }

  /// Whether any slot was ever given an event.
  [[nodiscard]] bool used() const noexcept;

  /// For another process to use.
  void clear() noexcept;

 private:
  std::size_t slots_;
  std::size_t bytes_;
  void* memory_;
  std::atomic<Stage>* stage_;
  CrashRecord* crash_;
  InFlightEntry* entries_;
};

}  // namespace lmi::invoke
