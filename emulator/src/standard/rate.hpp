#pragma once

#include "standard/parameters.hpp"

namespace lmi::emulator::standard {

/// Lets `burst` events through at once and as many more in every `window`, evenly.
class Rate {
 public:
  Rate(unsigned burst, Time window) : burst_{burst}, window_{window}, left_{static_cast<double>(burst)} {}

  /// Whether one more may happen at `now`, which never goes back; counts it then.
  bool take(Time now);
  /// Another size of the burst; what was used stays used.
  void resize(unsigned burst);

 private:
  unsigned burst_;
  Time window_;
  double left_;
  Time last_{0};
};

}  // namespace lmi::emulator::standard
