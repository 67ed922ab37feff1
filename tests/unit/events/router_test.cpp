#include "lmi/router.hpp"

#include "support/bare_invocation.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace lmi {
namespace {

/// Answers which route it was and what stood for its placeholders.
HttpResponse tell(const HttpRequest& request) {
  std::string text = request.route;
  for (const auto& [name, value] : request.path_parameters) text += " " + name + "=" + value;
  return {.body = text};
}

Router router_of(const std::vector<std::string>& patterns, RouterOptions options = {}) {
  std::vector<Route> routes;
  for (const auto& pattern : patterns) routes.emplace_back(pattern, tell);
  return Router{std::move(routes), std::move(options)};
}

HttpResponse ask(const Router& router, std::string method, std::string raw_path) {
  test::BareInvocation invocation;
  auto context = invocation.begin();
  HttpRequest request;
  request.method = std::move(method);
  request.raw_path = std::move(raw_path);
  return router(std::move(request), context);
}

std::string told(const Router& router, const std::string& method, const std::string& path) {
  const auto response = ask(router, method, path);
  return response.status == 200 ? response.body : std::to_string(response.status);
}

TEST(Router, FindsByMethodAndPath) {
  const auto router = router_of({"GET /", "GET /orders", "POST /orders", "GET /orders/{id}", "ANY /any"});
  EXPECT_EQ(told(router, "GET", "/"), "GET /");
  EXPECT_EQ(told(router, "GET", "/orders"), "GET /orders");
  EXPECT_EQ(told(router, "POST", "/orders"), "POST /orders");
  EXPECT_EQ(told(router, "GET", "/orders/7"), "GET /orders/{id} id=7");
  EXPECT_EQ(told(router, "PURGE", "/any"), "ANY /any");
  EXPECT_EQ(told(router, "GET", "/nowhere"), "404");
  EXPECT_EQ(told(router, "GET", "/orders/7/items"), "404");
}

TEST(Router, TheMostSpecificRouteWinsWhateverTheirOrder) {
  std::vector<std::string> patterns{"GET /{tail+}", "GET /a/{x}",     "GET /{x}/b",
                                    "GET /a/b",     "GET /a/{tail+}", "ANY /a/b"};
  for (int turn = 0; turn < 6; ++turn) {
    std::rotate(patterns.begin(), patterns.begin() + 1, patterns.end());
    const auto router = router_of(patterns);
    EXPECT_EQ(told(router, "GET", "/a/b"), "GET /a/b");
    EXPECT_EQ(told(router, "PUT", "/a/b"), "ANY /a/b");
    EXPECT_EQ(told(router, "GET", "/a/c"), "GET /a/{x} x=c");
    EXPECT_EQ(told(router, "GET", "/z/b"), "GET /{x}/b x=z");
    EXPECT_EQ(told(router, "GET", "/a/b/c"), "GET /a/{tail+} tail=b/c");
    EXPECT_EQ(told(router, "GET", "/z/c"), "GET /{tail+} tail=z/c");
  }
}

TEST(Router, AFixedSegmentThatLeadsNowhereDoesNotHideAParameter) {
  const auto router = router_of({"GET /a/b/c", "GET /{x}/b/d", "GET /a/{y}/e", "GET /{x}/{y}/f"});
  EXPECT_EQ(told(router, "GET", "/a/b/c"), "GET /a/b/c");
  EXPECT_EQ(told(router, "GET", "/a/b/d"), "GET /{x}/b/d x=a");
  EXPECT_EQ(told(router, "GET", "/a/b/e"), "GET /a/{y}/e y=b");
  EXPECT_EQ(told(router, "GET", "/a/b/f"), "GET /{x}/{y}/f x=a y=b");
  EXPECT_EQ(told(router, "GET", "/a/b/g"), "404");
}

TEST(Router, ALessSpecificRouteServesTheMethodsTheOtherHasNot) {
  const auto router = router_of({"POST /orders/new", "GET /orders/{id}", "DELETE /{tail+}"});
  EXPECT_EQ(told(router, "POST", "/orders/new"), "POST /orders/new");
  EXPECT_EQ(told(router, "GET", "/orders/new"), "GET /orders/{id} id=new");
  EXPECT_EQ(told(router, "DELETE", "/orders/new"), "DELETE /{tail+} tail=orders/new");
}

TEST(Router, AWrongMethodIsA405ThatListsTheRightOnes) {
  const auto router =
      router_of({"GET /orders/{id}", "PUT /orders/{id}", "DELETE /orders/7", "POST /{tail+}"});
  const auto refusal = ask(router, "PATCH", "/orders/7");
  EXPECT_EQ(refusal.status, 405);
  EXPECT_EQ(refusal.headers.get("allow"), "DELETE, GET, HEAD, POST, PUT");
  EXPECT_EQ(refusal.body, R"({"message":"Method Not Allowed"})");
  const auto missing = ask(router, "GET", "/");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body, R"({"message":"Not Found"})");
  EXPECT_FALSE(missing.headers.contains("allow"));
}

TEST(Router, HeadGoesToGetAndLosesTheBody) {
  Router router{
      {{"GET /a",
        [](const HttpRequest& request) { return HttpResponse{.status = 203, .body = request.method}; }},
       {"POST /b", tell},
       {"HEAD /c", [](const HttpRequest&) { return HttpResponse{.status = 202}; }},
       {"GET /c", tell}}};
  const auto head = ask(router, "HEAD", "/a");
  EXPECT_EQ(head.status, 203);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(ask(router, "HEAD", "/b").status, 405);
  EXPECT_EQ(ask(router, "HEAD", "/c").status, 202);
  EXPECT_EQ(ask(router, "HEAD", "/d").status, 404);
}

TEST(Router, SegmentsAreDecodedAfterThePathIsSplit) {
  const auto router =
      router_of({"GET /files/{name}", "GET /files/{a}/{b}", "GET /caf\xC3\xA9", "GET /raw/{path+}"});
  EXPECT_EQ(told(router, "GET", "/files/a%2Fb"), "GET /files/{name} name=a/b");
  EXPECT_EQ(told(router, "GET", "/files/a/b"), "GET /files/{a}/{b} a=a b=b");
  EXPECT_EQ(told(router, "GET", "/files/a%20b+c"), "GET /files/{name} name=a b+c");
  EXPECT_EQ(told(router, "GET", "/caf%C3%A9"), "GET /caf\xC3\xA9");
  EXPECT_EQ(told(router, "GET", "/raw/a%2Fb//c/"), "GET /raw/{path+} path=a/b//c/");
  EXPECT_EQ(told(router, "GET", "/raw/../x"), "GET /raw/{path+} path=../x");
}

TEST(Router, EmptySegmentsCount) {
  const auto router = router_of({"GET /orders", "GET /orders/{id}", "GET /slash/", "GET /files/{path+}"});
  EXPECT_EQ(told(router, "GET", "/orders/"), "404");
  EXPECT_EQ(told(router, "GET", "/slash/"), "GET /slash/");
  EXPECT_EQ(told(router, "GET", "/slash"), "404");
  EXPECT_EQ(told(router, "GET", "/files"), "404");
  EXPECT_EQ(told(router, "GET", "/files/"), "404");
  EXPECT_EQ(told(router, "GET", "//orders"), "404");
}

TEST(Router, TheBasePathStandsBeforeEveryRoute) {
  const auto router = router_of({"GET /", "GET /orders"}, {.base_path = "/v1"});
  EXPECT_EQ(told(router, "GET", "/v1"), "GET /v1");
  EXPECT_EQ(told(router, "GET", "/v1/orders"), "GET /v1/orders");
  EXPECT_EQ(told(router, "GET", "/orders"), "404");
}

TEST(Router, RefusesPatternsNobodyCanMean) {
  for (const auto* pattern : {"/orders", "get /orders", "GET orders", " /orders", "GET /{}", "GET /{id",
                              "GET /a{id}", "GET /{tail+}/more", "GET /{a}/{a}", "GET /{+}", ""}) {
    EXPECT_THROW(router_of({pattern}), std::invalid_argument) << pattern;
  }
  EXPECT_THROW(router_of({"GET /orders/{a}", "GET /orders/{b}"}), std::invalid_argument);
  EXPECT_THROW(router_of({"GET /a"}, {.base_path = "v1"}), std::invalid_argument);
  EXPECT_NO_THROW(router_of({"GET /orders/{a}", "PUT /orders/{b}"}));
  EXPECT_NO_THROW(router_of({}));
}

TEST(Router, AnHttpErrorIsTheAnswer) {
  const Router router{{{"GET /a", [](const HttpRequest&) -> HttpResponse {
                          throw HttpError{.status = 409, .message = "no \"tea\""};
                        }}}};
  const auto response = ask(router, "GET", "/a");
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(response.body, R"({"message":"no \"tea\""})");
}

TEST(Router, OtherFailuresLeaveItUnlessTheyAreMapped) {
  const std::vector<Route> routes{
      {"GET /throw", [](const HttpRequest&) -> HttpResponse { throw std::runtime_error{"broken"}; }},
      {"GET /result", [](const HttpRequest&, Context&) -> Result<HttpResponse> {
         return Error{.type = "OrderNotFound", .message = "7"};
       }}};
  EXPECT_THROW(ask(Router{routes}, "GET", "/throw"), std::runtime_error);
  EXPECT_THROW(ask(Router{routes}, "GET", "/result"), Error);

  const auto map = [](const HttpRequest& request, const Error& error) {
    return HttpResponse::text(request.route + ": " + error.type + " " + error.message, 500);
  };
  const Router mapped{routes, {.on_error = map}};
  EXPECT_EQ(ask(mapped, "GET", "/throw").body, "GET /throw: std::runtime_error broken");
  EXPECT_EQ(ask(mapped, "GET", "/result").body, "GET /result: OrderNotFound 7");
}

TEST(Router, AHandlerMayOwnWhatCannotBeCopied) {
  const Router router{{{"GET /a", [text = std::make_unique<std::string>("mine")](const HttpRequest&) {
                          return HttpResponse{.body = *text};
                        }}}};
  EXPECT_EQ(ask(router, "GET", "/a").body, "mine");
}

TEST(Router, ManyThreadsMayAskAtOnce) {
  const auto router = router_of({"GET /orders/{id}", "GET /files/{path+}", "POST /orders"});
  constexpr int threads = 8;
  std::atomic<int> wrong{0};
  std::vector<std::jthread> callers;
  for (int t = 0; t < threads; ++t) {
    callers.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const auto id = std::to_string(t * 1000 + i);
        if (told(router, "GET", "/orders/" + id) != "GET /orders/{id} id=" + id) ++wrong;
        if (told(router, "GET", "/files/x/" + id) != "GET /files/{path+} path=x/" + id) ++wrong;
        if (told(router, "PUT", "/orders") != "405") ++wrong;
      }
    });
  }
  callers.clear();
  EXPECT_EQ(wrong, 0);
}

TEST(Router, HundredsOfOverlappingRoutesStayAsSmallAsTheyAre) {
  std::vector<std::string> patterns;
  for (int i = 0; i < 150; ++i) {
    patterns.push_back("GET /r" + std::to_string(i) + "/{id}");
    patterns.push_back("GET /{any}/r" + std::to_string(i));
  }
  const auto router = router_of(patterns);
  EXPECT_EQ(told(router, "GET", "/r7/x"), "GET /r7/{id} id=x");
  EXPECT_EQ(told(router, "GET", "/x/r7"), "GET /{any}/r7 any=x");
  EXPECT_EQ(told(router, "GET", "/r7/r8"), "GET /r7/{id} id=r8");
}

}  // namespace
}  // namespace lmi
