#include "app/hosts.hpp"

#include "unit/control_plane/fake_host.hpp"

#include <gtest/gtest.h>

namespace lmi::emulator::app {
namespace {

using control_plane::VersionKey;

const VersionKey managed_key{"managed", "1"};
const VersionKey standard_key{"standard", "$LATEST"};

class HostsTest : public testing::Test {
 protected:
  void deploy(const VersionKey& key, std::string provider) {
    control_plane::VersionDeployment version;
    version.key = key;
    version.provider = std::move(provider);
    hosts_.deploy(std::move(version));
  }

  control_plane::FakeHost managed_;
  control_plane::FakeHost standard_;
  Hosts hosts_{managed_, standard_};
};

TEST_F(HostsTest, EachVersionGoesToTheHostOfItsKind) {
  deploy(managed_key, "cp");
  deploy(standard_key, "");
  ASSERT_EQ(managed_.deployed.size(), 1U);
  ASSERT_EQ(standard_.deployed.size(), 1U);

  hosts_.invoke(managed_key, {}, [](const control_plane::InvokeReply&) {});
  hosts_.invoke(standard_key, {}, [](const control_plane::InvokeReply&) {});
  EXPECT_EQ(managed_.calls.front().key, managed_key);
  EXPECT_EQ(standard_.calls.front().key, standard_key);
  hosts_.retire(managed_key);
  hosts_.retire(standard_key);
  EXPECT_EQ(managed_.retired, std::vector{managed_key});
  EXPECT_EQ(standard_.retired, std::vector{standard_key});
}

TEST_F(HostsTest, AKeyCanChangeItsKindOnceItWasRetired) {
  deploy(standard_key, "");
  hosts_.retire(standard_key);
  deploy(standard_key, "cp");
  hosts_.invoke(standard_key, {}, [](const control_plane::InvokeReply&) {});
  EXPECT_EQ(managed_.calls.size(), 1U);
}

TEST_F(HostsTest, ProvidersConcernManagedInstancesOnlyAndNoticesOfBothAreHeard) {
  control_plane::ProviderDeployment provider;
  provider.name = "cp";
  hosts_.put_provider(provider);
  EXPECT_TRUE(managed_.providers.contains("cp"));
  EXPECT_FALSE(standard_.providers.contains("cp"));

  std::vector<VersionKey> heard;
  hosts_.on_notice([&](const control_plane::VersionNotice& notice) { heard.push_back(notice.key); });
  managed_.tell_active(managed_key);
  standard_.tell_active(standard_key);
  EXPECT_EQ(heard, (std::vector{managed_key, standard_key}));
}

}  // namespace
}  // namespace lmi::emulator::app
