#include "lmi/pool_metrics.hpp"

#include <fmt/format.h>

#include <iterator>
#include <string_view>
#include <utility>

namespace lmi {
namespace {

/// A label's value as the format wants it.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '\\' || c == '"') out += '\\';
      out += c;
    }
  }
  return out;
}

class Page {
 public:
  explicit Page(std::span<const PoolMetrics> pools) : pools_{pools} {}

  template <class Value>
  void family(std::string_view name, std::string_view type, std::string_view help, Value value) {
    head(name, type, help);
    for (const auto& pool : pools_) line(name, pool, "", value(pool));
  }

  void head(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(text_), "# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
  }

  template <class Value>
  void line(std::string_view name, const PoolMetrics& pool, std::string_view labels, Value value) {
    fmt::format_to(std::back_inserter(text_), "{}{{pool=\"{}\"{}}} {}\n", name, escaped(pool.name), labels,
                   value);
  }

  std::string take() { return std::move(text_); }
  [[nodiscard]] std::span<const PoolMetrics> pools() const { return pools_; }

 private:
  std::span<const PoolMetrics> pools_;
  std::string text_;
};

template <class Items, class Get>
void labelled(Page& page, std::string_view name, std::string_view type, std::string_view help,
              std::string_view label, Items items, Get get) {
  page.head(name, type, help);
  for (const auto& pool : page.pools())
    for (const auto& [value, member] : items)
      page.line(name, pool, fmt::format(",{}=\"{}\"", label, value), get(pool, member));
}

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>{time}.count();
}

void write_wait(Page& page) {
  constexpr std::string_view name = "lmi_pool_acquire_wait_seconds";
  page.head(name, "histogram", "How long the leases given took to get.");
  for (const auto& pool : page.pools()) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < pool.wait.size(); ++i) {
      sum += pool.wait[i];
      const auto bound = i < PoolMetrics::wait_bounds.size()
                             ? fmt::format("{}", seconds(PoolMetrics::wait_bounds[i]))
                             : std::string{"+Inf"};
      page.line(fmt::format("{}_bucket", name), pool, fmt::format(",le=\"{}\"", bound), sum);
    }
    page.line(fmt::format("{}_sum", name), pool, "", seconds(pool.wait_total));
    page.line(fmt::format("{}_count", name), pool, "", sum);
  }
}

}  // namespace

std::uint64_t PoolClosings::total() const noexcept {
  return poisoned + overrun + stopped + exception + discarded + broken + unhealthy + reset_failed + idle +
         lifetime + shutdown;
}

std::string to_prometheus(std::span<const PoolMetrics> pools) {
  using M = PoolMetrics;
  using C = PoolClosings;
  Page page{pools};
  page.family("lmi_pool_max_connections", "gauge", "The most connections the pool may have.",
              [](const M& m) { return m.max_size; });
  constexpr std::array<std::pair<const char*, std::size_t M::*>, 5> states{{{"in_use", &M::in_use},
                                                                            {"idle", &M::idle},
                                                                            {"connecting", &M::connecting},
                                                                            {"checking", &M::checking},
                                                                            {"closing", &M::closing}}};
  labelled(page, "lmi_pool_connections", "gauge", "Connections by state.", "state", states,
           [](const M& m, auto member) { return m.*member; });
  page.family("lmi_pool_waiters", "gauge", "Acquires that wait.", [](const M& m) { return m.waiters; });
  page.family("lmi_pool_breaker_open", "gauge", "1 while connecting fails and is only probed.",
              [](const M& m) { return m.breaker == M::Breaker::closed ? 0 : 1; });
  page.family("lmi_pool_acquired_total", "counter", "Leases given.", [](const M& m) { return m.acquired; });
  constexpr std::array<std::pair<const char*, std::uint64_t M::*>, 5> refusals{
      {{"timed_out", &M::timed_out},
       {"queue_full", &M::queue_full},
       {"unhealthy", &M::refused_unhealthy},
       {"closed", &M::refused_closed},
       {"stopped", &M::stopped}}};
  labelled(page, "lmi_pool_refused_total", "counter", "Acquires that got no connection.", "reason", refusals,
           [](const M& m, auto member) { return m.*member; });
  write_wait(page);
  page.family("lmi_pool_created_total", "counter", "Connections made.", [](const M& m) { return m.created; });
  page.family("lmi_pool_connect_failures_total", "counter", "Connects that failed.",
              [](const M& m) { return m.connect_failures; });
  constexpr std::array<std::pair<const char*, std::uint64_t C::*>, 11> reasons{
      {{"poisoned", &C::poisoned},
       {"overrun", &C::overrun},
       {"stopped", &C::stopped},
       {"exception", &C::exception},
       {"discarded", &C::discarded},
       {"broken", &C::broken},
       {"unhealthy", &C::unhealthy},
       {"reset_failed", &C::reset_failed},
       {"idle", &C::idle},
       {"lifetime", &C::lifetime},
       {"shutdown", &C::shutdown}}};
  labelled(page, "lmi_pool_closed_total", "counter", "Connections closed, by reason.", "reason", reasons,
           [](const M& m, auto member) { return m.closed.*member; });
  page.family("lmi_pool_leaks_total", "counter", "Leases held for too long.",
              [](const M& m) { return m.leaks_reported; });
  return page.take();
}

}  // namespace lmi
