#include "fixture.hpp"
#include "observe/cloudwatch_endpoint.hpp"

namespace lmi::emulator::control_plane {
namespace {

class CloudWatchRoute : public ControlPlaneTest {
 protected:
  CloudWatchRoute() {
    metrics_.record({"Errors", {}}, "Count", 1, now());
    cloudwatch_ = &endpoint_;
    restart();
  }
  Answer ask(http::Headers headers = signed_headers()) {
    headers.add("X-Amz-Target", "GraniteServiceVersion20100801.ListMetrics");
    return send_head({"POST", "/", std::move(headers)}, "{}");
  }

  observe::MetricStore metrics_;
  observe::CloudWatchEndpoint endpoint_{metrics_, now};
};

TEST_F(CloudWatchRoute, AnswersOnTheSamePort) {
  const Answer answer = ask();
  EXPECT_EQ(answer.status, 200U) << answer.text;
  EXPECT_EQ(answer.body["Metrics"][0]["MetricName"], "Errors");
  EXPECT_FALSE(answer.header("x-amzn-RequestId").empty());
}

TEST_F(CloudWatchRoute, WantsASignature) {
  const Answer answer = ask({{"Host", "localhost"}});
  EXPECT_EQ(answer.status, 403U);
  EXPECT_EQ(answer.header("x-amzn-query-error"), "MissingAuthenticationToken;Sender");
}

TEST_F(CloudWatchRoute, IsNotForWebPages) {
  http::Headers headers = signed_headers();
  headers.add("Origin", "null");
  EXPECT_EQ(ask(headers).status, 403U);
}

TEST_F(CloudWatchRoute, TakesABodyOfAMebibyteAtMost) {
  http::Headers headers = signed_headers();
  headers.add("X-Amz-Target", "GraniteServiceVersion20100801.ListMetrics");
  const Answer answer =
      send_head({"POST", "/", headers}, std::string(observe::CloudWatchEndpoint::body_limit + 1, ' '));
  EXPECT_EQ(answer.status, 400U);
  EXPECT_EQ(answer.body["__type"], "com.amazonaws.cloudwatch#SerializationException");
}

TEST_F(CloudWatchRoute, LeavesOtherServicesAlone) {
  const Answer answer =
      send_head({"POST", "/", signed_headers()}, "Action=GetCallerIdentity&Version=2011-06-15");
  EXPECT_EQ(answer.header("Content-Type"), "text/xml");
}

}  // namespace
}  // namespace lmi::emulator::control_plane
