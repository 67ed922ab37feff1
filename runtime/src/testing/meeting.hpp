#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace lmi::testing {

/// Where invocations that run at once wait for each other.
/// Threads: any.
class Meeting {
 public:
  explicit Meeting(std::chrono::milliseconds patience) noexcept : patience_{patience} {}

  /// From now on `expected` take part. `points`: whether point() holds them. To be called while nobody does.
  void begin(std::size_t expected, bool points);

  /// Waits until all have come. Everybody who arrives has to leave().
  void arrive();
  void leave();

  /// Waits until everybody who has not left waits here too, or for as long as patience lasts.
  void point();

  [[nodiscard]] std::size_t meetings() const;
  [[nodiscard]] std::size_t missed() const;

 private:
  void meet();
  void open();

  const std::chrono::milliseconds patience_;
  mutable std::mutex mutex_;
  std::condition_variable opened_;
  bool points_ = false;
  std::size_t expected_ = 0;
  std::size_t inside_ = 0;   ///< Arrived and not left.
  std::size_t waiting_ = 0;  ///< At a point.
  std::size_t opening_ = 0;  ///< Counts how often those who wait were let go.
  std::size_t meetings_ = 0;
  std::size_t missed_ = 0;
};

/// Takes part for as long as it exists.
class Seat {
 public:
  explicit Seat(Meeting& meeting) : meeting_{meeting} { meeting_.arrive(); }
  ~Seat() { meeting_.leave(); }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

 private:
  Meeting& meeting_;
};

/// Makes overlap_point() lead to `meeting`. One at a time in a process: a second one waits.
class PointsHere {
 public:
  explicit PointsHere(Meeting& meeting);
  ~PointsHere();
  PointsHere(const PointsHere&) = delete;
  PointsHere& operator=(const PointsHere&) = delete;

 private:
  std::unique_lock<std::mutex> only_one_;
};

}  // namespace lmi::testing
