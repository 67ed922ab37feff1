#include "observe/endpoints.hpp"

#include "loop/manual_loop.hpp"
#include "unit/observe/fake_exchange.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lmi::emulator::observe {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using test::FakeExchange;

class EndpointsTest : public testing::Test {
 protected:
  std::shared_ptr<FakeExchange> ask(std::string target, http::Headers headers = {{"Host", "127.0.0.1:9400"}},
                                    std::string method = "GET") {
    auto exchange =
        std::make_shared<FakeExchange>(http::Head{std::move(method), std::move(target), std::move(headers)});
    endpoints_.handle(exchange);
    return exchange;
  }
  static json body_of(const FakeExchange& exchange) {
    return exchange.response ? json::parse(exchange.response->body) : json{};
  }
  void log(std::string line) {
    LogEvent event;
    event.time = std::chrono::system_clock::time_point{std::chrono::milliseconds{1'700'000'000'123}};
    event.function_name = "hello";
    event.version = "1";
    event.environment = "ee-1";
    event.source = "function";
    event.line = std::move(line);
    logs_.append(std::move(event));
  }

  ManualLoop loop_;
  LogStore logs_{loop_};
  FleetSnapshot fleet_;
  std::vector<std::string> lost_;
  Endpoints endpoints_{loop_,
                       {logs_, [this] { return fleet_; },
                        [this](const std::string& id) {
                          lost_.push_back(id);
                          return id == "i-1";
                        }},
                       "1.2.3"};
};

TEST_F(EndpointsTest, AnInstanceIsLostByASignedPostOnly) {
  const http::Headers is_signed{{"Host", "127.0.0.1:9400"},
                                {"Authorization", "AWS4-HMAC-SHA256 Credential=x"}};
  EXPECT_EQ(ask("/_lmi/instances/i-1/lose", {{"Host", "localhost"}}, "POST")->response->status, 403U);
  EXPECT_EQ(ask("/_lmi/instances/i-1/lose", is_signed)->response->status, 404U) << "GET changes nothing";
  http::Headers from_a_page = is_signed;
  from_a_page.add("Origin", "http://evil.example");
  EXPECT_EQ(ask("/_lmi/instances/i-1/lose", from_a_page, "POST")->response->status, 403U);
  EXPECT_TRUE(lost_.empty());

  const auto exchange = ask("/_lmi/instances/i-1/lose", is_signed, "POST");
  EXPECT_EQ(exchange->response->status, 200U);
  EXPECT_EQ(body_of(*exchange), json({{"lost", "i-1"}}));
  EXPECT_EQ(ask("/_lmi/instances/i-2/lose", is_signed, "POST")->response->status, 404U);
  EXPECT_EQ(lost_, (std::vector<std::string>{"i-1", "i-2"}));
}

TEST_F(EndpointsTest, OtherPathsCannotBePosted) {
  for (const char* path :
       {"/_lmi/instances/lose", "/_lmi/instances//lose", "/_lmi/instances/i-1", "/_lmi/logs"}) {
    EXPECT_EQ(ask(path, {{"Host", "localhost"}}, "POST")->response->status, 405U) << path;
  }
}

TEST_F(EndpointsTest, OwnsOnlyItsOwnPaths) {
  EXPECT_TRUE(Endpoints::owns("/_lmi/health"));
  EXPECT_TRUE(Endpoints::owns("/_lmi/"));
  EXPECT_FALSE(Endpoints::owns("/_lmi"));
  EXPECT_FALSE(Endpoints::owns("/2015-03-31/functions/"));
}

TEST_F(EndpointsTest, HealthTellsTheVersionAndHowLongItRuns) {
  loop_.advance(seconds{61});
  const auto exchange = ask("/_lmi/health");
  ASSERT_TRUE(exchange->response);
  EXPECT_EQ(exchange->response->status, 200U);
  EXPECT_EQ(body_of(*exchange), json::parse(R"({"status":"ok","version":"1.2.3","uptimeSeconds":61})"));
}

TEST_F(EndpointsTest, EnvironmentsAndInstancesCarryEveryField) {
  fleet_.environments.push_back(
      {"ee-1", "hello", "1", "i-01", "m7g.xlarge", "us-east-1a", "ready", 42, 16, 3, 9, 100, 2});
  fleet_.instances.push_back({"i-01", "m7g.xlarge", "us-east-1a", "provider", "running", 1});

  EXPECT_EQ(body_of(*ask("/_lmi/environments")), json::parse(R"({
    "environments": [{"id":"ee-1","functionName":"hello","version":"1","instanceId":"i-01","instanceType":"m7g.xlarge",
      "availabilityZone":"us-east-1a","state":"ready","pid":42,"slots":16,"inFlight":3,"peakInFlight":9,
      "invocations":100,"tmpEntries":2}],
    "instances": [{"id":"i-01","type":"m7g.xlarge","availabilityZone":"us-east-1a","capacityProvider":"provider",
      "state":"running","environments":1}]})"));
}

TEST_F(EndpointsTest, LogsAreAnsweredAtOnceWhenThereAreSome) {
  log("hi");
  const auto exchange = ask("/_lmi/logs?function=hello&after=0&wait=30");
  loop_.run_until_idle();
  EXPECT_EQ(body_of(*exchange), json::parse(R"({"events":[{"seq":1,"time":"2023-11-14T22:13:20.123Z",
    "functionName":"hello","version":"1","environment":"ee-1","source":"function","line":"hi"}],"next":1,"gap":false})"));
}

TEST_F(EndpointsTest, LogsWithoutNewsWaitForThem) {
  const auto exchange = ask("/_lmi/logs?function=hello&wait=30");
  loop_.advance(seconds{29});
  EXPECT_FALSE(exchange->response);
  log("late");
  loop_.run_until_idle();
  EXPECT_EQ(body_of(*exchange).at("next"), 1);
}

TEST_F(EndpointsTest, LogsWithoutWaitAnswerEmptyAtOnce) {
  const auto exchange = ask("/_lmi/logs?function=hello&after=5");
  loop_.run_until_idle();
  EXPECT_EQ(body_of(*exchange), json::parse(R"({"events":[],"next":5,"gap":false})"));
}

TEST_F(EndpointsTest, AReaderThatLeavesIsForgotten) {
  const auto exchange = ask("/_lmi/logs?function=hello&wait=30");
  ASSERT_TRUE(exchange->disconnect);
  exchange->disconnect();
  log("nobody reads this");
  loop_.advance(seconds{60});
  EXPECT_FALSE(exchange->response);
  EXPECT_TRUE(loop_.idle());
}

TEST_F(EndpointsTest, ALineThatIsNotUtf8DoesNotBreakTheAnswer) {
  log("a\xff\xfe z");
  const auto exchange = ask("/_lmi/logs?function=hello");
  loop_.run_until_idle();
  EXPECT_EQ(body_of(*exchange).at("events").at(0).at("line"), "a\xEF\xBF\xBD\xEF\xBF\xBD z");
}

TEST_F(EndpointsTest, DecodesTheFunctionName) {
  log("hi");
  const auto exchange = ask("/_lmi/logs?function=%68ello");
  loop_.run_until_idle();
  EXPECT_EQ(body_of(*exchange).at("events").size(), 1U);
}

struct BadQuery {
  const char* target;
  const char* message_part;
};

TEST_F(EndpointsTest, SaysWhatIsWrongWithAQuestion) {
  const BadQuery cases[] = {{"/_lmi/logs?after=x", "'after'"},    {"/_lmi/logs?after=-1", "'after'"},
                            {"/_lmi/logs?wait=soon", "'wait'"},   {"/_lmi/logs?wait=-1", "'wait'"},
                            {"/_lmi/logs?wait=nan", "'wait'"},    {"/_lmi/logs?function=%4", "percent"},
                            {"/_lmi/logs?functoin=x", "functoin"}};
  for (const BadQuery& c : cases) {
    const auto exchange = ask(c.target);
    ASSERT_TRUE(exchange->response) << c.target;
    EXPECT_EQ(exchange->response->status, 400U) << c.target;
    EXPECT_NE(body_of(*exchange).at("message").get<std::string>().find(c.message_part), std::string::npos)
        << c.target;
  }
}

TEST_F(EndpointsTest, RefusesOtherPathsAndMethods) {
  EXPECT_EQ(ask("/_lmi/else")->response->status, 404U);
  const auto post = ask("/_lmi/health", {{"Host", "localhost"}}, "POST");
  EXPECT_EQ(post->response->status, 405U);
  EXPECT_EQ(post->response->headers.get("Allow"), "GET");
}

struct HostCase {
  const char* host;
  const char* origin;  // nullptr: none
  unsigned status;
};

TEST_F(EndpointsTest, RefusesWhatAWebPageCouldSend) {
  const HostCase cases[] = {{"127.0.0.1:9400", nullptr, 200},
                            {"localhost:9400", nullptr, 200},
                            {"LocalHost", nullptr, 200},
                            {"[::1]:9400", nullptr, 200},
                            {"192.168.1.7:9400", nullptr, 200},
                            {"evil.example", nullptr, 403},
                            {"127.0.0.1.evil.example:9400", nullptr, 403},
                            {"", nullptr, 403},
                            {"localhost:9400", "http://localhost:9400", 200},
                            {"localhost:9400", "http://localhost:3000", 403},
                            {"localhost:9400", "https://evil.example", 403},
                            {"localhost:9400", "null", 403}};
  for (const HostCase& c : cases) {
    http::Headers headers{{"Host", c.host}};
    if (c.origin != nullptr) headers.add("Origin", c.origin);
    EXPECT_EQ(ask("/_lmi/health", headers)->response->status, c.status)
        << c.host << " " << (c.origin == nullptr ? "" : c.origin);
  }
}

TEST_F(EndpointsTest, RefusesWhatAPageOfAnotherSiteLoads) {
  const auto status = [this](const char* site) {
    return ask("/_lmi/environments", {{"Host", "localhost:9400"}, {"Sec-Fetch-Site", site}})
        ->response->status;
  };
  EXPECT_EQ(status("none"), 200U);
  EXPECT_EQ(status("same-origin"), 200U);
  EXPECT_EQ(status("same-site"), 403U);
  EXPECT_EQ(status("cross-site"), 403U);
}

TEST_F(EndpointsTest, AdmitsWhomItIsToldToAndTellsItsHealthToThisMachine) {
  endpoints_.admit_only([](const http::Head& head) -> std::optional<std::string> {
    return head.headers.find("Authorization") ? std::nullopt : std::optional<std::string>{"no signature"};
  });
  const auto refused = ask("/_lmi/environments");
  EXPECT_EQ(refused->response->status, 403U);
  EXPECT_EQ(body_of(*refused)["message"], "no signature");
  EXPECT_EQ(ask("/_lmi/environments", {{"Host", "lmi.internal"}, {"Authorization", "x"}})->response->status,
            200U);
  EXPECT_EQ(ask("/_lmi/health")->response->status, 200U);
  EXPECT_EQ(ask("/_lmi/health", {{"Host", "evil.example"}})->response->status, 403U);
}

}  // namespace
}  // namespace lmi::emulator::observe
