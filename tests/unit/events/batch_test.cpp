#include "lmi/base64.hpp"
#include "lmi/events/dynamodb.hpp"
#include "lmi/events/kinesis.hpp"
#include "lmi/events/sqs.hpp"
#include "lmi/json.hpp"
#include "support/bare_invocation.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace lmi {
namespace {

using Names = std::vector<std::string>;

SqsMessage message(std::string id, std::string group = {}) {
  SqsMessage made{.message_id = id, .body = std::move(id)};
  if (!group.empty()) made.attributes["MessageGroupId"] = std::move(group);
  return made;
}

/// Runs the batch with a function that fails for bodies beginning with '-'.
struct Batch {
  Names seen;
  BatchResponse response;
  std::string log;

  template <class Event, class F>
  Batch(const Event& event, F&& f) {
    test::BareInvocation invocation{"request-7"};
    response = process_batch(event, invocation.begin(), [&](const auto& record) {
      seen.emplace_back(record.item_id());
      return f(record);
    });
    log = invocation.log();
  }
};

void fail_marked(const SqsMessage& each) {
  if (each.body.starts_with('-')) throw std::runtime_error{"cannot do " + each.body};
}

TEST(SqsBatch, AllDoneIsAnEmptyList) {
  const Batch batch{SqsEvent{{message("a"), message("b")}}, fail_marked};
  EXPECT_TRUE(batch.response.failures.empty());
  EXPECT_EQ(batch.log, "");
  Payload answer;
  Codec<BatchResponse>::encode(batch.response, answer);
  EXPECT_EQ(answer.data, R"({"batchItemFailures":[]})");
}

TEST(SqsBatch, OnlyTheFailedComeAgain) {
  const Batch batch{SqsEvent{{message("-a"), message("b"), message("-c")}}, fail_marked};
  EXPECT_EQ(batch.seen, (Names{"-a", "b", "-c"}));
  EXPECT_EQ(batch.response.failures, (Names{"-a", "-c"}));
  Payload answer;
  Codec<BatchResponse>::encode(batch.response, answer);
  EXPECT_EQ(answer.data, R"({"batchItemFailures":[{"itemIdentifier":"-a"},{"itemIdentifier":"-c"}]})");
  EXPECT_EQ(nlohmann::json(batch.response).dump(), answer.data);
}

TEST(SqsBatch, EachFailureIsLoggedWithTheRequest) {
  const Batch batch{SqsEvent{{message("-a"), message("b")}}, fail_marked};
  EXPECT_NE(batch.log.find("batch.item_failed source=sqs item=-a error=std::runtime_error"),
            std::string::npos)
      << batch.log;
  EXPECT_NE(batch.log.find("cannot do -a"), std::string::npos);
  EXPECT_NE(batch.log.find("request-7"), std::string::npos);
}

TEST(SqsBatch, AFailedResultIsAFailure) {
  const Batch batch{SqsEvent{{message("-a"), message("b")}}, [](const SqsMessage& each) -> Result<void> {
                      if (each.body == "-a") return Error{.type = "NoStock", .message = "none left"};
                      return {};
                    }};
  EXPECT_EQ(batch.response.failures, (Names{"-a"}));
  EXPECT_NE(batch.log.find("error=NoStock"), std::string::npos);
}

TEST(SqsBatch, TheRestOfAFailedFifoGroupComesAgainUnprocessed) {
  const Batch batch{SqsEvent{{message("a1", "a"), message("-b1", "b"), message("a2", "a"), message("b2", "b"),
                              message("-c1", "c"), message("b3", "b"), message("a3", "a")}},
                    fail_marked};
  EXPECT_EQ(batch.seen, (Names{"a1", "-b1", "a2", "-c1", "a3"}));
  EXPECT_EQ(batch.response.failures, (Names{"-b1", "b2", "-c1", "b3"}));
}

TEST(StreamBatch, NothingIsProcessedAfterTheFirstFailure) {
  const KinesisEvent kinesis{{{.sequence_number = "1", .data = "x"},
                              {.sequence_number = "2", .data = "-"},
                              {.sequence_number = "3", .data = "-"}}};
  const Batch batch{kinesis, [](const KinesisRecord& record) {
                      if (record.data == "-") throw std::runtime_error{"no"};
                    }};
  EXPECT_EQ(batch.seen, (Names{"1", "2"}));
  EXPECT_EQ(batch.response.failures, (Names{"2"}));

  const DynamoDbEvent dynamodb{{{.sequence_number = "7"}, {.sequence_number = "8"}}};
  const Batch changes{dynamodb, [](const DynamoDbRecord&) { throw 7; }};
  EXPECT_EQ(changes.response.failures, (Names{"7"}));
  EXPECT_NE(changes.log.find("source=dynamodb item=7"), std::string::npos);
}

}  // namespace
}  // namespace lmi
