#include "events/sink_map.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lmi::emulator::events {
namespace {

TEST(SinkMap, ReadsFilesAndServers) {
  const auto file = parse_sink("arn:aws:sqs:us-east-1:000000000000:q=file:/tmp/a=b.jsonl");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->first, "arn:aws:sqs:us-east-1:000000000000:q");
  EXPECT_EQ(std::get<FileSink>(file->second).path, "/tmp/a=b.jsonl");

  const auto server = parse_sink("arn:aws:sns:us-east-1:000000000000:t=http://localhost:8080/in?x=1");
  ASSERT_TRUE(server);
  const http::Url& url = std::get<HttpSink>(server->second).url;
  EXPECT_EQ(url.host, "localhost");
  EXPECT_EQ(url.port, 8080);
  EXPECT_EQ(url.authority, "localhost:8080");
  EXPECT_EQ(url.target, "/in?x=1");
}

TEST(SinkMap, RefusesTheRest) {
  for (const char* text : {"", "arn:x", "q=file:/tmp/a", "arn:x=", "arn:x=file:", "arn:x=ftp://h/",
                           "arn:x=https://h/", "arn:x=http://"})
    EXPECT_FALSE(parse_sink(text)) << text;
}

TEST(Url, HasDefaultsAndAddressesOfSix) {
  const auto bare = http::parse_url("http://h");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->port, 80);
  EXPECT_EQ(bare->target, "/");
  const auto six = http::parse_url("http://[::1]:99?q");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->port, 99);
  EXPECT_EQ(six->target, "/?q");
}

TEST(Url, RefusesWhatCouldBeMisread) {
  for (const char* text :
       {"h", "https://h", "http://", "http://:80", "http://h:0", "http://h:65536", "http://h:8x",
        "http://u@h", "http://h/#f", "http://h/a b", "http://h/\r\nX: y", "http://[::1]x"})
    EXPECT_FALSE(http::parse_url(text)) << text;
}

}  // namespace
}  // namespace lmi::emulator::events
