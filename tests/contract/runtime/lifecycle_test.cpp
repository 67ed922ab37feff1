#include "running_function.hpp"

#include <atomic>
#include <csignal>

namespace lmi::test {
namespace {

class Lifecycle : public RunningFunction {};

TEST_P(Lifecycle, R47_SigpipeIsIgnoredWhileServing) {
  start_obeying();
  ASSERT_TRUE(api_.wait_for_polls(4));
  struct sigaction action {};
  ::sigaction(SIGPIPE, nullptr, &action);

  EXPECT_EQ(action.sa_handler, SIG_IGN);
}

TEST_P(Lifecycle, R35_AnEventThatHasArrivedWhenSigtermComesIsStillAnswered) {
  start(1, obey);
  ASSERT_TRUE(api_.wait_for_polls(1));
  api_.invoke({.id = "last", .body = "echo x"});
  ASSERT_TRUE(api_.wait_for_deliveries(1));  // in the handler, or still in the socket
  EXPECT_EQ(stop(), 0);

  EXPECT_EQ(api_.count("/last/response"), 1U);
}

TEST_P(Lifecycle, TheShutdownHookRunsAfterTheHandlers) {
  std::atomic<bool> handled = false;
  std::atomic<bool> handled_before_hook = false;
  start(1,
        [&](const Payload& event, Context&) {
          handled = true;
          return event;
        },
        {.on_shutdown = [&] { handled_before_hook = handled.load(); }});
  api_.invoke({.id = "a"});
  ASSERT_TRUE(api_.wait_for_answer("a"));

  EXPECT_EQ(stop(), 0);
  EXPECT_TRUE(handled_before_hook);
}

TEST_P(Lifecycle, RunCanBeCalledAgain) {
  for (int round = 1; round <= 2; ++round) {
    start(2, obey);
    const auto id = "round" + std::to_string(round);
    api_.invoke({.id = id, .body = "echo x"});
    ASSERT_TRUE(api_.wait_for_answer(id));
    ASSERT_TRUE(api_.wait_for_polls(2));
    EXPECT_EQ(stop(), 0);
    ASSERT_TRUE(api_.wait_for_no_polls());
  }
}

LMI_FOR_BOTH_KINDS(Lifecycle);

}  // namespace
}  // namespace lmi::test
