// URLs, header lists, request heads and replies: what needs no connection.

#include "http_client/reply_reader.hpp"
#include "http_client/request_head.hpp"
#include "http_client/url.hpp"
#include "lmi/header_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace lmi::http_client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(HeaderList, NamesAreComparedWithoutCase) {
  HeaderList headers{{"Content-Type", "text/plain"}};
  EXPECT_EQ(headers.find("content-TYPE"), "text/plain");
  EXPECT_FALSE(headers.find("Content"));
}

TEST(HeaderList, KeepsEveryValueOfANameInOrder) {
  HeaderList headers;
  headers.add("Set-Cookie", "a=1");
  headers.add("X", "y");
  headers.add("set-cookie", "b=2");
  EXPECT_THAT(headers.all("Set-Cookie"), ElementsAre("a=1", "b=2"));
  headers.set("SET-COOKIE", "c=3");
  EXPECT_THAT(headers.all("Set-Cookie"), ElementsAre("c=3"));
  EXPECT_EQ(headers.remove("set-cookie"), 1U);
  EXPECT_EQ(headers.size(), 1U);
}

struct GoodUrl {
  const char* url;
  Origin origin;
  const char* path;
  const char* host;
};

TEST(Url, IsTakenApart) {
  const GoodUrl cases[] = {
      {"http://example.com", {false, "example.com", 80}, "/", "example.com"},
      {"https://Example.COM/a/b?c=d&e", {true, "example.com", 443}, "/a/b?c=d&e", "example.com"},
      {"HTTP://example.com:8080?x", {false, "example.com", 8080}, "/?x", "example.com:8080"},
      {"https://example.com:443/", {true, "example.com", 443}, "/", "example.com"},
      {"http://example.com:/p", {false, "example.com", 80}, "/p", "example.com"},
      {"http://127.0.0.1:1/%20x#part", {false, "127.0.0.1", 1}, "/%20x", "127.0.0.1:1"},
      {"http://[::1]:8080/p", {false, "::1", 8080}, "/p", "[::1]:8080"},
  };
  for (const auto& [url, origin, path, host] : cases) {
    const auto target = parse_url(url);
    ASSERT_TRUE(target) << url << ": " << target.error().message;
    EXPECT_EQ(target->origin, origin) << url;
    EXPECT_EQ(target->path, path) << url;
    EXPECT_EQ(target->host, host) << url;
  }
}

TEST(Url, IsRefusedWhenItCannotBeAskedFor) {
  const char* const cases[] = {
      "",
      "example.com",
      "/path",
      "ftp://example.com/",
      "file:///etc/passwd",
      "http://",
      "http:///path",
      "http://user:secret@example.com/",
      "http://example.com:0/",
      "http://example.com:65536/",
      "http://example.com:80x/",
      "http://example.com/a b",
      "http://example.com/\r\nX: y",
      "http://exa%6dple.com/",
      "http://[::1/",
      "http://[fe80::1%25eth0]/",
      "http://example.com/\xc3\xa4",
  };
  for (const auto* url : cases) {
    const auto target = parse_url(url);
    ASSERT_FALSE(target) << url;
    EXPECT_EQ(target.error().code, HttpErrc::invalid_call) << url;
    EXPECT_THAT(target.error().message, Not(HasSubstr("secret")));
  }
}

TEST(Url, ARedirectMayBeRelative) {
  const auto base = parse_url("https://example.com/a/b?c").value();
  EXPECT_EQ(resolve_reference(base, "/x").value().url, "https://example.com/x");
  EXPECT_EQ(resolve_reference(base, "d?e").value().url, "https://example.com/a/d?e");
  EXPECT_EQ(resolve_reference(base, "//other.example/x").value().url, "https://other.example/x");
  EXPECT_EQ(resolve_reference(base, "https://other.example:8443").value().url, "https://other.example:8443/");
}

TEST(Url, ARedirectMayNotGiveUpEncryptionNorLeaveHttp) {
  const auto base = parse_url("https://example.com/").value();
  EXPECT_FALSE(resolve_reference(base, "http://example.com/"));
  EXPECT_FALSE(resolve_reference(base, "file:///etc/passwd"));
  EXPECT_FALSE(resolve_reference(base, "http://[bad"));
}

TEST(RequestHead, HasTheHostTheHeadersAndTheLength) {
  const auto target = parse_url("http://example.com:8080/p?q").value();
  const HeaderList headers{{"Accept", "*/*"}, {"X-Twice", "1"}, {"X-Twice", "2"}};
  EXPECT_EQ(format({.method = "POST", .target = target, .headers = headers, .body_bytes = 3}),
            "POST /p?q HTTP/1.1\r\nHost: example.com:8080\r\nAccept: */*\r\nX-Twice: 1\r\nX-Twice: 2\r\n"
            "Content-Length: 3\r\n\r\n");
}

TEST(RequestHead, SaysALengthOfZeroOnlyWhereABodyIsExpected) {
  const auto target = parse_url("http://a/").value();
  EXPECT_THAT(format({.method = "PUT", .target = target, .headers = {}}), HasSubstr("Content-Length: 0"));
  EXPECT_THAT(format({.method = "GET", .target = target, .headers = {}}), Not(HasSubstr("Content-Length")));
}

TEST(RequestHead, TheCallersHostReplacesTheUrls) {
  const auto target = parse_url("http://127.0.0.1/").value();
  const HeaderList headers{{"host", "example.com"}};
  EXPECT_EQ(format({.method = "GET", .target = target, .headers = headers}),
            "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
}

TEST(RequestHead, HeaderInjectionIsRefused) {
  const HeaderList::Field cases[] = {
      {"X", "a\r\nEvil: 1"}, {"X", "a\nEvil: 1"}, {"X", "a\rb"},       {"X", std::string("a\0b", 3)},
      {"X\r\nEvil", "1"},    {"X: Evil", "1"},    {"", "no name"},     {"X Y", "1"},
      {"X", "\x7f"},         {"X", "\x01"},       {"Caf\xc3\xa9", "1"}};
  for (const auto& field : cases) {
    const auto refusal = refuse("GET", {field});
    ASSERT_TRUE(refusal) << field.name;
    EXPECT_EQ(refusal->code, HttpErrc::invalid_call);
    EXPECT_THAT(refusal->message, Not(HasSubstr("Evil")));
  }
  EXPECT_TRUE(refuse("GET / HTTP/1.1\r\nEvil: 1\r\n\r\nGET", {}));
  EXPECT_TRUE(refuse("", {}));
  EXPECT_TRUE(refuse("CONNECT", {}));
  EXPECT_FALSE(refuse("PATCH", {{"X", "tab\tand \xc3\xa4 are allowed"}}));
}

TEST(RequestHead, FramingIsTheClientsOwn) {
  for (const char* name : {"Content-Length", "transfer-encoding", "CONNECTION", "Expect", "Upgrade", "TE"}) {
    EXPECT_TRUE(refuse("GET", {{name, "x"}})) << name;
  }
}

/// Feeds `bytes` in pieces of `piece`.
ReplyReader::State feed(ReplyReader& reader, const std::string& bytes, std::size_t piece) {
  auto state = ReplyReader::State::incomplete;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto space = reader.space();
    const auto count = std::min({piece, space.size(), bytes.size() - at});
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), count, space.begin());
    at += count;
    state = reader.received(count);
    if (state != ReplyReader::State::incomplete && state != ReplyReader::State::go_on) return state;
  }
  return state;
}

TEST(ReplyReader, ReadsALengthWhateverThePieces) {
  const std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: 1\r\na: 2\r\n\r\nhello";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    ReplyReader reader{100, false};
    ASSERT_EQ(feed(reader, bytes, piece), ReplyReader::State::complete) << piece;
    EXPECT_EQ(reader.reply().status, 200U);
    EXPECT_EQ(reader.reply().body, "hello");
    EXPECT_THAT(reader.reply().headers.all("A"), ElementsAre("1", "2"));
    EXPECT_TRUE(reader.keep_alive());
  }
}

TEST(ReplyReader, JoinsChunksAndLeavesTrailersOut) {
  const std::string bytes =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nEvil: 1\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    ReplyReader reader{100, false};
    ASSERT_EQ(feed(reader, bytes, piece), ReplyReader::State::complete) << piece;
    EXPECT_EQ(reader.reply().body, "abcde");
    EXPECT_FALSE(reader.reply().headers.contains("Evil"));
    EXPECT_TRUE(reader.keep_alive());
  }
}

TEST(ReplyReader, SkipsInterimRepliesAndTellsOfThe100Once) {
  ReplyReader reader{100, false};
  EXPECT_EQ(feed(reader, "HTTP/1.1 100 Continue\r\n\r\n", 1000), ReplyReader::State::go_on);
  EXPECT_EQ(feed(reader, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 1000),
            ReplyReader::State::incomplete);
  EXPECT_EQ(feed(reader, "HTTP/1.1 204 No Content\r\n\r\n", 1000), ReplyReader::State::complete);
  EXPECT_EQ(reader.reply().status, 204U);
  EXPECT_FALSE(reader.reply().headers.contains("Link"));
}

TEST(ReplyReader, AHeadReplyHasNoBodyWhateverItsLength) {
  ReplyReader reader{100, true};
  EXPECT_EQ(feed(reader, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", 1000),
            ReplyReader::State::complete);
  EXPECT_TRUE(reader.keep_alive());
}

TEST(ReplyReader, WithoutALengthTheBodyEndsWithTheConnection) {
  ReplyReader reader{100, false};
  EXPECT_EQ(feed(reader, "HTTP/1.1 200 OK\r\n\r\nhel", 1000), ReplyReader::State::incomplete);
  EXPECT_EQ(feed(reader, "lo", 1000), ReplyReader::State::incomplete);
  EXPECT_EQ(reader.closed(), ReplyReader::State::complete);
  EXPECT_EQ(reader.reply().body, "hello");
  EXPECT_FALSE(reader.keep_alive());
}

TEST(ReplyReader, ACutReplyIsNotWhole) {
  for (const char* bytes :
       {"HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
    ReplyReader reader{100, false};
    EXPECT_EQ(feed(reader, bytes, 1000), ReplyReader::State::incomplete);
    EXPECT_EQ(reader.closed(), ReplyReader::State::malformed) << bytes;
  }
}

TEST(ReplyReader, BytesAfterTheReplySpoilTheConnection) {
  ReplyReader reader{100, false};
  EXPECT_EQ(feed(reader, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n", 1000),
            ReplyReader::State::complete);
  EXPECT_FALSE(reader.keep_alive());
}

TEST(ReplyReader, ConnectionCloseSpoilsTheConnection) {
  ReplyReader reader{100, false};
  feed(reader, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 1000);
  EXPECT_FALSE(reader.keep_alive());
  ReplyReader old{100, false};
  feed(old, "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 1000);
  EXPECT_FALSE(old.keep_alive());
}

TEST(ReplyReader, MalformedRepliesAreRefused) {
  const char* const cases[] = {
      "SSH-2.0-OpenSSH_9.2\r\n\r\n",
      "HTTP/1.1 2x0 OK\r\n\r\n",
      "HTTP/2 200\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n",
      "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
  };
  for (const auto* bytes : cases) {
    ReplyReader reader{100, false};
    EXPECT_EQ(feed(reader, bytes, 1000), ReplyReader::State::malformed) << bytes;
    EXPECT_FALSE(reader.problem().empty());
  }
}

TEST(ReplyReader, ABodyOverTheLimitIsRefusedAtItsLengthOrAsItGrows) {
  ReplyReader announced{100, false};
  EXPECT_EQ(feed(announced, "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", 1000),
            ReplyReader::State::too_large);
  ReplyReader chunked{100, false};
  EXPECT_EQ(feed(chunked,
                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'x'), 1000),
            ReplyReader::State::too_large);
  ReplyReader until_close{100, false};
  EXPECT_EQ(feed(until_close, "HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'x'), 10),
            ReplyReader::State::too_large);
  ReplyReader exact{100, false};
  EXPECT_EQ(feed(exact, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'x'), 1000),
            ReplyReader::State::complete);
}

TEST(ReplyReader, AHeadBlockOverTheLimitIsRefused) {
  ReplyReader reader{100, false};
  std::string bytes = "HTTP/1.1 200 OK\r\n";
  while (bytes.size() < 70 * 1024) bytes += "X-Padding: " + std::string(500, 'x') + "\r\n";
  EXPECT_EQ(feed(reader, bytes, 4096), ReplyReader::State::too_large);
}

}  // namespace
}  // namespace lmi::http_client
