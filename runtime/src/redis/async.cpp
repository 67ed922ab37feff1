#include "lmi/redis_async.hpp"
#include "pool/async_socket_wait.hpp"
#include "redis/exchange.hpp"

#include <boost/asio/this_coro.hpp>

namespace lmi::redis {

Task<CommandResult<Reply>> async_send(Connection& connection, AcquireLimits limits, Command command) {
  using Descriptor = pool::AsyncSocketWait::Descriptor;
  Exchange exchange{connection, command};
  auto need = exchange.step();
  if (need == Exchange::Need::nothing) co_return std::move(exchange).outcome();

  pool::AsyncSocketWait wait{co_await boost::asio::this_coro::executor, exchange.socket(), limits.deadline,
                             limits.stop};
  for (; need != Exchange::Need::nothing; need = exchange.step()) {
    const bool writing = need == Exchange::Need::write;
    const auto ready = co_await wait.wait(writing ? Descriptor::wait_write : Descriptor::wait_read);
    if (ready != pool::Readiness::ready) {
      exchange.give_up(ready);
    } else if (!writing) {
      exchange.readable();
    }
  }
  co_return std::move(exchange).outcome();
}

}  // namespace lmi::redis
