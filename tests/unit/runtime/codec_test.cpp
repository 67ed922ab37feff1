#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <lmi/json.hpp>
#include <lmi/run.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lmi {
namespace {

struct Order {
  int number = 0;
  std::string item;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Order, number, item)

/// What a handler makes of an event, through the same erasure run() uses. None of these handlers takes a
/// context.
template <class Handler>
detail::Outcome call(Handler handler, std::string_view data) {
  const auto erased = detail::erase_blocking(std::move(handler));
  detail::Outcome outcome;
  alignas(Context) std::array<std::byte, sizeof(Context)> unused{};
  erased({.data = data, .content_type = "text/x"}, *reinterpret_cast<Context*>(unused.data()), outcome);
  return outcome;
}

TEST(Codec, BytesGoThroughUntouched) {
  EXPECT_EQ(call([](std::string_view event) { return std::string{event}; }, "\xff").answer.data, "\xff");
  EXPECT_EQ(call([](const std::string& event) { return event; }, "x").answer.data, "x");
  const auto outcome = call([](Payload event) { return event; }, "x");
  EXPECT_EQ(outcome.answer.data, "x");
  EXPECT_EQ(outcome.answer.content_type, "text/x");
}

TEST(Codec, VoidIsAnEmptyAnswer) {
  const auto outcome = call([](std::string_view) {}, "x");
  EXPECT_EQ(outcome.answer.data, "");
  EXPECT_FALSE(outcome.error);
}

TEST(Codec, TypedHandlersReadAndWriteJson) {
  const auto outcome = call(
      [](Order order) {
        ++order.number;
        return order;
      },
      R"({"number":6,"item":"tea"})");
  EXPECT_EQ(outcome.answer.data, R"({"item":"tea","number":7})");
  EXPECT_EQ(call([](const std::vector<int>& numbers) { return numbers.size(); }, "[1,2,3]").answer.data, "3");
}

TEST(Codec, R23_AnEmptyEventIsNullToAJsonHandler) {
  EXPECT_EQ(call([](const nlohmann::json& event) { return event.is_null(); }, "").answer.data, "true");
}

TEST(Codec, R24_AnEventThatIsNotJsonFailsTheInvocation) {
  for (const auto* event : {"{", "", R"({"number":"six","item":1})"}) {
    try {
      call([](const Order& order) { return order; }, event);
      ADD_FAILURE() << event;
    } catch (const Error& error) {
      EXPECT_EQ(error.type, "InvalidEvent");
      EXPECT_FALSE(error.message.empty());
    }
  }
}

TEST(Codec, AResultIsAnAnswerOrAnError) {
  const auto handler = [](const nlohmann::json& event) -> Result<Order> {
    if (event.is_null()) return Error{.type = "NoOrder", .message = "none"};
    return event.get<Order>();
  };
  EXPECT_EQ(call(handler, R"({"number":1,"item":"a"})").answer.data, R"({"item":"a","number":1})");
  const auto failed = call(handler, "null");
  ASSERT_TRUE(failed.error);
  EXPECT_EQ(failed.error->type, "NoOrder");

  const auto nothing = call(
      [](std::string_view event) -> Result<void> {
        if (event.empty()) return Error{.type = "Empty", .message = {}};
        return {};
      },
      "");
  ASSERT_TRUE(nothing.error);
}

TEST(Codec, AResultMayHoldTextOrJson) {
  const auto echo = [](const nlohmann::json& event) -> Result<nlohmann::json> {
    if (event.is_null()) return Error{.type = "NoOrder", .message = "none"};
    return event;
  };
  EXPECT_EQ(call(echo, R"({"a":1})").answer.data, R"({"a":1})");
  EXPECT_TRUE(call(echo, "null").error);

  const auto shout = [](std::string_view event) -> Result<std::string> {
    if (event.empty()) return Error{.type = "Silence", .message = {}};
    return std::string{event} + "!";
  };
  EXPECT_EQ(call(shout, "hey").answer.data, "hey!");
  EXPECT_TRUE(call(shout, "").error);
}

TEST(Codec, AnUncheckedResultThrowsItsOwnError) {
  const Result<int> failed = Error{.type = "Mine", .message = "m"};
  try {
    static_cast<void>(failed.value());
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.type, "Mine");
  }
}

TEST(Codec, AHandlerMayOwnWhatCannotBeCopied) {
  const auto outcome = call([prefix = std::make_unique<std::string>("p-")](
                                std::string_view event) { return *prefix + std::string{event}; },
                            "x");
  EXPECT_EQ(outcome.answer.data, "p-x");
}

}  // namespace
}  // namespace lmi
