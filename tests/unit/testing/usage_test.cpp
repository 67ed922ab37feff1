// What docs/testing.md shows, compiled and run.

#include <gtest/gtest.h>

#include <lmi/json.hpp>
#include <lmi/lmi.hpp>
#include <lmi/testing.hpp>

namespace {

nlohmann::json handle(const nlohmann::json& event, lmi::Context& context) {
  context.log().info("asked for id={}", event.at("id").dump());
  return {{"double", event.at("id").get<int>() * 2}};
}

TEST(Handler, IsSafeToCallConcurrently) {
  const auto report = lmi::testing::prove_overlap(handle, {R"({"id":1})", R"({"id":2})", R"({"id":3})"});
  EXPECT_TRUE(report.passed()) << report;
}

}  // namespace
