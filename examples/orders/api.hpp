#pragma once

#include "order_book.hpp"

#include <lmi/router.hpp>

namespace orders {

/// GET    /orders                  all orders, or those of ?item=…
/// POST   /orders                  {"item":"tea","quantity":2} → 201 and where it is
/// GET    /orders/{id}             one order
/// DELETE /orders/{id}             204
/// GET    /orders/{id}/label.bmp   a picture
///
/// `book` must outlive the router.
lmi::Router make_api(OrderBook& book);

}  // namespace orders
