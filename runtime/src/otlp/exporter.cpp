#include "lmi/otlp.hpp"
#include "otlp/collector.hpp"
#include "otlp/encoding.hpp"
#include "otlp/url.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>

namespace lmi {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes
bool is_temporary(int status) {
  return status == 0 || status == 429 || status == 502 || status == 503 || status == 504;
}

/// Half of it at random, so that environments that were refused together do not come back together.
milliseconds delay_after(unsigned failures) {
  constexpr milliseconds first{100};
  constexpr milliseconds longest{5'000};
  const auto full = std::min(first * (1U << std::min(failures - 1, 10U)), longest);
  std::uniform_int_distribution<milliseconds::rep> part{full.count() / 2, full.count()};
  std::random_device source;
  return milliseconds{part(source)};
}

/// How many spans a 200 says were not accepted all the same.
std::uint64_t rejected_in(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("partialSuccess")) return 0;
  const auto& partial = json["partialSuccess"];
  const auto& count =
      partial.is_object() && partial.contains("rejectedSpans") ? partial["rejectedSpans"] : json;
  if (count.is_number_unsigned()) return count.get<std::uint64_t>();
  if (!count.is_string()) return 0;
  return std::strtoull(count.get_ref<const std::string&>().c_str(), nullptr, 10);
}

void check_headers(const std::vector<std::pair<std::string, std::string>>& headers) {
  const auto breaks = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  for (const auto& [name, value] : headers) {
    if (name.empty() || name.find_first_of(" :\t") != std::string::npos ||
        std::any_of(name.begin(), name.end(), breaks) || std::any_of(value.begin(), value.end(), breaks))
      throw std::invalid_argument{"OtlpOptions::headers has \"" + name + "\", which is not a header"};
  }
}

otlp::Url checked_url(const std::string& endpoint) {
  auto url = otlp::parse_url(endpoint);
  if (!url)
    throw std::invalid_argument{"OtlpOptions::endpoint is \"" + endpoint +
                                "\": expected http://host[:port][/path]"};
  return *std::move(url);
}

}  // namespace

/// The queue, and the thread that empties it.
class OtlpExporter::Delivery {
 public:
  explicit Delivery(OtlpOptions options)
      : options_{std::move(options)},
        resource_{otlp::encode_attributes(options_.resource)},
        collector_{checked_url(options_.endpoint), options_.headers} {
    check_headers(options_.headers);
    options_.batch_size = std::max<std::size_t>(options_.batch_size, 1);
  }

  void take(SpanData&& span) noexcept {
    const std::lock_guard lock{mutex_};
    if (ending_ || queue_.size() >= options_.queue_size || !have_thread()) {
      ++counts_.dropped;
      return;
    }
    try {
      queue_.push_back(std::move(span));
    } catch (const std::bad_alloc&) {
      ++counts_.dropped;
      return;
    }
    ++taken_;
    if (queue_.size() == 1 || queue_.size() == options_.batch_size) changed_.notify_all();
  }

  bool flush(milliseconds limit) {
    std::unique_lock lock{mutex_};
    const auto wanted = taken_;
    const auto rejected_before = counts_.rejected;
    flush_up_to_ = std::max(flush_up_to_, wanted);
    changed_.notify_all();
    const bool done = settled_.wait_for(lock, limit, [&] { return settled() >= wanted; });
    return done && counts_.rejected == rejected_before;
  }

  bool shutdown(milliseconds limit) {
    const bool delivered = [&] {
      {
        const std::lock_guard lock{mutex_};
        ending_ = true;
      }
      return flush(limit);
    }();
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
      counts_.dropped += queue_.size();
      taken_ -= queue_.size();
      queue_.clear();
      changed_.notify_all();
    }
    collector_.give_up();
    if (thread_.joinable()) thread_.join();
    return delivered;
  }

  OtlpCounts counts() const {
    const std::lock_guard lock{mutex_};
    return counts_;
  }

 private:
  [[nodiscard]] std::uint64_t settled() const noexcept { return counts_.delivered + counts_.rejected; }

  bool have_thread() noexcept {
    if (thread_.joinable()) return true;
    try {
      thread_ = std::thread{[this] { run(); }};
      return true;
    } catch (const std::system_error&) {
      return false;
    }
  }

  void run() {
    std::unique_lock lock{mutex_};
    while (wait_for_batch(lock)) {
      const auto size = std::min(queue_.size(), options_.batch_size);
      std::vector<SpanData> batch{
          std::make_move_iterator(queue_.begin()),
          std::make_move_iterator(queue_.begin() + static_cast<std::ptrdiff_t>(size))};
      queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(size));
      lock.unlock();
      const auto rejected = deliver(batch);
      lock.lock();
      counts_.rejected += rejected;
      counts_.delivered += batch.size() - rejected;
      settled_.notify_all();
    }
  }

  /// False: stopping.
  bool wait_for_batch(std::unique_lock<std::mutex>& lock) {
    changed_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    const auto now_or_never = [&] {
      return stopping_ || queue_.size() >= options_.batch_size || flush_up_to_ > settled();
    };
    changed_.wait_for(lock, options_.batch_delay, now_or_never);
    return !stopping_;
  }

  /// How many of the spans the collector did not take.
  std::uint64_t deliver(const std::vector<SpanData>& batch) {
    try {
      return post_until_settled(otlp::encode_request(batch, resource_), batch.size());
    } catch (const std::exception& failure) {
      warn_once(-1, failure.what());
      return batch.size();
    }
  }

  std::uint64_t post_until_settled(const std::string& json, std::uint64_t spans) {
    const auto give_up_at = Clock::now() + options_.retry_limit;
    for (unsigned failures = 1;; ++failures) {
      const auto reply = collector_.post(json, Clock::now() + options_.request_limit);
      if (reply.status / 100 == 2) {
        const auto rejected = std::min(rejected_in(reply.body), spans);
        if (rejected > 0) warn_once(reply.status, reply.body);
        return rejected;
      }
      constexpr std::size_t shown = 200;
      warn_once(reply.status, reply.status == 0 ? reply.failure : reply.body.substr(0, shown));
      if (!is_temporary(reply.status)) return spans;
      const milliseconds delay = reply.retry_after ? *reply.retry_after : delay_after(failures);
      if (Clock::now() + delay > give_up_at || !pause(delay)) return spans;
    }
  }

  /// False: there is no more time, the exporter stops.
  bool pause(milliseconds delay) {
    std::unique_lock lock{mutex_};
    return !changed_.wait_for(lock, delay, [this] { return stopping_; });
  }

  /// A collector that is away would otherwise fill the log.
  void warn_once(int status, const std::string& reason) {
    if (warned_.insert(status).second)
      spdlog::warn("otlp.not_accepted endpoint={} status={} reason=\"{}\"", options_.endpoint, status,
                   reason);
  }

  OtlpOptions options_;
  const std::string resource_;
  otlp::Collector collector_;
  std::set<int> warned_;  ///< The thread's.

  mutable std::mutex mutex_;  ///< Guards what follows.
  std::condition_variable changed_;
  std::condition_variable settled_;
  std::deque<SpanData> queue_;
  OtlpCounts counts_;
  std::uint64_t taken_ = 0;        ///< Spans that entered the queue, less those that shutdown() threw out.
  std::uint64_t flush_up_to_ = 0;  ///< Until that many are settled nothing waits for company.
  bool ending_ = false;            ///< Takes no more spans.
  bool stopping_ = false;          ///< The thread has to end.
  std::thread thread_;
};

OtlpExporter::OtlpExporter(OtlpOptions options) : delivery_{std::make_unique<Delivery>(std::move(options))} {}

OtlpExporter::~OtlpExporter() {
  delivery_->shutdown(milliseconds{0});
}

void OtlpExporter::take(SpanData&& span) noexcept {
  delivery_->take(std::move(span));
}
bool OtlpExporter::flush(milliseconds limit) {
  return delivery_->flush(limit);
}
bool OtlpExporter::shutdown(milliseconds limit) {
  return delivery_->shutdown(limit);
}
OtlpCounts OtlpExporter::counts() const {
  return delivery_->counts();
}

}  // namespace lmi
