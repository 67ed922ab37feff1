#include "http_client/resolver.hpp"

#include "sending.hpp"

#include <gtest/gtest.h>

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace lmi::http_client {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr std::size_t beyond_the_address_space = std::size_t{1} << 47U;

/// While it exists no thread can be started: none gets a stack.
class NoThreads {
 public:
  NoThreads() {
    ::pthread_getattr_default_np(&before_);
    auto attributes = before_;
    ::pthread_attr_setstacksize(&attributes, beyond_the_address_space);
    ::pthread_setattr_default_np(&attributes);
  }
  ~NoThreads() {
    ::pthread_setattr_default_np(&before_);
    ::pthread_attr_destroy(&before_);
  }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;

 private:
  pthread_attr_t before_{};
};

/// A name server whose answers wait until they are let go.
class SlowNames {
 public:
  std::vector<std::string> answer() {
    std::unique_lock lock{mutex_};
    ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    if (failing_) throw std::runtime_error{"no such name"};
    return {"127.0.0." + std::to_string(asked_)};
  }
  void hold_back() { set(open_, false); }
  void let_go() { set(open_, true); }
  void fail(bool failing) { set(failing_, failing); }
  int asked() {
    const std::lock_guard lock{mutex_};
    return asked_;
  }

 private:
  void set(bool& what, bool value) {
    const std::lock_guard lock{mutex_};
    what = value;
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  int asked_ = 0;
  bool open_ = true;
  bool failing_ = false;
};

class Resolving : public testing::Test {
 protected:
  HttpResult<std::vector<Address>> resolve() { return resolver_.resolve(Steady::now() + test::patience, {}); }

  /// A lookup that lands after its only caller has given up.
  void leave_a_result_behind() {
    names_->hold_back();
    const auto result = resolver_.resolve(Steady::now(), {});
    ASSERT_FALSE(result);
    ASSERT_EQ(result.error().code, HttpErrc::timed_out);
    names_->let_go();
    std::unique_lock lock{landing_->mutex};
    ASSERT_TRUE(landing_->changed.wait_for(lock, test::patience, [this] { return landing_->count == 1; }));
  }

  static int last_byte(const HttpResult<std::vector<Address>>& result) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&result->front().bytes);
    return static_cast<int>(ntohl(v4->sin_addr.s_addr) & 0xFFU);
  }

  /// The clock is asked under the flight's lock when it lands: whoever comes after that finds the result.
  struct Landing {
    std::mutex mutex;
    std::condition_variable changed;
    int count = 0;
    std::atomic<Steady::duration::rep> elapsed{0};
    SteadyTime now() {
      const std::lock_guard lock{mutex};
      ++count;
      changed.notify_all();
      return SteadyTime{} + Steady::duration{elapsed.load()};
    }
  };

  // Shared with lookups that outlive the test.
  const std::shared_ptr<SlowNames> names_ = std::make_shared<SlowNames>();
  const std::shared_ptr<Landing> landing_ = std::make_shared<Landing>();
  Resolver resolver_{Origin{.tls = false, .host = "service.test", .port = 80},
                     [names = names_](const std::string&) { return names->answer(); },
                     [landing = landing_] { return landing->now(); }};
};

TEST_F(Resolving, WithoutAThreadItFailsAtOnceAndTheNextCallAsksAgain) {
  {
    const NoThreads none;
    const auto result = resolver_.resolve(Steady::now() + test::patience, {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, HttpErrc::resolve_failed) << result.error().message;
  }
  const auto result = resolve();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(last_byte(result), 1);
}

TEST_F(Resolving, AddressesThatComeTooLateForTheirCallerServeTheNextOne) {
  leave_a_result_behind();
  ASSERT_TRUE(resolve());
  EXPECT_EQ(names_->asked(), 1);
  ASSERT_TRUE(resolve());
  EXPECT_EQ(names_->asked(), 2);  // served once: kept for nobody else
}

TEST_F(Resolving, AddressesThatNobodyTookGrowOld) {
  leave_a_result_behind();
  landing_->elapsed = Steady::duration{Resolver::kept}.count();
  const auto result = resolve();
  ASSERT_TRUE(result);
  EXPECT_EQ(last_byte(result), 2);  // of the second answer
}

TEST_F(Resolving, AFailureThatNobodyWaitedForIsNobodysFailure) {
  names_->fail(true);
  leave_a_result_behind();
  names_->fail(false);
  EXPECT_TRUE(resolve());
}

TEST(ResolveFunction, MayThrowAnything) {
  Resolver resolver{Origin{.tls = false, .host = "service.test", .port = 80},
                    [](const std::string&) -> std::vector<std::string> { throw 42; }};
  const auto result = resolver.resolve(Steady::now() + test::patience, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, HttpErrc::resolve_failed);
}

}  // namespace
}  // namespace lmi::http_client
