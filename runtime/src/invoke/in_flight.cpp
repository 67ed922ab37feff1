#include "invoke/in_flight.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace lmi::invoke {
namespace {

template <std::size_t N>
std::uint16_t copy(std::string_view text, std::array<char, N>& out) noexcept {
  const auto length = std::min(text.size(), N);
  std::copy_n(text.begin(), length, out.begin());
  return static_cast<std::uint16_t>(length);
}

}  // namespace

static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<Stage>::is_always_lock_free,
              "the table is read by other processes");

void InFlightEntry::begin(std::string_view request_id, std::string_view invocation_id) noexcept {
  request_length_ = copy(request_id, request_id_);
  invocation_length_ = copy(invocation_id, invocation_id_);
  active_.store(true, std::memory_order_release);
  // Whoever looks after this process's end sees its writes in the order of its instructions; so that alone
  // has to be kept, for what follows too.
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

std::string_view InFlightEntry::arrived() const noexcept {
  return {arrival_.data(), ::strnlen(arrival_.data(), arrival_.size())};  // no header holds a zero
}

void InFlightEntry::clear() noexcept {
  arrival_.fill('\0');
  end();
  request_length_ = 0;
}

InFlightTable::InFlightTable(std::size_t slots)
    : slots_{slots}, bytes_{64 + sizeof(CrashRecord) + slots * sizeof(InFlightEntry)} {
  memory_ = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory_ == MAP_FAILED) throw std::bad_alloc{};
  auto* at = static_cast<std::byte*>(memory_);
  stage_ = new (at) std::atomic<Stage>{Stage::starting};
  at += 64;
  crash_ = new (at) CrashRecord{};
  at += sizeof(CrashRecord);
  entries_ = reinterpret_cast<InFlightEntry*>(at);
  for (std::size_t i = 0; i < slots; ++i) new (at + i * sizeof(InFlightEntry)) InFlightEntry{};
}

InFlightTable::~InFlightTable() {
  ::munmap(memory_, bytes_);
}

void InFlightTable::clear() noexcept {
  stage_->store(Stage::starting);
  new (crash_) CrashRecord{};
  for (auto& entry : entries()) entry.clear();
}

bool InFlightTable::used() const noexcept {
  const auto all = entries();
  return std::any_of(all.begin(), all.end(), [](const auto& entry) { return entry.used(); });
}

}  // namespace lmi::invoke
