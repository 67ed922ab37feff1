// An HTTP API behind API Gateway, a function URL or an Application Load Balancer: the same program for all of
// them.

#include "api.hpp"

#include <lmi/lmi.hpp>

int main() {
  orders::OrderBook book;  // before run(): the Init phase
  return lmi::run(orders::make_api(book));
}
