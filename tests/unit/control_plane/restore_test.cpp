#include "fixture.hpp"

#include <sqlite3.h>

#include <filesystem>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

class Restart : public ControlPlaneTest {
 protected:
  void replace_published(const std::string& content) {
    ASSERT_EQ(send("PUT", "/2015-03-31/functions/f/code", {{"ZipFile", package(content)}}).status, 200U);
    settle();
    ASSERT_EQ(send("POST", "/2015-03-31/functions/f/versions", {{"PublishTo", "LATEST_PUBLISHED"}}).status,
              201U);
  }
};

TEST_F(Restart, BringsBackProvidersAndRunningVersions) {
  create_published_function();
  ASSERT_EQ(send("PUT", "/2025-11-30/functions/f/function-scaling-config?Qualifier=%24LATEST.PUBLISHED",
                 {{"FunctionScalingConfig", {{"MinExecutionEnvironments", 1}}}})
                .status,
            202U);

  restart();

  EXPECT_TRUE(host_->providers.contains("cp1"));
  ASSERT_EQ(host_->deployed.size(), 1U);
  EXPECT_EQ(host_->deployed[0].key, published_key);
  EXPECT_EQ(host_->deployed[0].min_environments, 1U);
  EXPECT_TRUE(std::filesystem::exists(host_->deployed[0].task_root / "bootstrap"));
  EXPECT_EQ(configuration("%24LATEST.PUBLISHED").at("State"), "Pending");
  EXPECT_EQ(configuration().at("State"), "ActiveNonInvocable");
  host_->tell_active(published_key);
  EXPECT_EQ(configuration("%24LATEST.PUBLISHED").at("State"), "Active");
}

TEST_F(Restart, KeepsWhatSettledMeanwhile) {
  create_provider();
  create_function();

  restart();

  EXPECT_EQ(configuration().at("State"), "ActiveNonInvocable");
  EXPECT_EQ(send("GET", "/2025-11-30/capacity-providers/cp1").body.at("CapacityProvider").at("State"),
            "Active");
}

TEST_F(Restart, LeavesAFailedVersionFailed) {
  create_provider();
  create_function({{"Publish", true}});
  host_->tell({{"f", "1"}, VersionState::failed, "InsufficientCapacity", "no room"});
  flush();

  restart();

  EXPECT_TRUE(host_->deployed.empty());
  EXPECT_EQ(configuration("1").at("StateReasonCode"), "InsufficientCapacity");
}

TEST_F(Restart, ServesTheFormerVersionWhenItsReplacementFailed) {
  create_published_function();
  const auto former = host_->deployed.back().task_root;
  replace_published("broken");
  host_->tell({published_key, VersionState::failed, "FunctionError.RuntimeInitError", "it exited"});
  flush();

  restart();

  ASSERT_EQ(host_->deployed.size(), 1U);
  EXPECT_EQ(host_->deployed[0].task_root, former);
  host_->tell_active(published_key);
  const json view = configuration("%24LATEST.PUBLISHED");
  EXPECT_EQ(view.at("State"), "Active");
  EXPECT_EQ(view.at("LastUpdateStatus"), "Failed");
}

TEST_F(Restart, FinishesAReplacementThatWasUnderWay) {
  create_published_function();
  const auto former = host_->deployed.back().task_root;
  replace_published("new");
  const auto replacement = host_->deployed.back().task_root;
  flush();

  restart();
  ASSERT_EQ(host_->deployed.size(), 1U);
  EXPECT_EQ(host_->deployed[0].task_root, former) << "what served before serves first";
  host_->tell_active(published_key);

  ASSERT_EQ(host_->deployed.size(), 2U);
  EXPECT_EQ(host_->deployed[1].task_root, replacement);
  host_->tell_active(published_key);
  EXPECT_EQ(configuration("%24LATEST.PUBLISHED").at("LastUpdateStatus"), "Successful");
}

TEST_F(Restart, ForgetsWhatWasBeingDeleted) {
  create_published_function();
  const auto code = host_->deployed.back().task_root;
  ASSERT_EQ(send("DELETE", "/2015-03-31/functions/f").status, 202U);

  restart();
  flush();

  EXPECT_EQ(send("GET", "/2015-03-31/functions/f").status, 404U);
  EXPECT_TRUE(host_->deployed.empty());
  EXPECT_FALSE(std::filesystem::exists(code));
}

TEST_F(Restart, IsAllThatHelpsOnceTheStoreHasFailed) {
  create_provider();
  create_function({{"FunctionName", "with-url"}});
  const std::string url =
      send("POST", "/2021-10-31/functions/with-url/url", {{"AuthType", "NONE"}}).body.at("FunctionUrl");
  const auto sql = [this](const char* text) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((directory_ / "state.db").c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, text, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
  };
  sql("ALTER TABLE functions RENAME TO lost");  // as if the disk had lost it
  const Answer failed = create_function();
  EXPECT_EQ(failed.status, 500U);
  EXPECT_NE(failed.message().find("could not be written"), std::string::npos) << failed.text;
  EXPECT_NE(failed.message().find("start the emulator again"), std::string::npos) << failed.text;
  for (const auto& [method, path] : {std::pair{"GET", "/2015-03-31/functions/f"},
                                     {"GET", providers_path},
                                     {"POST", functions_path},
                                     {"DELETE", "/2025-11-30/capacity-providers/cp1"}}) {
    const Answer answer = send(method, path);
    EXPECT_EQ(answer.status, 500U) << method << path;
    EXPECT_EQ(answer.message(), failed.message());
  }
  const std::string host_name = url.substr(7, url.size() - 8);
  const auto of_url = send_head({"GET", "/", {{"Host", host_name}}}, {});
  EXPECT_EQ(of_url.status, 500U);
  EXPECT_EQ(of_url.message(), failed.message());
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_TRUE(warnings_[0].starts_with("store.failed reason=")) << warnings_[0];

  sql("ALTER TABLE lost RENAME TO functions");
  restart();
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f").status, 404U);
  EXPECT_EQ(create_function().status, 201U);
}

TEST_F(Restart, NeverGivesAVersionNumberAgain) {
  create_provider();
  create_function({{"Publish", true}});
  host_->tell_active({"f", "1"});
  settle();
  ASSERT_EQ(send("DELETE", "/2015-03-31/functions/f?Qualifier=1").status, 202U);

  restart();

  EXPECT_EQ(send("POST", "/2015-03-31/functions/f/versions", json::object()).body.at("Version"), "2");
}

}  // namespace
}  // namespace lmi::emulator::control_plane
