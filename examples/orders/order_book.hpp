#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace orders {

struct Order {
  std::uint32_t id = 0;  ///< Given by the book.
  std::string item;
  std::uint32_t quantity = 1;
};

void to_json(nlohmann::json& json, const Order& order);
/// "item" is required, "quantity" is 1 unless said, "id" is not the client's to choose.
void from_json(const nlohmann::json& json, Order& order);

/// The orders of one execution environment, in memory: what a real function keeps in a database.
/// Threads: every member from any thread, at the same time. The handlers run on many.
class OrderBook {
 public:
  /// With three orders in it, numbers 1 to 3.
  OrderBook();

  Order add(Order order);
  [[nodiscard]] std::optional<Order> find(std::uint32_t id) const;
  [[nodiscard]] std::vector<Order> list() const;
  bool remove(std::uint32_t id);

 private:
  mutable std::mutex mutex_;
  std::map<std::uint32_t, Order> orders_;
  std::uint32_t last_id_ = 0;
};

}  // namespace orders
