// The same orders from a queue: a function behind an SQS event source mapping. A message that cannot be used
// comes again, alone, and in the end goes to the dead-letter queue; the others of its batch are done.

#include "order_book.hpp"

#include <lmi/events/sqs.hpp>
#include <lmi/json.hpp>
#include <lmi/lmi.hpp>

int main() {
  orders::OrderBook book;
  return lmi::run([&](const lmi::SqsEvent& event, lmi::Context& context) {
    return lmi::process_batch(event, context, [&](const lmi::SqsMessage& message) {
      const auto order = book.add(lmi::Codec<orders::Order>::decode(message.body, {}));
      context.log().info("order.added id={} message={}", order.id, message.message_id);
    });
  });
}
