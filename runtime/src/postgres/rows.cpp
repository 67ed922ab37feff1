#include "lmi/postgres.hpp"

#include <libpq-fe.h>

#include <utility>

namespace lmi::postgres {

std::string_view name(Errc code) noexcept {
  switch (code) {
    case Errc::refused: return "PostgresRefused";
    case Errc::connection_lost: return "PostgresConnectionLost";
    case Errc::timed_out: return "PostgresTimedOut";
    case Errc::stopped: break;
  }
  return "PostgresStopped";
}

Error QueryError::to_error() const {
  return {.type = std::string{name(code)}, .message = sqlstate.empty() ? message : sqlstate + ": " + message};
}

void throw_exception_from_error(const QueryError& error, const boost::source_location& /*where*/) {
  throw error.to_error();
}

void Rows::Clear::operator()(pg_result* result) const noexcept {
  PQclear(result);
}

std::size_t Rows::size() const noexcept {
  return static_cast<std::size_t>(PQntuples(result_.get()));
}

std::size_t Rows::columns() const noexcept {
  return static_cast<std::size_t>(PQnfields(result_.get()));
}

std::size_t Rows::column(std::string_view name) const {
  for (std::size_t i = 0; i < columns(); ++i)
    if (PQfname(result_.get(), static_cast<int>(i)) == name) return i;
  throw Error{.type = "PostgresValue", .message = "there is no column \"" + std::string{name} + "\""};
}

std::size_t Rows::affected() const noexcept {
  const std::string_view text = PQcmdTuples(result_.get());
  std::size_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);  // empty where nothing can be affected
  return count;
}

std::optional<std::string_view> Rows::text(std::size_t row, std::size_t column) const {
  if (row >= size() || column >= columns()) wrong(row, column, "is not there");
  const int r = static_cast<int>(row);
  const int c = static_cast<int>(column);
  if (PQgetisnull(result_.get(), r, c) != 0) return std::nullopt;
  return std::string_view{PQgetvalue(result_.get(), r, c),
                          static_cast<std::size_t>(PQgetlength(result_.get(), r, c))};
}

void Rows::wrong(std::size_t row, std::size_t column, std::string_view what) {
  throw Error{.type = "PostgresValue",
              .message = "row " + std::to_string(row) + ", column " + std::to_string(column) + " " +
                         std::string{what}};
}

}  // namespace lmi::postgres
