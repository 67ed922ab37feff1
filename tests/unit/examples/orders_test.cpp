#include "api.hpp"
#include "label.hpp"
#include "support/bare_invocation.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace orders {
namespace {

using lmi::HttpResponse;
using nlohmann::json;

class Orders : public testing::Test {
 protected:
  HttpResponse ask(std::string method, std::string path, std::string body = {}, lmi::HttpQuery query = {}) {
    lmi::HttpRequest request;
    request.method = std::move(method);
    request.raw_path = std::move(path);
    request.body = std::move(body);
    request.query = std::move(query);
    auto context = invocation_.begin();
    return api_(std::move(request), context);
  }

 private:
  OrderBook book_;
  lmi::Router api_ = make_api(book_);
  lmi::test::BareInvocation invocation_;
};

TEST_F(Orders, AreListedAndFiltered) {
  EXPECT_EQ(json::parse(ask("GET", "/orders").body).size(), 3U);
  const auto tea = ask("GET", "/orders", {}, {{"item", "tea"}});
  EXPECT_EQ(tea.headers.get("content-type"), "application/json");
  EXPECT_EQ(json::parse(tea.body), json::parse(R"([{"id":1,"item":"tea","quantity":1}])"));
}

TEST_F(Orders, AreCreatedShownAndRemoved) {
  const auto created = ask("POST", "/orders", R"({"item":"milk","quantity":2,"id":99})");
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(created.headers.get("location"), "/orders/4");
  EXPECT_EQ(created.cookies.at(0), "last-order=4; Path=/orders; HttpOnly");
  EXPECT_EQ(json::parse(ask("GET", "/orders/4").body), json::parse(R"({"id":4,"item":"milk","quantity":2})"));
  EXPECT_EQ(ask("DELETE", "/orders/4").status, 204);
  EXPECT_EQ(ask("GET", "/orders/4").status, 404);
  EXPECT_EQ(ask("DELETE", "/orders/4").status, 404);
}

TEST_F(Orders, WhatIsNoOrderIsRefused) {
  EXPECT_EQ(ask("POST", "/orders", "tea please").status, 400);
  EXPECT_EQ(ask("POST", "/orders", R"({"quantity":1})").status, 400);
  EXPECT_EQ(ask("GET", "/orders/seven").status, 404);
  EXPECT_EQ(ask("GET", "/orders/7x").body, R"({"message":"no order 7x"})");
  EXPECT_EQ(ask("PUT", "/orders/1").headers.get("allow"), "DELETE, GET, HEAD");
}

TEST_F(Orders, HaveALabel) {
  const auto label = ask("GET", "/orders/3/label.bmp");
  EXPECT_EQ(label.headers.get("content-type"), "image/bmp");
  EXPECT_EQ(label.body, make_label(3));
  ASSERT_EQ(label.body.size(), 54U + 128 * 32 * 3);
  EXPECT_TRUE(label.body.starts_with("BM"));
  EXPECT_EQ(label.body.substr(54, 3), "\xFF\xFF\xFF");                  // bit 31 of 3 is not set
  EXPECT_EQ(label.body.substr(54 + 127 * 3, 3), std::string(3, '\0'));  // bit 0 is
}

}  // namespace
}  // namespace orders
