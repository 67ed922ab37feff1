#include "core/logging.hpp"
#include "counting_new.hpp"
#include "invoke/invocation.hpp"
#include "invoke/slot_machine.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>

namespace lmi::invoke {
namespace {

constexpr std::string_view event =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n"
    "Lambda-Runtime-Deadline-Ms: 1795303868867\r\n"
    "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:test\r\n"
    "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n"
    "Lambda-Runtime-Invocation-Id: 0d3ff5a1-0000-4000-8000-000000000001\r\n"
    "Content-Length: 14\r\n\r\n{\"name\":\"Ada\"}";
constexpr std::string_view accepted =
    "HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";

TEST(Allocations, AnEmptyInvocationInTheSteadyStateNeedsNone) {
  const core::Settings settings;
  ScratchRoot scratch{"/nonexistent"};
  DeadlineWatch deadlines;
  Overruns overruns{{}, 1, [] {}};
  detail::Invocation invocation{
      {settings, std::make_shared<core::LogWriter>(core::LogFormat::json, core::LogLevel::fatal, -1), scratch,
       deadlines, overruns}};
  const wire::RequestWriter writer{"127.0.0.1:9001"};
  InFlightEntry in_flight;
  SlotMachine machine{{}, writer, invocation.log(), in_flight};
  const auto handler = detail::erase_blocking([](std::string_view) { return std::string{"{}"}; });

  const auto receive = [&](std::string_view bytes) {
    std::memcpy(machine.receive_space().data(), bytes.data(), bytes.size());
    return machine.received(bytes.size());
  };
  const auto invoke_once = [&] {
    machine.sent();
    ASSERT_EQ(receive(event).step, Step::dispatch);
    invocation.begin(machine.event());
    auto context = invocation.context();
    handler({.data = machine.event().body, .content_type = machine.event().content_type}, context,
            machine.outcome());
    invocation.finish();
    ASSERT_EQ(machine.answered().step, Step::send);
    machine.sent();
    ASSERT_EQ(receive(accepted).step, Step::send);
  };

  machine.start();
  machine.connected();
  for (int i = 0; i < 3; ++i) invoke_once();  // the strings find their size
  const auto before = test::allocations();
  for (int i = 0; i < 100; ++i) invoke_once();

  EXPECT_EQ(test::allocations() - before, 0U);
}

}  // namespace
}  // namespace lmi::invoke
