// control-plane.md §3.3: which states there are, and how long they take.
#include "fixture.hpp"
#include "model/api_model.hpp"

#include <set>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

class States : public ControlPlaneTest {
 protected:
  void note(const json& view) { seen_.insert(view.at("State").get<std::string>()); }
  void scale(unsigned environments) {
    ASSERT_EQ(
        send("PUT", "/2025-11-30/functions/f/function-scaling-config?Qualifier=1",
             {{"FunctionScalingConfig",
               {{"MinExecutionEnvironments", environments}, {"MaxExecutionEnvironments", environments}}}})
            .status,
        202U);
  }
  std::string provider_state() {
    return send("GET", "/2025-11-30/capacity-providers/cp1").body.at("CapacityProvider").at("State");
  }

  const VersionKey one_{"f", "1"};
  std::set<std::string> seen_;
};

TEST_F(States, EachOfTheLifeOfAVersionIsReached) {
  create_provider();
  note(create_function({{"Publish", true}}).body);
  settle();
  note(configuration());
  host_->tell_active(one_);
  note(configuration("1"));
  scale(0);
  note(configuration("1"));
  host_->tell({one_, VersionState::deactivated, {}, {}});
  note(configuration("1"));
  scale(1);
  note(configuration("1"));
  host_->tell({one_, VersionState::failed, "InsufficientCapacity", "no room"});
  note(configuration("1"));
  send("DELETE", "/2015-03-31/functions/f");
  note(configuration("1"));

  EXPECT_EQ(seen_, (std::set<std::string>{"Pending", "Active", "ActiveNonInvocable", "Deactivating",
                                          "Deactivated", "Failed", "Deleting"}));
}

TEST_F(States, EveryReasonCodeOfTheModelIsShownAsTheHostGivesIt) {
  const model::ApiModel api = model::ApiModel::load();
  create_provider();
  create_function({{"Publish", true}});
  for (const std::string& code : *api.enumeration("LastUpdateStatusReasonCode")) {
    host_->tell({one_, VersionState::failed, code, "because"});
    const json view = configuration("1");
    EXPECT_EQ(view.at("State"), "Failed");
    EXPECT_EQ(view.at("StateReasonCode"), code);
    EXPECT_EQ(view.at("StateReason"), "because");
    EXPECT_EQ(view.at("LastUpdateStatus"), "Failed");
    EXPECT_EQ(view.at("LastUpdateStatusReasonCode"), code);
  }
}

TEST_F(States, TakeAsLongAsOnAwsWhenAskedTo) {
  delays_ = realistic_delays();
  restart();
  ASSERT_EQ(send("POST", providers_path, provider_request()).status, 202U);

  loop_.advance(milliseconds{1799});
  EXPECT_EQ(provider_state(), "Pending");
  loop_.advance(milliseconds{1});
  EXPECT_EQ(provider_state(), "Active");

  create_function();
  loop_.advance(milliseconds{2999});
  EXPECT_EQ(configuration().at("State"), "Pending");
  loop_.advance(milliseconds{1});
  EXPECT_EQ(configuration().at("State"), "ActiveNonInvocable");

  send("PUT", "/2015-03-31/functions/f/configuration", {{"Timeout", 9}});
  loop_.advance(milliseconds{1999});
  EXPECT_EQ(configuration().at("LastUpdateStatus"), "InProgress");
  loop_.advance(milliseconds{1});
  EXPECT_EQ(configuration().at("LastUpdateStatus"), "Successful");

  send("DELETE", "/2015-03-31/functions/f");
  loop_.advance(seconds{29});
  EXPECT_EQ(configuration().at("State"), "Deleting");
  loop_.advance(seconds{1});
  EXPECT_EQ(send("GET", "/2015-03-31/functions/f").status, 404U);
}

}  // namespace
}  // namespace lmi::emulator::control_plane
