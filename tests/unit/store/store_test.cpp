#include "store/store.hpp"

#include "store/layer_json.hpp"
#include "support/temporary_directory.hpp"
#include "support/waiting_loop.hpp"

#include <gtest/gtest.h>

#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace lmi::emulator::store {
namespace {

namespace fs = std::filesystem;
using lmi::test::TemporaryDirectory;
using lmi::test::WaitingLoop;

model::CapacityProvider full_provider() {
  model::CapacityProvider provider;
  provider.name = "cp1";
  provider.scope = {"eu-west-1", "123456789012"};
  provider.state = model::CapacityProvider::State::active;
  provider.subnet_ids = {"subnet-a", "subnet-b"};
  provider.security_group_ids = {"sg-1"};
  provider.operator_role_arn = "arn:aws:iam::123456789012:role/op";
  provider.architecture = "arm64";
  provider.excluded_types = {"m7g.*"};
  provider.max_vcpus = 64;
  provider.manual_scaling = true;
  provider.policies = {{"LambdaCapacityProviderAverageCPUUtilization", 70.5}};
  provider.tags = {{"team", "größe"}};
  provider.propagate_tags = R"({"Mode":"None"})";
  provider.last_modified = "2025-11-25T21:37:02.000+0000";
  return provider;
}

model::Function full_function() {
  model::Function function;
  function.name = "f";
  function.scope = {"eu-west-1", "123456789012"};
  function.tags = {{"a", "b"}};
  function.next_version = 8;
  function.latest.qualifier = "$LATEST";
  function.latest.revision_id = "r1";
  function.latest.status = {.state = model::VersionState::active_non_invocable,
                            .update = model::UpdateState::successful};
  model::FunctionConfiguration& configuration = function.latest.configuration;
  configuration.role = "arn:aws:iam::123456789012:role/r";
  configuration.runtime = "provided.al2023";
  configuration.handler = "h";
  configuration.memory_mb = 4096;
  configuration.variables = std::map<std::string, std::string>{{"KEY", "value\n\"quoted\""}};
  configuration.logging = {"JSON", "DEBUG", "INFO", "/group"};
  configuration.managed = model::ManagedInstances{"cp1", "arn", 16, 4.0};
  configuration.echoed = R"({"TracingConfig":{"Mode":"Active"}})";
  configuration.code = {.sha256 = "abc", .zipped_bytes = 1234, .unzipped_bytes = 5678};
  configuration.layers = {{"arn:aws:lambda:eu-west-1:123456789012:layer:l:3",
                           {.sha256 = "l3", .zipped_bytes = 12, .unzipped_bytes = 34}}};
  configuration.opt = "l3";
  function.reserved_concurrency = 0U;

  model::Version version = function.latest;
  version.qualifier = "7";
  version.status = {
      .state = model::VersionState::failed, .reason = "no room", .reason_code = "InsufficientCapacity"};
  version.scaling = {1U, 4U};
  function.numbered[7] = version;
  function.event_invoke_configs["7"] = {0U, 60U, "arn:on-success", "arn:on-failure", {}};
  function.event_invoke_configs["$LATEST"].last_modified += std::chrono::milliseconds{1764106622007};
  version.qualifier = "$LATEST.PUBLISHED";
  version.serving = function.latest.configuration;
  version.serving->code = {"old", 1};
  function.published = version;
  return function;
}

class StateFile : public testing::Test {
 protected:
  std::unique_ptr<Store> opened() {
    auto result = Store::open(loop_, file_);
    if (auto* failure = std::get_if<OpenFailure>(&result)) {
      ADD_FAILURE() << failure->message;
      return nullptr;
    }
    return std::move(std::get<std::unique_ptr<Store>>(result));
  }

  std::string refusal(const fs::path& file) {
    auto result = Store::open(loop_, file);
    const auto* failure = std::get_if<OpenFailure>(&result);
    return failure ? failure->message : "(opened)";
  }

  /// "" or why the write failed.
  std::string write(Store& store, Changes changes) {
    std::optional<std::string> failure;
    store.write(std::move(changes), [&failure](std::string told) { failure = std::move(told); });
    loop_.run_until([&failure] { return failure.has_value(); });
    return failure.value_or("nothing was told");
  }

  std::string bytes(const fs::path& file) const {
    std::ifstream stream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
  }

  void sql(const fs::path& file, const std::string& text) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
  }

  TemporaryDirectory directory_;
  fs::path file_ = directory_ / "state.db";
  WaitingLoop loop_;
};

TEST_F(StateFile, HoldsNothingWhenItIsNew) {
  const Contents contents = opened()->take_contents();

  EXPECT_TRUE(contents.providers.empty());
  EXPECT_TRUE(contents.functions.empty());
}

TEST_F(StateFile, WritesThatArriveTogetherAreAllTheCallersInOrder) {
  constexpr int writes = 500;
  std::vector<int> told;
  {
    const auto store = opened();
    for (int i = 0; i < writes; ++i) {
      store->write({PutDocument{{"k", std::to_string(1000 + i), std::to_string(i)}}},
                   [&told, i](const std::string& failure) {
                     EXPECT_EQ(failure, "");
                     told.push_back(i);
                   });
    }
    loop_.run_until([&told] { return told.size() == writes; });
  }
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  const Contents contents = opened()->take_contents();
  ASSERT_EQ(contents.documents.size(), std::size_t{writes});
  for (int i = 0; i < writes; ++i)
    EXPECT_EQ(contents.documents[static_cast<std::size_t>(i)].json, std::to_string(i));
}

TEST_F(StateFile, GivesBackEveryMemberOfWhatWasWritten) {
  {
    const auto store = opened();
    ASSERT_EQ(write(*store, {PutProvider{full_provider()}, PutFunction{full_function()}}), "");
  }

  const Contents contents = opened()->take_contents();

  ASSERT_EQ(contents.providers.size(), 1U);
  const model::CapacityProvider& provider = contents.providers[0];
  EXPECT_EQ(provider.arn(), "arn:aws:lambda:eu-west-1:123456789012:capacity-provider:cp1");
  EXPECT_EQ(provider.state, model::CapacityProvider::State::active);
  EXPECT_EQ(provider.subnet_ids, full_provider().subnet_ids);
  EXPECT_EQ(provider.architecture, "arm64");
  EXPECT_EQ(provider.excluded_types, full_provider().excluded_types);
  EXPECT_EQ(provider.max_vcpus, 64U);
  EXPECT_TRUE(provider.manual_scaling);
  ASSERT_EQ(provider.policies.size(), 1U);
  EXPECT_EQ(provider.policies[0].target, 70.5);
  EXPECT_EQ(provider.tags, full_provider().tags);
  EXPECT_EQ(provider.propagate_tags, full_provider().propagate_tags);

  ASSERT_EQ(contents.functions.size(), 1U);
  const model::Function& function = contents.functions[0];
  const model::Function wanted = full_function();
  EXPECT_EQ(function.next_version, 8U);
  EXPECT_EQ(function.tags, wanted.tags);
  EXPECT_EQ(function.reserved_concurrency, 0U);
  EXPECT_EQ(function.latest.configuration, wanted.latest.configuration);
  EXPECT_EQ(function.latest.status.state, model::VersionState::active_non_invocable);
  ASSERT_TRUE(function.numbered.contains(7));
  EXPECT_EQ(function.numbered.at(7).status.reason_code, "InsufficientCapacity");
  EXPECT_EQ(function.numbered.at(7).scaling, (model::ScalingConfig{1U, 4U}));
  ASSERT_TRUE(function.published);
  ASSERT_EQ(function.event_invoke_configs.size(), 2U);
  const model::EventInvokeConfig& config = function.event_invoke_configs.at("7");
  EXPECT_EQ(config.retry_attempts, 0U);
  EXPECT_EQ(config.event_age_seconds, 60U);
  EXPECT_EQ(config.on_success, "arn:on-success");
  EXPECT_EQ(config.on_failure, "arn:on-failure");
  EXPECT_EQ(function.event_invoke_configs.at("$LATEST").retry_attempts, std::nullopt);
  EXPECT_EQ(function.event_invoke_configs.at("$LATEST").last_modified,
            wanted.event_invoke_configs.at("$LATEST").last_modified);
  ASSERT_TRUE(function.published->serving);
  EXPECT_EQ(*function.published->serving, *wanted.published->serving);
}

TEST_F(StateFile, GivesBackDocumentsInOrderOfKindAndKey) {
  {
    const auto store = opened();
    ASSERT_EQ(write(*store, {PutDocument{{"mapping", "b", "{}"}}, PutDocument{{"mapping", "a", "[1]"}},
                             PutDocument{{"layer", "z", "1"}}, PutDocument{{"layer", "gone", "1"}}}),
              "");
    ASSERT_EQ(write(*store, {PutDocument{{"mapping", "b", "[2]"}}, DeleteDocument{"layer", "gone"}}), "");
  }

  const auto documents = opened()->take_contents().documents;

  ASSERT_EQ(documents.size(), 3U);
  EXPECT_EQ(documents[0].kind + " " + documents[0].key + " " + documents[0].json, "layer z 1");
  EXPECT_EQ(documents[1].kind + " " + documents[1].key + " " + documents[1].json, "mapping a [1]");
  EXPECT_EQ(documents[2].kind + " " + documents[2].key + " " + documents[2].json, "mapping b [2]");
}

TEST_F(StateFile, OfFormatOneIsBroughtUpToDate) {
  {
    const auto store = opened();
    ASSERT_EQ(write(*store, {PutProvider{full_provider()}}), "");
  }
  sql(file_, "DROP TABLE documents; PRAGMA user_version = 1");

  const auto store = opened();

  EXPECT_EQ(store->take_contents().providers.size(), 1U);
  EXPECT_EQ(write(*store, {PutDocument{{"layer", "z", "1"}}}), "");
}

TEST_F(StateFile, ForgetsWhatWasDeleted) {
  {
    const auto store = opened();
    ASSERT_EQ(write(*store, {PutProvider{full_provider()}, PutFunction{full_function()}}), "");
    ASSERT_EQ(write(*store, {DeleteFunction{"f"}}), "");
    ASSERT_EQ(write(*store, {DeleteProvider{"cp1"}}), "");
  }

  const Contents contents = opened()->take_contents();
  EXPECT_TRUE(contents.providers.empty());
  EXPECT_TRUE(contents.functions.empty());
}

TEST_F(StateFile, IsOnTheDiskWhenTheWriterHearsOfIt) {
  const auto store = opened();
  ASSERT_EQ(write(*store, {PutFunction{full_function()}}), "");

  // What another process sees is what a kill -9 would leave.
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open_v2(file_.c_str(), &database, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(database, "SELECT count(*) FROM functions", -1, &statement, nullptr),
            SQLITE_OK);
  EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
  EXPECT_EQ(sqlite3_column_int(statement, 0), 1);
  sqlite3_finalize(statement);
  sqlite3_close(database);
}

TEST_F(StateFile, BelongsToOneEmulatorAtATime) {
  const auto store = opened();

  const std::string text = refusal(file_);

  EXPECT_NE(text.find("is in use by another emulator (process "), std::string::npos) << text;
  EXPECT_NE(text.find("--state"), std::string::npos) << text;
}

TEST_F(StateFile, IsFreeAgainWhenItsEmulatorEnds) {
  opened().reset();
  EXPECT_NE(opened(), nullptr);
}

TEST_F(StateFile, ThatIsNoDatabaseIsLeftAlone) {
  std::ofstream{file_} << "my diary, not a database, but long enough to be taken for one at first sight\n";
  const std::string before = bytes(file_);

  const std::string text = refusal(file_);

  EXPECT_NE(text.find("is not a state file of the emulator"), std::string::npos) << text;
  EXPECT_EQ(bytes(file_), before);
}

TEST_F(StateFile, OfAnotherProgramIsLeftAlone) {
  sql(file_, "CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('x')");
  const std::string before = bytes(file_);

  const std::string text = refusal(file_);

  EXPECT_NE(text.find("is a database of another program"), std::string::npos) << text;
  EXPECT_EQ(bytes(file_), before);
}

TEST_F(StateFile, OfANewerVersionIsLeftAlone) {
  opened().reset();
  sql(file_, "PRAGMA user_version = 99");
  const std::string before = bytes(file_);

  const std::string text = refusal(file_);

  EXPECT_NE(text.find("was written by a newer version of lmi (format 99"), std::string::npos) << text;
  EXPECT_EQ(bytes(file_), before);
}

TEST_F(StateFile, ThatIsDamagedIsLeftAlone) {
  {
    const auto store = opened();
    ASSERT_EQ(write(*store, {PutProvider{full_provider()}, PutFunction{full_function()}}), "");
  }
  {
    std::fstream file{file_, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(4096 + 8);
    file << std::string(2000, '\x5A');
  }
  const std::string before = bytes(file_);

  const std::string text = refusal(file_);

  EXPECT_NE(text.find("is damaged"), std::string::npos) << text;
  EXPECT_EQ(bytes(file_), before);
}

TEST_F(StateFile, WithARecordItCannotReadIsLeftAlone) {
  opened().reset();
  sql(file_, "INSERT INTO functions VALUES ('f', '{\"half\":')");

  const std::string text = refusal(file_);

  EXPECT_NE(text.find("is damaged (a record cannot be read"), std::string::npos) << text;
}

TEST_F(StateFile, NeedsItsDirectory) {
  const std::string text = refusal(directory_ / "missing" / "state.db");

  EXPECT_NE(text.find("does not exist. Make it (mkdir -p)"), std::string::npos) << text;
}

TEST_F(StateFile, MustNotBeADirectory) {
  fs::create_directory(directory_ / "folder");
  EXPECT_NE(refusal(directory_ / "folder").find("is a directory"), std::string::npos);
}

TEST_F(StateFile, InAPlaceThatCannotBeWrittenSaysSo) {
  // /proc refuses new files even to root.
  const std::string text = refusal("/proc/lmi-state.db");

  EXPECT_NE(text.find("writable"), std::string::npos) << text;
}

TEST_F(StateFile, RefusesEveryWriteAfterOneThatFailed) {
  const auto store = opened();
  sql(file_, "DROP TABLE functions");  // as if the disk had lost it

  const std::string first = write(*store, {PutFunction{full_function()}});
  const std::string second = write(*store, {PutProvider{full_provider()}});

  EXPECT_NE(first.find("could not be written"), std::string::npos) << first;
  EXPECT_EQ(second, first);
}

TEST_F(StateFile, WritesAllOfATransactionOrNothing) {
  {
    const auto store = opened();
    sql(file_, "DROP TABLE functions");
    ASSERT_NE(write(*store, {PutProvider{full_provider()}, PutFunction{full_function()}}), "");
  }
  sql(file_, "CREATE TABLE functions (name TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID");

  EXPECT_TRUE(opened()->take_contents().providers.empty());
}

TEST(LayerDocuments, SayEverythingOfALayer) {
  model::Layer layer;
  layer.name = "tools";
  layer.scope = {"eu-west-1", "123456789012"};
  layer.next_version = 4;
  layer.versions[3] = {.number = 3,
                       .description = "d",
                       .license = "MIT",
                       .compatible_runtimes = {"provided.al2023"},
                       .compatible_architectures = {"arm64"},
                       .created = "2025-11-25T21:37:02.000+0000",
                       .code = {.sha256 = "abc", .zipped_bytes = 12, .unzipped_bytes = 34}};
  const model::Layer read = layer_from_document(to_document(layer));
  EXPECT_EQ(read.arn(3), "arn:aws:lambda:eu-west-1:123456789012:layer:tools:3");
  EXPECT_EQ(read.next_version, 4U);
  ASSERT_TRUE(read.versions.contains(3));
  const model::LayerVersion& version = read.versions.at(3);
  EXPECT_EQ(version.number, 3U);
  EXPECT_EQ(version.description, "d");
  EXPECT_EQ(version.license, "MIT");
  EXPECT_EQ(version.compatible_runtimes, layer.versions.at(3).compatible_runtimes);
  EXPECT_EQ(version.compatible_architectures, layer.versions.at(3).compatible_architectures);
  EXPECT_EQ(version.created, layer.versions.at(3).created);
  EXPECT_EQ(version.code, layer.versions.at(3).code);
  EXPECT_THROW(layer_from_document("{}"), std::runtime_error);
  EXPECT_THROW(layer_from_document("no json"), std::runtime_error);
}

}  // namespace
}  // namespace lmi::emulator::store
