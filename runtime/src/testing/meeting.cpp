#include "testing/meeting.hpp"

#include "lmi/overlap_point.hpp"

#include <atomic>

namespace lmi::testing {
namespace {

// overlap_point() has no argument to find its meeting by.
std::atomic<Meeting*> current{nullptr};  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

std::mutex& only_prover() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

void Meeting::begin(std::size_t expected, bool points) {
  const std::lock_guard lock{mutex_};
  expected_ = expected;
  points_ = points;
}

void Meeting::open() {
  ++opening_;
  waiting_ = 0;
  opened_.notify_all();
}

void Meeting::meet() {
  if (inside_ > 1) ++meetings_;
  open();
}

void Meeting::arrive() {
  std::unique_lock lock{mutex_};
  if (++inside_ == expected_) return open();
  const auto mine = opening_;
  // Without a limit: they come by themselves.
  opened_.wait(lock, [&] { return opening_ != mine; });
}

void Meeting::leave() {
  const std::lock_guard lock{mutex_};
  --inside_;
  --expected_;
  if (waiting_ > 0 && waiting_ == inside_) meet();
}

void Meeting::point() {
  std::unique_lock lock{mutex_};
  if (!points_) return;
  if (++waiting_ == inside_) return meet();
  const auto mine = opening_;
  if (opened_.wait_for(lock, patience_, [&] { return opening_ != mine; })) return;
  ++missed_;
  open();
}

std::size_t Meeting::meetings() const {
  const std::lock_guard lock{mutex_};
  return meetings_;
}
std::size_t Meeting::missed() const {
  const std::lock_guard lock{mutex_};
  return missed_;
}

PointsHere::PointsHere(Meeting& meeting) : only_one_{only_prover()} {
  current.store(&meeting);
  detail::overlap_hook.store([] { current.load()->point(); }, std::memory_order_release);
}

PointsHere::~PointsHere() {
  detail::overlap_hook.store(nullptr, std::memory_order_release);
  current.store(nullptr);
}

}  // namespace lmi::testing
