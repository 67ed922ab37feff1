#pragma once

#include "support/scripted_api.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <lmi/extension.hpp>
#include <string>
#include <thread>

namespace lmi::test {

inline constexpr auto register_path = "/extension/register";
inline constexpr auto event_path = "/extension/event/next";

/// A SHUTDOWN event whose deadline is `from_now` away.
ApiReply shutdown_event(std::chrono::milliseconds from_now, const std::string& reason = "spindown");

/// A scripted platform and, once start() is called, lmi::run_extension() against it on a thread of this
/// process.
class RunningExtension : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// Managed Instances unless standard_lambda() was called.
  void start(Extension extension, ExtensionOptions options = {.name = "test-extension"});
  static void standard_lambda();

  /// Waits for the extension to ask for an event; SIGTERM; what run_extension() returned.
  int stop();
  /// What it returned, once it returns by itself.
  int join();

  ScriptedApi api_;

 private:
  std::thread thread_;
  int exit_code_ = -1;
};

}  // namespace lmi::test
