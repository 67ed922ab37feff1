#include "store/store.hpp"

#include "store/record_json.hpp"
#include "store/sqlite.hpp"
#include "store/state_lock.hpp"
#include "store/worker.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

namespace lmi::emulator::store {
namespace {

namespace fs = std::filesystem;

/// "LMI1" in the file's header: tells our files from other programs' databases.
constexpr std::int64_t application_id = 0x4C4D4931;
/// Raised when tables change; a file with a higher number is left alone.
constexpr std::int64_t schema_version = 2;

/// Version 1 lacked `documents`: what is missing is made in an older file too.
constexpr const char* schema = R"(
  CREATE TABLE IF NOT EXISTS capacity_providers (name TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS functions (name TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS documents (kind TEXT NOT NULL, key TEXT NOT NULL, document TEXT NOT NULL,
                                        PRIMARY KEY (kind, key)) WITHOUT ROWID;
)";

std::string damaged(const fs::path& file, const std::string& what) {
  return "The state file " + file.string() + " is damaged (" + what +
         "). Nothing was changed. Put back a copy of it, or move it away and start again with an empty one.";
}

std::string cannot_open(const fs::path& file, const SqliteError& error) {
  switch (error.code()) {
    case SQLITE_CORRUPT: return damaged(file, error.what());
    case SQLITE_NOTADB:
      return "The state file " + file.string() +
             " is not a state file of the emulator. Nothing was changed. Choose another file with --state.";
    case SQLITE_BUSY:
      return "The state file " + file.string() +
             " is locked by another program. Close that program or choose another file with --state.";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return "The state file " + file.string() + " cannot be written (" + error.what() +
             "). Make it and its directory writable or choose another file with --state.";
    default: return "The state file " + file.string() + " cannot be used: " + error.what() + ".";
  }
}

/// What makes an existing file none of ours, or too new; "" when it is ours or empty. Changes nothing: not
/// even a journal is made, which opening for writing would do.
std::string foreign(const fs::path& file) {
  Database database{file, Database::Mode::read_only};
  if (database.number("SELECT count(*) FROM sqlite_master") == 0) return {};
  if (database.number("PRAGMA application_id") != application_id) {
    return "The file " + file.string() +
           " is a database of another program. Nothing was changed. Choose another file with --state.";
  }
  const std::int64_t version = database.number("PRAGMA user_version");
  if (version > schema_version) {
    return "The state file " + file.string() + " was written by a newer version of lmi (format " +
           std::to_string(version) + ", this one knows " + std::to_string(schema_version) +
           "). Use that version, or another file with --state. Nothing was changed.";
  }
  return {};
}

void prepare(Database& database, const fs::path& file) {
  database.execute("PRAGMA busy_timeout = 2000");
  database.execute("PRAGMA journal_mode = WAL");
  // FULL: a commit is on the disk when it returns. Writes are rare, and "accepted" must survive a power cut.
  database.execute("PRAGMA synchronous = FULL");
  const std::string verdict = database.text("PRAGMA quick_check(1)");
  if (verdict != "ok") throw std::runtime_error{damaged(file, verdict)};
  if (database.number("PRAGMA user_version") == schema_version) return;
  database.execute("BEGIN IMMEDIATE");
  database.execute(schema);
  database.execute("PRAGMA application_id = " + std::to_string(application_id));
  database.execute("PRAGMA user_version = " + std::to_string(schema_version));
  database.execute("COMMIT");
}

Contents read(const Database& database, const fs::path& file) try {
  Contents contents;
  Statement providers{database, "SELECT document FROM capacity_providers ORDER BY name"};
  while (providers.step()) contents.providers.push_back(provider_from_document(providers.text(0)));
  Statement functions{database, "SELECT document FROM functions ORDER BY name"};
  while (functions.step()) contents.functions.push_back(function_from_document(functions.text(0)));
  Statement documents{database, "SELECT kind, key, document FROM documents ORDER BY kind, key"};
  while (documents.step())
    contents.documents.push_back({documents.text(0), documents.text(1), documents.text(2)});
  return contents;
} catch (const SqliteError&) {
  throw;
} catch (const std::runtime_error& unreadable) {
  throw std::runtime_error{damaged(file, unreadable.what())};
}

void put(const Database& database, const char* sql, const std::string& name, const std::string& document) {
  Statement{database, sql}.bind(1, name).bind(2, document).run();
}

void write_change(const Database& database, const Change& change) {
  if (const auto* provider = std::get_if<PutProvider>(&change)) {
    put(database, "INSERT OR REPLACE INTO capacity_providers VALUES (?, ?)", provider->provider.name,
        to_document(provider->provider));
  } else if (const auto* function = std::get_if<PutFunction>(&change)) {
    put(database, "INSERT OR REPLACE INTO functions VALUES (?, ?)", function->function.name,
        to_document(function->function));
  } else if (const auto* gone_provider = std::get_if<DeleteProvider>(&change)) {
    Statement{database, "DELETE FROM capacity_providers WHERE name = ?"}.bind(1, gone_provider->name).run();
  } else if (const auto* gone_function = std::get_if<DeleteFunction>(&change)) {
    Statement{database, "DELETE FROM functions WHERE name = ?"}.bind(1, gone_function->name).run();
  } else if (const auto* put_document = std::get_if<PutDocument>(&change)) {
    const Document& document = put_document->document;
    Statement{database, "INSERT OR REPLACE INTO documents VALUES (?, ?, ?)"}
        .bind(1, document.kind)
        .bind(2, document.key)
        .bind(3, document.json)
        .run();
  } else if (const auto* gone_document = std::get_if<DeleteDocument>(&change)) {
    Statement{database, "DELETE FROM documents WHERE kind = ? AND key = ?"}
        .bind(1, gone_document->kind)
        .bind(2, gone_document->key)
        .run();
  }
}

/// A write that waits for the thread.
struct Pending {
  Changes changes;
  std::function<void(std::string failure)> done;
};

/// All of them in one transaction. "" or why nothing was written.
std::string commit(Database& database, const std::vector<Pending>& writes) {
  try {
    database.execute("BEGIN IMMEDIATE");
    for (const Pending& write : writes) {
      for (const Change& change : write.changes) write_change(database, change);
    }
    database.execute("COMMIT");
    return {};
  } catch (const std::exception& error) {
    std::string why = error.what();
    try {
      database.execute("ROLLBACK");
    } catch (const SqliteError&) {
      // SQLite has rolled back by itself: then there is no transaction to end.
    }
    return why;
  }
}

}  // namespace

struct Store::Parts {
  Parts(Loop& loop_, StateLock lock_, Database database_, const fs::path& file_)
      : loop{loop_},
        lock{std::move(lock_)},
        file{file_},
        database{std::move(database_)},
        packages{loop_, fs::path{file_.string() + ".d"} / "code"} {}

  void write_pending();

  Loop& loop;
  StateLock lock;
  fs::path file;
  Database database;    // used by the worker alone once it runs
  std::string failure;  // of the first write that failed; the worker's too
  Contents contents;
  PackageStore packages;
  std::mutex mutex;  // of pending
  std::vector<Pending>
      pending;    // taken together by the worker: what arrived during one commit shares the next
  Worker worker;  // last: its jobs use the rest
};

std::variant<std::unique_ptr<Store>, OpenFailure> Store::open(Loop& loop, const fs::path& state_file) {
  std::error_code error;
  const fs::path directory = fs::absolute(state_file, error).parent_path();
  if (!fs::is_directory(directory, error)) {
    return OpenFailure{
        "The directory " + directory.string() +
        " for the state file does not exist. Make it (mkdir -p) or choose another file with --state."};
  }
  if (fs::is_directory(state_file, error)) {
    return OpenFailure{"The state file " + state_file.string() +
                       " is a directory. Name a file in it with --state."};
  }
  try {
    std::string failure;
    auto lock = StateLock::take(state_file, failure);
    if (!lock) return OpenFailure{std::move(failure)};
    if (fs::exists(state_file, error)) failure = foreign(state_file);
    if (!failure.empty()) return OpenFailure{std::move(failure)};
    Database database{state_file, Database::Mode::create};
    if (sqlite3_db_readonly(database.handle(), "main") == 1) {
      return OpenFailure{cannot_open(state_file, SqliteError{SQLITE_READONLY, "it is read-only"})};
    }
    prepare(database, state_file);
    auto parts = std::make_unique<Parts>(loop, std::move(*lock), std::move(database), state_file);
    parts->contents = read(parts->database, state_file);
    return std::unique_ptr<Store>{new Store{std::move(parts)}};
  } catch (const SqliteError& sqlite) {
    return OpenFailure{cannot_open(state_file, sqlite)};
  } catch (const std::runtime_error& broken) {
    return OpenFailure{broken.what()};
  }
}

Store::Store(std::unique_ptr<Parts> parts) : parts_{std::move(parts)} {}
Store::~Store() = default;

Contents Store::take_contents() {
  return std::exchange(parts_->contents, {});
}

void Store::write(Changes changes, std::function<void(std::string)> done) {
  {
    const std::lock_guard lock{parts_->mutex};
    parts_->pending.push_back({std::move(changes), std::move(done)});
    if (parts_->pending.size() > 1) return;  // a job that has not begun will take it
  }
  parts_->worker.submit([parts = parts_.get()] { parts->write_pending(); });
}

void Store::Parts::write_pending() {
  std::vector<Pending> writes;
  {
    const std::lock_guard guard{mutex};
    writes.swap(pending);
  }
  if (failure.empty()) failure = commit(database, writes);
  std::string told = failure;
  if (!told.empty()) {
    told = "The state file " + file.string() + " could not be written (" + told +
           "). Make room or restore access, then start the emulator again.";
  }
  loop.post([writes = std::move(writes), told = std::move(told)] {
    for (const Pending& write : writes) write.done(told);
  });
}

PackageStore& Store::packages() noexcept {
  return parts_->packages;
}

}  // namespace lmi::emulator::store
