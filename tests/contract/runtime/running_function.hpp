#pragma once

#include "handlers.hpp"
#include "support/scripted_api.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>

namespace lmi::test {

/// A scripted Runtime API and, once start() is called, lmi::run() against it on a thread of this process.
/// The end of the test sends SIGTERM and expects exit code 0, unless stop() was called.
class RunningFunction : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// `slots` is AWS_LAMBDA_MAX_CONCURRENCY; nothing: standard Lambda.
  void start(std::optional<unsigned> slots, Behaviour behaviour, RunOptions options = {});

  /// Any handler: `serve` calls lmi::run() with the options it is given.
  void start_serving(std::optional<unsigned> slots, std::function<int(RunOptions)> serve,
                     RunOptions options = {});

  /// start() with obey() and four slots.
  void start_obeying() { start(4, obey); }

  /// SIGTERM, and what run() returned.
  int stop();

  /// Waits for run() to return by itself.
  int join();

  ScriptedApi api_;

 private:
  std::thread thread_;
  int exit_code_ = -1;
};

/// "Blocking" or "Coroutine", for the names of parameterised tests.
std::string kind_name(const testing::TestParamInfo<Kind>& info);

}  // namespace lmi::test

#define LMI_FOR_BOTH_KINDS(suite)                                                                           \
  INSTANTIATE_TEST_SUITE_P(, suite, testing::Values(lmi::test::Kind::blocking, lmi::test::Kind::coroutine), \
                           lmi::test::kind_name)
