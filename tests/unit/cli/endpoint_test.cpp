#include "endpoint.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lmi::cli {
namespace {

TEST(Endpoint, ReadsSchemeHostAndPort) {
  const auto local = parse_endpoint("http://127.0.0.1:9400");
  ASSERT_TRUE(local);
  EXPECT_FALSE(local->tls);
  EXPECT_EQ(local->host, "127.0.0.1");
  EXPECT_EQ(local->port, 9400);
  EXPECT_EQ(local->authority(), "127.0.0.1:9400");
  EXPECT_EQ(local->url(), "http://127.0.0.1:9400");
}

TEST(Endpoint, SchemeAndFinalSlashMayBeLeftOut) {
  EXPECT_EQ(parse_endpoint("localhost:1")->url(), "http://localhost:1");
  EXPECT_EQ(parse_endpoint("http://localhost:1/")->url(), "http://localhost:1");
}

TEST(Endpoint, DefaultPortIsNotNamed) {
  const auto aws = parse_endpoint("https://lambda.eu-west-3.amazonaws.com");
  ASSERT_TRUE(aws);
  EXPECT_TRUE(aws->tls);
  EXPECT_EQ(aws->port, 443);
  EXPECT_EQ(aws->authority(), "lambda.eu-west-3.amazonaws.com");
  EXPECT_EQ(aws->region, "eu-west-3");
}

TEST(Endpoint, AGivenRegionWins) {
  EXPECT_EQ(parse_endpoint("https://lambda.eu-west-3.amazonaws.com", "us-west-2")->region, "us-west-2");
}

TEST(Endpoint, RefusesWhatIsNotOneAsAUsageError) {
  for (const std::string text : {"", "http://", "ftp://host", "http://host:0", "http://host:70000",
                                 "http://host:x", "http://host:1/path", "http://user@host"}) {
    const auto endpoint = parse_endpoint(text);
    ASSERT_FALSE(endpoint) << text;
    EXPECT_EQ(endpoint.error().exit, ExitCode::usage) << text;
    EXPECT_FALSE(endpoint.error().advice.empty()) << text;
  }
}

}  // namespace
}  // namespace lmi::cli
