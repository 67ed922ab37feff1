#include "app/metered_host.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <utility>
#include <vector>

namespace lmi::emulator::app {
namespace {

using control_plane::InvokeReply;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using Dimensions = std::map<std::string, std::string>;

const FleetClock::Date noon{hours{24 * 20'000 + 12}};
const control_plane::VersionKey key{"f", "7"};

/// Keeps what it is told; a test answers the calls.
class Inner final : public control_plane::VersionHost {
 public:
  void put_provider(const control_plane::ProviderDeployment& provider) override {
    told.push_back(provider.name);
  }
  void remove_provider(const std::string& name) override { told.push_back("-" + name); }
  void deploy(control_plane::VersionDeployment version) override { told.push_back(version.key.function); }
  void scale(const control_plane::VersionKey& scaled, unsigned min, std::optional<unsigned> max) override {
    told.push_back(scaled.function + std::to_string(min) + std::to_string(max.value_or(0)));
  }
  void retire(const control_plane::VersionKey& retired) override { told.push_back("-" + retired.function); }
  void invoke(const control_plane::VersionKey&, control_plane::InvokeCall,
              std::function<void(InvokeReply)> done) override {
    calls.push_back(std::move(done));
  }
  void on_notice(std::function<void(const control_plane::VersionNotice&)> wanted) override {
    notice = std::move(wanted);
  }

  std::vector<std::string> told;
  std::vector<std::function<void(InvokeReply)>> calls;
  std::function<void(const control_plane::VersionNotice&)> notice;
};

class MeteredHostTest : public testing::Test {
 protected:
  explicit MeteredHostTest(MeteredHost::Kind kind = MeteredHost::Kind::managed)
      : host_{kind, inner_, store_, [this] { return now_; }} {}

  void call(InvokeReply reply, const std::string& resource = "f") {
    control_plane::InvokeCall invoke;
    invoke.invoked_arn = "arn:aws:lambda:us-east-1:000000000000:function:" + resource;
    bool answered = false;
    host_.invoke(key, std::move(invoke), [&](const InvokeReply&) { answered = true; });
    auto done = std::move(inner_.calls.back());
    inner_.calls.pop_back();
    done(std::move(reply));
    EXPECT_TRUE(answered);
  }
  static InvokeReply success(milliseconds duration = milliseconds{3}) {
    InvokeReply reply;
    reply.duration = duration;
    return reply;
  }
  static InvokeReply error() {
    InvokeReply reply = success();
    reply.kind = InvokeReply::Kind::function_error;
    return reply;
  }
  static InvokeReply throttled(std::string reason) {
    InvokeReply reply;
    reply.kind = InvokeReply::Kind::throttled;
    reply.throttle_reason = std::move(reason);
    return reply;
  }
  /// "samples/sum unit", or "none".
  std::string of(const char* name, Dimensions dimensions = {{"FunctionName", "f"}}) const {
    const observe::MetricId id{name, std::move(dimensions)};
    const auto points = store_.read(id, noon, noon + minutes{1}, minutes{1});
    if (points.empty()) return "none";
    return std::to_string(points[0].summary.count()) + "/" +
           std::to_string(static_cast<int>(points[0].summary.sum())) + " " + store_.unit_of(id);
  }

  observe::MetricStore store_;
  Inner inner_;
  FleetClock::Date now_ = noon;
  MeteredHost host_;
};

TEST_F(MeteredHostTest, ASuccessfulCall) {
  call(success(milliseconds{25}));
  EXPECT_EQ(of("Invocations"), "1/1 Count");
  EXPECT_EQ(of("Errors"), "1/0 Count");
  EXPECT_EQ(of("Duration"), "1/25 Milliseconds");
  EXPECT_EQ(of("Throttles"), "1/0 Count");
  EXPECT_EQ(of("ConcurrencyThrottles"), "none");
}

TEST_F(MeteredHostTest, AFailedCallIsAnInvocationAndAnError) {
  call(success());
  call(error());
  EXPECT_EQ(of("Invocations"), "2/2 Count");
  EXPECT_EQ(of("Errors"), "2/1 Count");
  EXPECT_EQ(of("Duration"), "2/6 Milliseconds");
}

struct Throttle {
  const char* reason;
  const char* metric;

  friend void PrintTo(const Throttle& throttle, std::ostream* out) { *out << throttle.reason; }
};
class MeteredThrottle : public MeteredHostTest, public testing::WithParamInterface<Throttle> {};

TEST_P(MeteredThrottle, HasExactlyOneReason) {
  call(throttled(GetParam().reason));
  EXPECT_EQ(of("Throttles"), "1/1 Count");
  for (const char* metric : {"ConcurrencyThrottles", "CPUThrottles", "MemoryThrottles", "DiskThrottles"}) {
    const std::string expected = std::string{metric} == GetParam().metric ? "1/1 Count" : "1/0 Count";
    EXPECT_EQ(of(metric), expected) << metric;
    EXPECT_EQ(of(metric, {{"FunctionName", "f"}, {"Resource", "f"}}), expected) << metric;
  }
  EXPECT_EQ(of("Invocations"), "none");
  EXPECT_EQ(of("Errors"), "none");
  EXPECT_EQ(of("Duration"), "none");
}

INSTANTIATE_TEST_SUITE_P(Section25, MeteredThrottle,
                         testing::Values(Throttle{"Concurrency", "ConcurrencyThrottles"},
                                         Throttle{"CPU", "CPUThrottles"},
                                         Throttle{"Memory", "MemoryThrottles"},
                                         Throttle{"Disk", "DiskThrottles"}),
                         [](const auto& throttle) { return std::string{throttle.param.reason}; });

TEST_F(MeteredHostTest, TheResourceIsWhatTheCallerAskedFor) {
  call(success(), "f");
  call(success(), "f:7");
  call(success(), "f:live");
  EXPECT_EQ(of("Invocations"), "3/3 Count");
  EXPECT_EQ(of("Invocations", {}), "3/3 Count") << "over all functions";
  for (const char* resource : {"f", "f:7", "f:live"}) {
    EXPECT_EQ(of("Invocations", {{"FunctionName", "f"}, {"Resource", resource}}), "1/1 Count") << resource;
  }
}

TEST_F(MeteredHostTest, AnAliasHasItsVersionsApart) {
  call(success(), "f:live");
  call(success(), "f:7");
  const Dimensions alias{{"FunctionName", "f"}, {"Resource", "f:live"}, {"ExecutedVersion", "7"}};
  EXPECT_EQ(of("Invocations", alias), "1/1 Count");
  const Dimensions version{{"FunctionName", "f"}, {"Resource", "f:7"}, {"ExecutedVersion", "7"}};
  EXPECT_EQ(of("Invocations", version), "none");
}

TEST_F(MeteredHostTest, TheTimeIsThatOfTheInvocation) {
  control_plane::InvokeCall invoke;
  host_.invoke(key, std::move(invoke), [](const InvokeReply&) {});
  now_ = noon + minutes{10};
  inner_.calls[0](success());
  EXPECT_EQ(of("Invocations"), "1/1 Count");
}

TEST_F(MeteredHostTest, EverythingElseIsPassedOn) {
  control_plane::ProviderDeployment provider;
  provider.name = "cp";
  host_.put_provider(provider);
  host_.remove_provider("cp");
  control_plane::VersionDeployment version;
  version.key = key;
  host_.deploy(version);
  host_.scale(key, 1, 2);
  host_.retire(key);
  EXPECT_EQ(inner_.told, (std::vector<std::string>{"cp", "-cp", "f", "f12", "-f"}));
  host_.on_notice([](const control_plane::VersionNotice&) {});
  EXPECT_TRUE(inner_.notice);
}

class MeteredStandardHostTest : public MeteredHostTest {
 protected:
  MeteredStandardHostTest() : MeteredHostTest{MeteredHost::Kind::standard} {}
};

TEST_F(MeteredStandardHostTest, AThrottleHasNoReason) {
  call(throttled("Concurrency"));
  EXPECT_EQ(of("Throttles"), "1/1 Count");
  EXPECT_EQ(of("ConcurrencyThrottles"), "none");
}

}  // namespace
}  // namespace lmi::emulator::app
