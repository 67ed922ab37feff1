#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace lmi::emulator::store {

/// An error of SQLite; what() is its text.
class SqliteError : public std::runtime_error {
 public:
  SqliteError(int code, const std::string& text) : std::runtime_error{text}, code_{code} {}
  /// The primary result code, e.g. SQLITE_CORRUPT.
  int code() const noexcept { return code_ & 0xFF; }

 private:
  int code_;
};

/// One connection. sqlite3.h stays in the .cpp.
///
/// Threads: one at a time. All members throw SqliteError.
class Database {
 public:
  enum class Mode { read_only, create };
  Database(const std::filesystem::path& file, Mode mode);

  void execute(const std::string& sql);
  /// The first column of the first row, 0 when there is none.
  std::int64_t number(const std::string& sql);
  std::string text(const std::string& sql);

  sqlite3* handle() const noexcept { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const noexcept;
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A prepared statement of `database`.
class Statement {
 public:
  Statement(const Database& database, std::string_view sql);

  /// Parameters count from 1. The text must stay until run() or the last step().
  Statement& bind(int parameter, std::string_view text);
  /// True when there is a row.
  bool step();
  /// For statements without rows; ready for new parameters afterwards.
  void run();
  std::string text(int column) const;
  std::int64_t number(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace lmi::emulator::store
