#include "child_function.hpp"
#include "support/scripted_api.hpp"

#include <gtest/gtest.h>

namespace lmi::test {
namespace {

TEST(InitSteps, AStepThatIsNotDoneInTimeIsNamed) {
  ScriptedApi api;
  ChildFunction function{{"blocking", "stuck-init"}, {{"AWS_LAMBDA_RUNTIME_API", api.address()}}};
  EXPECT_EQ(function.wait(), 1);
  const auto report = api.wait_for("/init/error");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->header("Lambda-Runtime-Function-Error-Type"), "Function.InitTimeout");
  EXPECT_NE(report->body.find("database pool"), std::string::npos) << report->body;
  EXPECT_NE(report->body.find("configuration"), std::string::npos) << report->body;
}

TEST(InitSteps, AFailedStepIsNamed) {
  ScriptedApi api;
  ChildFunction function{{"blocking", "failing-step"}, {{"AWS_LAMBDA_RUNTIME_API", api.address()}}};
  EXPECT_EQ(function.wait(), 1);
  const auto report = api.wait_for("/init/error");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->header("Lambda-Runtime-Function-Error-Type"), "Function.RuntimeError");
  EXPECT_NE(report->body.find(R"(init step \"cache\": no route)"), std::string::npos) << report->body;
}

}  // namespace
}  // namespace lmi::test
