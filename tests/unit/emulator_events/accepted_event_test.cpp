#include "events/accepted_event.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>

namespace lmi::emulator::events {
namespace {

WallTime at(long long milliseconds) {
  return WallTime{std::chrono::milliseconds{milliseconds}};
}

TEST(AcceptedEvent, ItsDocumentHoldsAllOfIt) {
  AcceptedEvent event;
  event.order = {{"f", "live"}, {"eu-west-1", "123456789012"}, "id-1", "Root=1", R"({"a":"ü"})", "e30="};
  event.accepted_at = at(1764106622007);
  event.attempts = 2;
  event.retry_at = at(1764106682007);
  event.deliveries = {{"arn:1", "body", {{"RequestID", "String", "id-1"}}}, {"arn:2", "other"}};
  const AcceptedEvent read = event_from_document("key", to_document(event));
  EXPECT_EQ(read.key, "key");
  EXPECT_EQ(read.order.function.name, "f");
  EXPECT_EQ(read.order.function.qualifier, "live");
  EXPECT_EQ(read.order.scope.region, "eu-west-1");
  EXPECT_EQ(read.order.scope.account_id, "123456789012");
  EXPECT_EQ(read.order.request_id, "id-1");
  EXPECT_EQ(read.order.trace_id, "Root=1");
  EXPECT_EQ(read.order.payload, R"({"a":"ü"})");
  EXPECT_EQ(read.order.client_context, "e30=");
  EXPECT_EQ(read.accepted_at, event.accepted_at);
  EXPECT_EQ(read.attempts, 2U);
  EXPECT_EQ(read.retry_at, event.retry_at);
  ASSERT_EQ(read.deliveries.size(), 2U);
  EXPECT_EQ(read.deliveries[0].destination, "arn:1");
  EXPECT_EQ(read.deliveries[0].body, "body");
  ASSERT_EQ(read.deliveries[0].attributes.size(), 1U);
  EXPECT_EQ(read.deliveries[0].attributes[0].type, "String");
  EXPECT_TRUE(read.deliveries[1].attributes.empty());
}

TEST(AcceptedEvent, WhatIsNoneIsRefused) {
  EXPECT_THROW(event_from_document("k", "{}"), std::runtime_error);
  EXPECT_THROW(event_from_document("k", "no JSON"), std::runtime_error);
}

TEST(AcceptedEvent, KeysSortByTheTimeOfAcceptance) {
  EXPECT_LT(event_key(at(999), "z"), event_key(at(1000), "a"));
  EXPECT_NE(event_key(at(1), "a"), event_key(at(1), "b"));
}

}  // namespace
}  // namespace lmi::emulator::events
