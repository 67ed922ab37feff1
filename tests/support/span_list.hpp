#pragma once

#include <lmi/span.hpp>
#include <mutex>
#include <vector>

namespace lmi::test {

/// Keeps what ends.
class SpanList final : public SpanSink {
 public:
  void take(SpanData&& span) noexcept override {
    const std::lock_guard lock{mutex_};
    spans_.push_back(std::move(span));
  }
  bool flush(std::chrono::milliseconds limit) override {
    const std::lock_guard lock{mutex_};
    flushes_.push_back(limit);
    return true;
  }

  [[nodiscard]] std::vector<SpanData> spans() const {
    const std::lock_guard lock{mutex_};
    return spans_;
  }
  [[nodiscard]] std::vector<std::chrono::milliseconds> flushes() const {
    const std::lock_guard lock{mutex_};
    return flushes_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<SpanData> spans_;
  std::vector<std::chrono::milliseconds> flushes_;
};

}  // namespace lmi::test
