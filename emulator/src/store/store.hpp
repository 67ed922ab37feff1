#pragma once

#include "loop/loop.hpp"
#include "model/capacity_provider.hpp"
#include "model/function.hpp"
#include "store/package_store.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace lmi::emulator::store {

// ---- Changes: what one write makes durable, all of it or nothing
// --------------------------------------------

struct PutProvider {
  model::CapacityProvider provider;
};
struct DeleteProvider {
  std::string name;
};
/// The function with all its versions.
struct PutFunction {
  model::Function function;
};
struct DeleteFunction {
  std::string name;
};
/// A record whose meaning belongs to its writer: a name of its kind ("event-source-mapping"), a key unique in
/// that kind, and JSON text.
struct Document {
  std::string kind;
  std::string key;
  std::string json;
};
struct PutDocument {
  Document document;
};
struct DeleteDocument {
  std::string kind;
  std::string key;
};
using Change =
    std::variant<PutProvider, DeleteProvider, PutFunction, DeleteFunction, PutDocument, DeleteDocument>;
using Changes = std::vector<Change>;

/// What the state file held when it was opened.
struct Contents {
  std::vector<model::CapacityProvider> providers;
  std::vector<model::Function> functions;
  std::vector<Document> documents;  ///< Ordered by kind, then key.
};

/// Why the state file cannot be used, with what to do about it. Nothing was changed.
struct OpenFailure {
  std::string message;
};

/// Everything the emulator has accepted, in one SQLite file, and the packages beside it in "<file>.d/code".
///
/// The file belongs to one emulator at a time. Writes happen in order on a thread of their own, each wholly
/// in one transaction that is on the disk before its caller hears of it (WAL, synchronous=FULL). Writes that
/// arrive while another is being committed share the next transaction: the disk is waited for once.
///
/// Threads:  loop thread.
/// Lifetime: the loop must outlive it. The destructor finishes what was begun; its callbacks do not run then.
class Store {
 public:
  /// Opens or creates `state_file`. Blocks for a moment: call it before the loop runs.
  static std::variant<std::unique_ptr<Store>, OpenFailure> open(Loop& loop,
                                                                const std::filesystem::path& state_file);
  ~Store();

  /// What the file held when opened. Gives it once; empty after that.
  Contents take_contents();

  /// `done` is called once on the loop, never from inside, with "" or the reason why nothing was written.
  /// After a failure every later write fails too, since what memory holds is no longer what the file holds.
  void write(Changes changes, std::function<void(std::string failure)> done);

  PackageStore& packages() noexcept;

 private:
  struct Parts;
  explicit Store(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace lmi::emulator::store
