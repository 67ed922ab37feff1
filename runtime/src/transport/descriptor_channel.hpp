#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <system_error>
#include <utility>

namespace lmi::transport {

/// The end of a channel to another process through which it is given duplicates of this one's descriptors.
///
/// Threads: send() from any. Lifetime: owns its end.
class DescriptorSender {
 public:
  explicit DescriptorSender(int end) noexcept : end_{end} {}
  ~DescriptorSender();
  DescriptorSender(DescriptorSender&& other) noexcept : end_{std::exchange(other.end_, -1)} {}
  DescriptorSender& operator=(DescriptorSender&&) = delete;

  /// `descriptor` stays this process's too. Waits for room for 50 ms at most.
  [[nodiscard]] std::error_code send(std::uint32_t tag, int descriptor) const noexcept;

 private:
  int end_;
};

/// Threads: one owner. Lifetime: owns its end.
class DescriptorReceiver {
 public:
  explicit DescriptorReceiver(int end) noexcept : end_{end} {}
  ~DescriptorReceiver() { close(); }
  DescriptorReceiver(DescriptorReceiver&& other) noexcept : end_{std::exchange(other.end_, -1)} {}
  DescriptorReceiver& operator=(DescriptorReceiver&& other) noexcept;

  struct Received {
    std::uint32_t tag = 0;
    int descriptor = -1;  ///< The receiver's, to be closed by it. -1: this process may not have more.
  };
  /// What has been sent; nothing when there is no more now. Closed once the other end is.
  [[nodiscard]] std::optional<Received> receive() noexcept;

  /// To wait on; -1 when closed.
  [[nodiscard]] int descriptor() const noexcept { return end_; }

 private:
  void close() noexcept;

  int end_;
};

/// Both ends, to be parted by fork(). Throws std::system_error.
std::pair<DescriptorSender, DescriptorReceiver> make_descriptor_channel();

}  // namespace lmi::transport
