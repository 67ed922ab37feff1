// The one source file of these tests that sees coroutines.

#include "lmi/async_router.hpp"
#include "lmi/events/async_batch.hpp"
#include "lmi/events/sqs.hpp"
#include "samples.hpp"
#include "support/bare_invocation.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <stdexcept>
#include <string>
#include <vector>

namespace lmi {
namespace {

template <class T>
T finish(Task<T> task) {
  boost::asio::io_context io;
  auto result = boost::asio::co_spawn(io, std::move(task), boost::asio::use_future);
  io.run();
  return result.get();
}

/// Lets others run, as a handler that waits for the network does.
Task<void> breathe() {
  co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
}

Task<HttpResponse> show(HttpRequest request, Context context) {
  co_await breathe();
  co_return HttpResponse::text(std::string{request.path_parameter("id")} + " for " +
                               std::string{context.request_id()});
}

Task<Result<HttpResponse>> refuse(HttpRequest) {
  co_await breathe();
  co_return Error{.type = "NoOrder", .message = "none"};
}

Task<HttpResponse> throw_late(HttpRequest request) {
  co_await breathe();
  if (request.method == "POST") throw HttpError{.status = 409, .message = "twice"};
  throw std::runtime_error{"broken"};
}

HttpResponse plainly(const HttpRequest& request) {
  return HttpResponse::text(request.method);
}

AsyncRouter make_router(RouterOptions options = {}) {
  return AsyncRouter{{{"GET /orders/{id}", show},
                      {"GET /refuse", refuse},
                      {"ANY /throw", throw_late},
                      {"GET /plain", plainly}},
                     std::move(options)};
}

HttpResponse ask(const AsyncRouter& router, std::string method, std::string raw_path) {
  test::BareInvocation invocation{"r1"};
  HttpRequest request;
  request.method = std::move(method);
  request.raw_path = std::move(raw_path);
  return finish(router(std::move(request), invocation.begin()));
}

TEST(AsyncRouter, RunsCoroutinesAndPlainFunctions) {
  const auto router = make_router();
  EXPECT_EQ(ask(router, "GET", "/orders/7").body, "7 for r1");
  EXPECT_EQ(ask(router, "HEAD", "/orders/7").body, "");
  EXPECT_EQ(ask(router, "GET", "/plain").body, "GET");
  EXPECT_EQ(ask(router, "GET", "/nothing").status, 404);
  EXPECT_EQ(ask(router, "PUT", "/plain").headers.get("allow"), "GET, HEAD");
}

TEST(AsyncRouter, FailuresAreAsInARouter) {
  EXPECT_EQ(ask(make_router(), "POST", "/throw").status, 409);
  EXPECT_THROW(ask(make_router(), "GET", "/throw"), std::runtime_error);
  EXPECT_THROW(ask(make_router(), "GET", "/refuse"), Error);
  const auto mapped = make_router({.on_error = [](const HttpRequest& request, const Error& error) {
    return HttpResponse::text(request.route + " " + error.type, 503);
  }});
  EXPECT_EQ(ask(mapped, "GET", "/refuse").body, "GET /refuse NoOrder");
  EXPECT_EQ(ask(mapped, "GET", "/throw").body, "ANY /throw std::runtime_error");
}

TEST(AsyncRouter, IsAHandlerLikeAnyOther) {
  const auto erased = detail::erase_coroutine(make_router());
  test::BareInvocation invocation{"r2"};
  for (const auto* file :
       {"alb-lambda-target-request-multivalue-headers.json", "apigw-v2-request-iam.json"}) {
    const auto event = test::sample(std::string{"aws-lambda-go/"} + file);
    detail::Outcome outcome;
    boost::asio::io_context io;
    auto done =
        boost::asio::co_spawn(io, erased({.data = event, .content_type = {}}, invocation.begin(), outcome),
                              boost::asio::use_future);
    io.run();
    done.get();
    const auto answer = nlohmann::json::parse(outcome.answer.data);
    EXPECT_EQ(answer["statusCode"], 404);
    EXPECT_EQ(answer.contains("statusDescription"), std::string_view{file}.starts_with("alb"));
  }
}

Task<void> process(const SqsMessage& message) {
  co_await breathe();
  if (message.body == "bad") throw std::runtime_error{"bad"};
}

Task<Result<void>> process_with_result(const SqsMessage& message) {
  co_await breathe();
  if (message.body == "bad") co_return Error{.type = "Bad", .message = "bad"};
  co_return Result<void>{};
}

TEST(AsyncBatch, ReportsWhatFailed) {
  const SqsEvent event{
      {{.message_id = "1", .body = "good"}, {.message_id = "2", .body = "bad"}, {.message_id = "3"}}};
  test::BareInvocation invocation;
  const std::vector<std::string> second{"2"};
  EXPECT_EQ(finish(process_batch_async(event, invocation.begin(), process)).failures, second);
  EXPECT_EQ(finish(process_batch_async(event, invocation.begin(), process_with_result)).failures, second);
  EXPECT_NE(invocation.log().find("error=Bad"), std::string::npos);
}

}  // namespace
}  // namespace lmi
