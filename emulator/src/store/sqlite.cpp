#include "store/sqlite.hpp"

#include <sqlite3.h>

namespace lmi::emulator::store {
namespace {

void check(int code, sqlite3* handle) {
  if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
  throw SqliteError{code, handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code)};
}

}  // namespace

void Database::Close::operator()(sqlite3* handle) const noexcept {
  sqlite3_close(handle);
}
void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

Database::Database(const std::filesystem::path& file, Mode mode) {
  sqlite3* handle = nullptr;
  const int flags =
      mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(handle);
  check(code, handle);
}

void Database::execute(const std::string& sql) {
  check(sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr), handle_.get());
}

std::int64_t Database::number(const std::string& sql) {
  Statement statement{*this, sql};
  return statement.step() ? statement.number(0) : 0;
}

std::string Database::text(const std::string& sql) {
  Statement statement{*this, sql};
  return statement.step() ? statement.text(0) : std::string{};
}

Statement::Statement(const Database& database, std::string_view sql) : database_{database.handle()} {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(database_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  statement_.reset(statement);
  check(code, database_);
}

Statement& Statement::bind(int parameter, std::string_view text) {
  check(
      sqlite3_bind_text64(statement_.get(), parameter, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8),
      database_);
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  check(code, database_);
  return code == SQLITE_ROW;
}

void Statement::run() {
  step();
  check(sqlite3_reset(statement_.get()), database_);
}

std::string Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  const auto bytes = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return text ? std::string{text, bytes} : std::string{};
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

}  // namespace lmi::emulator::store
