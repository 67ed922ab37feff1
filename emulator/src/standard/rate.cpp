#include "standard/rate.hpp"

#include <algorithm>

namespace lmi::emulator::standard {

bool Rate::take(Time now) {
  const double passed = static_cast<double>((now - last_).count()) / static_cast<double>(window_.count());
  left_ = std::min(static_cast<double>(burst_), left_ + passed * burst_);
  last_ = now;
  if (left_ < 1.0) return false;
  left_ -= 1.0;
  return true;
}

void Rate::resize(unsigned burst) {
  if (burst == burst_) return;
  const double used = static_cast<double>(burst_) - left_;
  burst_ = burst;
  left_ = std::max(0.0, static_cast<double>(burst) - used);
}

}  // namespace lmi::emulator::standard
