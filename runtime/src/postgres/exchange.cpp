#include "postgres/exchange.hpp"

#include <utility>
#include <vector>

namespace lmi::postgres {
namespace {

std::string trimmed(const char* text) {
  std::string message = text == nullptr ? "" : text;
  while (!message.empty() && message.back() == '\n') message.pop_back();
  return message;
}

}  // namespace

Exchange::Exchange(Connection& connection, const std::string& sql, std::span<const Parameter> parameters)
    : connection_{connection.connection_} {
  connection.used_ = true;
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const auto& parameter : parameters) values.push_back(parameter.text());
  constexpr int text_format = 0;
  if (PQsendQueryParams(connection_, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                        nullptr, nullptr, text_format) != 1)
    lost();
}

Exchange::Need Exchange::step() {
  if (!done_ && !sent_) {
    const int left = PQflush(connection_);
    if (left > 0) return Need::write;
    if (left < 0) lost();
    sent_ = true;
  }
  while (!done_) {
    if (PQisBusy(connection_) != 0) return Need::read;
    std::unique_ptr<PGresult, Clear> result{PQgetResult(connection_)};
    if (result) {
      take(std::move(result));
    } else {
      done_ = true;
    }
  }
  return Need::nothing;
}

void Exchange::readable() {
  if (PQconsumeInput(connection_) != 1) lost();
}

void Exchange::take(std::unique_ptr<PGresult, Clear> result) {
  switch (PQresultStatus(result.get())) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY: result_ = std::move(result); return;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
      error_ = QueryError{Errc::refused, "0A000", "COPY needs native(); the connection will be closed"};
      done_ = true;  // in the middle of it: inspect() sees an active statement
      return;
    default: break;
  }
  if (PQstatus(connection_) != CONNECTION_OK) return lost();
  const char* const state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
  error_ =
      QueryError{Errc::refused, state == nullptr ? "" : state, trimmed(PQresultErrorMessage(result.get()))};
}

void Exchange::lost() {
  error_ = QueryError{Errc::connection_lost, "", trimmed(PQerrorMessage(connection_))};
  done_ = true;
}

void Exchange::give_up(pool::Readiness why) {
  const bool stopped = why == pool::Readiness::stopped;
  error_ =
      QueryError{stopped ? Errc::stopped : Errc::timed_out, "",
                 stopped ? "the statement was stopped" : "the statement took longer than there was time"};
  done_ = true;
}

QueryResult<Rows> Exchange::outcome() && {
  if (error_) return *std::move(error_);
  return Rows{result_.release()};
}

}  // namespace lmi::postgres
