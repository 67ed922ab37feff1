#include "unit/cli/test_server.hpp"
#include "upstream_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

namespace fanout {
namespace {

using lmi::cli::test::http_response;
using lmi::cli::test::Received;
using lmi::cli::test::Reply;
using lmi::cli::test::TestServer;
using namespace std::chrono_literals;

constexpr auto long_enough = 60s;

UpstreamClient::Options to(const TestServer& server, std::size_t max_connections = 32) {
  return {.url = server.url(), .max_connections = max_connections};
}

std::vector<Fetched> get_all(UpstreamClient& client, std::vector<std::string> paths,
                             std::chrono::milliseconds timeout = long_enough) {
  boost::asio::io_context io;
  const lmi::HttpLimits limits{std::chrono::steady_clock::now() + timeout};
  auto result = boost::asio::co_spawn(io, client.get_all(std::move(paths), limits), boost::asio::use_future);
  io.run();
  return result.get();
}

Reply echo(const Received& request) {
  return {.bytes = http_response(200, request.target)};
}

TEST(UpstreamClient, ResultsAreInTheOrderOfThePaths) {
  TestServer server{echo};
  UpstreamClient client{to(server)};
  const auto results = get_all(client, {"/a", "/b", "/c"});
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0].body, "/a");
  EXPECT_EQ(results[2].body, "/c");
  EXPECT_EQ(results[1].status, 200U);
}

TEST(UpstreamClient, AsksForAllAtTheSameTime) {
  // Answers only once all five are there.
  std::mutex mutex;
  std::condition_variable all_there;
  unsigned waiting = 0;
  TestServer server{[&](const Received& request) {
    std::unique_lock lock{mutex};
    ++waiting;
    all_there.notify_all();
    all_there.wait(lock, [&] { return waiting == 5; });
    return echo(request);
  }};
  UpstreamClient client{to(server)};
  for (const auto& result : get_all(client, {"/1", "/2", "/3", "/4", "/5"})) EXPECT_EQ(result.status, 200U);
}

TEST(UpstreamClient, NeverHoldsMoreConnectionsThanAllowedAndKeepsThem) {
  TestServer server{echo};
  UpstreamClient client{to(server, 2)};
  for (int round = 0; round < 3; ++round) {
    const auto results = get_all(client, std::vector<std::string>(20, "/x"));
    for (const auto& result : results) EXPECT_EQ(result.status, 200U) << result.error;
  }
  EXPECT_EQ(server.connections(), 2U);
}

TEST(UpstreamClient, TheTimeLimitEndsAlsoThoseThatWaitForAConnection) {
  TestServer server{[](const Received&) { return Reply{.bytes = "", .then_silence = true}; }};
  UpstreamClient client{to(server, 1)};
  const auto results = get_all(client, {"/a", "/b"}, 100ms);
  EXPECT_FALSE(results[0].error.empty());
  EXPECT_FALSE(results[1].error.empty());
}

TEST(UpstreamClient, AConnectionTheUpstreamClosedIsReplaced) {
  TestServer server{[](const Received& request) {
    return Reply{.bytes = http_response(200, request.target), .then_close = true};
  }};
  UpstreamClient client{to(server)};
  EXPECT_EQ(get_all(client, {"/a"})[0].status, 200U);
  EXPECT_EQ(get_all(client, {"/b"})[0].body, "/b");
}

TEST(UpstreamClient, NobodyListeningIsAnErrorAndNotAnException) {
  UpstreamClient::Options options;
  {
    const TestServer gone{echo};
    options = to(gone);
  }
  UpstreamClient client{options};
  EXPECT_FALSE(get_all(client, {"/a"})[0].error.empty());
}

TEST(UpstreamClient, NothingToAskIsAnsweredAtOnce) {
  TestServer server{echo};
  UpstreamClient client{to(server)};
  EXPECT_TRUE(get_all(client, {}).empty());
}

}  // namespace
}  // namespace fanout
