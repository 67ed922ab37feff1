#pragma once

#include "events/sqs_client.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::emulator::events {

/// A message of ReceiveMessage as a record of the function's event. nullopt when it lacks what every message
/// has.
std::optional<nlohmann::json> sqs_record(const nlohmann::json& message, std::string_view queue_arn,
                                         const QueueArn& queue);

/// Messages on their way to one invocation.
class SqsBatch {
 public:
  void add(const nlohmann::json& record);
  std::size_t size() const noexcept { return handles_.size(); }
  bool empty() const noexcept { return handles_.empty(); }
  /// Would the event still be small enough with this record?
  bool has_room_for(const nlohmann::json& record) const;

  /// {"Records":[…]}
  std::string event() const { return R"({"Records":[)" + records_ + "]}"; }

  /// The messages that are done with after a success. With ReportBatchItemFailures what `answer` says has
  /// failed is not; an answer of a wrong form makes the whole batch fail (AWS documentation).
  std::vector<SqsClient::Handle> done_after(const std::string& answer, bool reports_failures) const;

 private:
  std::string records_;
  std::vector<SqsClient::Handle> handles_;
};

}  // namespace lmi::emulator::events
