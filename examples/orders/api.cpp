#include "api.hpp"

#include "label.hpp"

#include <charconv>
#include <lmi/http_json.hpp>
#include <string>
#include <system_error>
#include <vector>

namespace orders {
namespace {

using lmi::HttpError;
using lmi::HttpRequest;
using lmi::HttpResponse;

[[noreturn]] void throw_no_order(std::string_view id) {
  throw HttpError{.status = 404, .message = "no order " + std::string{id}};
}

std::uint32_t id_of(const HttpRequest& request) {
  const auto text = request.path_parameter("id");
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size()) throw_no_order(text);
  return id;
}

Order order_of(const OrderBook& book, const HttpRequest& request) {
  auto order = book.find(id_of(request));
  if (!order) throw_no_order(request.path_parameter("id"));
  return *std::move(order);
}

HttpResponse list(const OrderBook& book, const HttpRequest& request) {
  auto orders = book.list();
  if (const auto item = request.query.get("item")) {
    std::erase_if(orders, [&](const Order& order) { return order.item != *item; });
  }
  return lmi::json_response(orders);
}

HttpResponse create(OrderBook& book, const HttpRequest& request) {
  const auto order = book.add(lmi::json_body<Order>(request));
  const auto where = "/orders/" + std::to_string(order.id);
  auto response = lmi::json_response(order, 201);
  response.headers.add("location", where);
  response.cookies.push_back("last-order=" + std::to_string(order.id) + "; Path=/orders; HttpOnly");
  return response;
}

HttpResponse remove(OrderBook& book, const HttpRequest& request) {
  if (!book.remove(id_of(request))) throw_no_order(request.path_parameter("id"));
  return HttpResponse::empty(204);
}

}  // namespace

lmi::Router make_api(OrderBook& book) {
  return lmi::Router{{
      {"GET /orders", [&](const HttpRequest& request) { return list(book, request); }},
      {"POST /orders", [&](const HttpRequest& request) { return create(book, request); }},
      {"GET /orders/{id}",
       [&](const HttpRequest& request) { return lmi::json_response(order_of(book, request)); }},
      {"DELETE /orders/{id}", [&](const HttpRequest& request) { return remove(book, request); }},
      {"GET /orders/{id}/label.bmp",
       [&](const HttpRequest& request) {
         return HttpResponse::bytes(make_label(order_of(book, request).id), "image/bmp");
       }},
  }};
}

}  // namespace orders
