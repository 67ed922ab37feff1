#include "entry/init_error.hpp"

#include "transport/exchange.hpp"
#include "wire/error_report.hpp"

#include <spdlog/logger.h>

#include <chrono>
#include <string>

namespace lmi::entry {

void report_init_error(const transport::Endpoint& endpoint, const wire::RequestWriter& writer,
                       spdlog::logger& log, const Error& error) {
  constexpr std::chrono::seconds reply_limit{2};
  constexpr int already_reported = 403;
  const auto type = wire::function_error_type(error.type);
  log.critical("init.failed type={} message=\"{}\"", type, error.message);

  const auto body = wire::error_body(error, 64 * 1024);
  std::string head;
  writer.init_error(type, body.size(), head);
  transport::Connection connection{endpoint};
  connection.limit_until(std::chrono::steady_clock::now() + reply_limit);
  wire::ReplyParser parser;
  const auto failure = transport::exchange(connection, head, body, parser);
  const auto status = parser.reply().status;
  if (failure || (status >= 300 && status != already_reported))
    log.warn("init.report_refused status={} reason=\"{}\"", status, failure.value_or(parser.reply().body));
}

}  // namespace lmi::entry
