#include "order_book.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace orders {

void to_json(nlohmann::json& json, const Order& order) {
  json = {{"id", order.id}, {"item", order.item}, {"quantity", order.quantity}};
}

void from_json(const nlohmann::json& json, Order& order) {
  json.at("item").get_to(order.item);
  order.quantity = json.value("quantity", 1U);
}

OrderBook::OrderBook() {
  for (const char* item : {"tea", "coffee", "biscuits"}) add({.item = item});
}

Order OrderBook::add(Order order) {
  const std::lock_guard lock{mutex_};
  order.id = ++last_id_;
  return orders_[order.id] = std::move(order);
}

std::optional<Order> OrderBook::find(std::uint32_t id) const {
  const std::lock_guard lock{mutex_};
  const auto found = orders_.find(id);
  return found == orders_.end() ? std::nullopt : std::optional{found->second};
}

std::vector<Order> OrderBook::list() const {
  const std::lock_guard lock{mutex_};
  std::vector<Order> all;
  for (const auto& [id, order] : orders_) all.push_back(order);
  return all;
}

bool OrderBook::remove(std::uint32_t id) {
  const std::lock_guard lock{mutex_};
  return orders_.erase(id) == 1;
}

}  // namespace orders
