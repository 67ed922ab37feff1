#include "wire/error_report.hpp"
#include "wire/reply.hpp"
#include "wire/requests.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

namespace lmi::wire {
namespace {

using State = ReplyParser::State;

State feed(ReplyParser& parser, std::string_view bytes, std::size_t at_a_time) {
  auto state = State::incomplete;
  for (std::size_t at = 0; at < bytes.size() && state == State::incomplete;) {
    const auto space = parser.space();
    const auto count = std::min({space.size(), bytes.size() - at, at_a_time});
    std::memcpy(space.data(), bytes.data() + at, count);
    at += count;
    state = parser.received(count);
  }
  return state;
}

constexpr std::string_view full_event =
    "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: id\r\nLambda-Runtime-Deadline-Ms: 1795303868867\r\n"
    "Lambda-Runtime-Invoked-Function-Arn: arn\r\nLambda-Runtime-Trace-Id: "
    "Root=1\r\nLambda-Runtime-Invocation-Id: n\r\n"
    "Lambda-Runtime-Client-Context: {}\r\nLambda-Runtime-Cognito-Identity: {\"a\":1}\r\n"
    "Lambda-Runtime-Aws-Tenant-Id: t\r\nContent-Type: application/json\r\nX-Unknown: x\r\nContent-Length: "
    "5\r\n\r\nhello";

TEST(ReplyParser, R18_ReadsEveryHeaderHoweverTheBytesAreCut) {
  for (const std::size_t at_a_time : {std::size_t{1}, std::size_t{7}, full_event.size()}) {
    ReplyParser parser;
    parser.start();
    ASSERT_EQ(feed(parser, full_event, at_a_time), State::complete);
    const auto& reply = parser.reply();
    EXPECT_EQ(reply.status, 200);
    EXPECT_TRUE(reply.keep_alive);
    EXPECT_EQ(reply.request_id, "id");
    EXPECT_EQ(reply.deadline_ms, 1795303868867);
    EXPECT_EQ(reply.function_arn, "arn");
    EXPECT_EQ(reply.trace_id, "Root=1");
    EXPECT_EQ(reply.invocation_id, "n");
    EXPECT_EQ(reply.client_context, "{}");
    EXPECT_EQ(reply.cognito_identity, "{\"a\":1}");
    EXPECT_EQ(reply.tenant_id, "t");
    EXPECT_EQ(reply.content_type, "application/json");
    EXPECT_EQ(reply.body, "hello");
  }
}

TEST(ReplyParser, StartForgetsTheLastReply) {
  ReplyParser parser;
  parser.start();
  ASSERT_EQ(feed(parser, full_event, 100), State::complete);
  parser.start();
  EXPECT_FALSE(parser.started());
  ASSERT_EQ(feed(parser, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", 100), State::complete);

  EXPECT_EQ(parser.reply().status, 202);
  EXPECT_EQ(parser.reply().request_id, "");
  EXPECT_EQ(parser.reply().body, "");
  EXPECT_FALSE(parser.reply().deadline_ms);
}

TEST(ReplyParser, R22_JoinsChunks) {
  ReplyParser parser;
  parser.start();
  ASSERT_EQ(
      feed(
          parser,
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n",
          1),
      State::complete);
  EXPECT_EQ(parser.reply().body, "abcde");
}

TEST(ReplyParser, ABodyWithoutLengthEndsWithTheConnection) {
  ReplyParser parser;
  parser.start();
  ASSERT_EQ(feed(parser, "HTTP/1.1 200 OK\r\n\r\nabc", 5), State::incomplete);
  ASSERT_EQ(parser.closed(), State::complete);
  EXPECT_EQ(parser.reply().body, "abc");
  EXPECT_FALSE(parser.reply().keep_alive);
}

TEST(ReplyParser, AConnectionClosedEarlyIsMalformedAtEveryByte) {
  for (std::size_t length = 0; length < full_event.size(); ++length) {
    ReplyParser parser;
    parser.start();
    ASSERT_EQ(feed(parser, full_event.substr(0, length), 1000), State::incomplete);
    EXPECT_EQ(parser.closed(), State::malformed);
    EXPECT_FALSE(parser.problem().empty());
  }
}

TEST(ReplyParser, SkipsInterimReplies) {
  ReplyParser parser;
  parser.start();
  ASSERT_EQ(
      feed(parser, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", 9),
      State::complete);
  EXPECT_EQ(parser.reply().status, 202);
}

TEST(ReplyParser, BytesAfterTheReplySpendTheConnection) {
  ReplyParser parser;
  parser.start();
  ASSERT_EQ(feed(parser, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\nHTTP/1.1", 1000),
            State::complete);
  EXPECT_FALSE(parser.reply().keep_alive);
}

TEST(ReplyParser, R20_ADeadlineThatIsNoNumberIsAbsent) {
  for (const std::string text : {"soon", "", "12x", "99999999999999999999"}) {
    ReplyParser parser;
    parser.start();
    feed(parser, "HTTP/1.1 200 OK\r\nLambda-Runtime-Deadline-Ms: " + text + "\r\nContent-Length: 0\r\n\r\n",
         1000);
    EXPECT_FALSE(parser.reply().deadline_ms) << text;
  }
}

TEST(ReplyParser, ALongHeaderGrowsTheBuffer) {
  ReplyParser parser;
  parser.start();
  const std::string context(30'000, 'c');
  ASSERT_EQ(
      feed(parser,
           "HTTP/1.1 200 OK\r\nLambda-Runtime-Client-Context: " + context + "\r\nContent-Length: 0\r\n\r\n",
           1 << 20),
      State::complete);
  EXPECT_EQ(parser.reply().client_context, context);
}

TEST(RequestWriter, R19_EscapesTheIdInThePathAndKeepsHeadersInTheirLines) {
  const RequestWriter writer{"h:1"};
  std::string head;
  writer.response({.request_id = "a/b?\r\nX: y", .invocation_id = "n\r\nEvil: 1"}, "text/plain\r\nEvil: 2", 3,
                  head);

  EXPECT_EQ(head,
            "POST /2018-06-01/runtime/invocation/a%2Fb%3F%0D%0AX%3A%20y/response HTTP/1.1\r\nHost: h:1\r\n"
            "User-Agent: lmi-cpp/0.1.0\r\nLambda-Runtime-Invocation-Id: nEvil: 1\r\nContent-Type: "
            "text/plainEvil: 2\r\n"
            "Content-Length: 3\r\n\r\n");
}

TEST(ErrorReport, TypesBecomeFunctionDotUpperCamelLetters) {
  EXPECT_EQ(function_error_type("std::runtime_error"), "Function.RuntimeError");
  EXPECT_EQ(function_error_type("order_not_found"), "Function.OrderNotFound");
  EXPECT_EQ(function_error_type("Function.Mine"), "Function.Mine");
  EXPECT_EQ(function_error_type("a::(anonymous namespace)::Broken<b::C>"), "Function.Broken");
  EXPECT_EQ(function_error_type("run(std::vector<int>)::Local"), "Function.Local");
  EXPECT_EQ(function_error_type("Err404"), "Function.Err");
  EXPECT_EQ(function_error_type("404"), "Function.Unknown");
  EXPECT_EQ(function_error_type(""), "Function.Unknown");
}

TEST(ErrorReport, DescribesWhateverWasThrown) {
  const auto own = describe(std::make_exception_ptr(Error{.type = "Mine", .message = "m"}));
  EXPECT_EQ(own.type, "Mine");
  EXPECT_EQ(own.message, "m");
  const auto standard = describe(std::make_exception_ptr(std::out_of_range{"o"}));
  EXPECT_EQ(standard.type, "std::out_of_range");
  EXPECT_EQ(standard.message, "o");
  EXPECT_EQ(describe(std::make_exception_ptr(7)).type, "int");
}

TEST(ErrorReport, R11_ABodyStaysWithinItsLimitAndIsStillWhole) {
  const auto body = error_body({.type = "T", .message = std::string(5000, '"')}, 1000);
  EXPECT_LE(body.size(), 1000U);
  EXPECT_GT(body.size(), 990U);
  EXPECT_TRUE(body.starts_with(R"({"errorMessage":"\"\")"));
  EXPECT_TRUE(body.ends_with(R"(\"","errorType":"T","stackTrace":[]})"));
}

}  // namespace
}  // namespace lmi::wire
