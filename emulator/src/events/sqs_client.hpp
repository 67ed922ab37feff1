#pragma once

#include "events/accepted_event.hpp"
#include "http/client.hpp"
#include "http/url.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::emulator::events {

/// "arn:aws:sqs:region:account:name", in its parts.
struct QueueArn {
  std::string region;
  std::string account_id;
  std::string name;
};
/// An empty name when `arn` is no queue's.
QueueArn parse_queue_arn(std::string_view arn);

/// The four calls of SQS that are needed, in its AWS JSON 1.0 protocol over plain HTTP. Requests bear the
/// form of a signature, which tells servers the Region, but are not signed: this is for servers that stand in
/// for SQS.
///
/// Threads:  loop thread only.
/// Lifetime: the client must outlive it and the calls it gives.
class SqsClient {
 public:
  /// `failure`: why nothing usable came, for people; empty: `answer` holds the members of the response.
  using Done = std::function<void(const std::string& failure, const nlohmann::json& answer)>;
  using Call = std::unique_ptr<http::Client::Call>;

  SqsClient(http::Client& client, http::Url endpoint) : client_{client}, endpoint_{std::move(endpoint)} {}

  [[nodiscard]] Call queue_url(const QueueArn& queue, Done done);
  /// Up to `most` (1-10) messages; waits up to `wait` (0-20 s) for the first.
  [[nodiscard]] Call receive(const QueueArn& queue, const std::string& queue_url, unsigned most,
                             std::chrono::seconds wait, Done done);
  struct Handle {
    std::string message_id;
    std::string receipt_handle;
  };
  /// Ten at most.
  [[nodiscard]] Call remove(const QueueArn& queue, const std::string& queue_url,
                            const std::vector<Handle>& messages, Done done);
  [[nodiscard]] Call send(const QueueArn& queue, const std::string& queue_url, const Delivery& delivery,
                          Done done);

 private:
  struct Operation {
    const char* name;
    nlohmann::json input;
    std::chrono::milliseconds limit{10'000};
  };
  Call call(const QueueArn& queue, Operation operation, Done done);

  http::Client& client_;
  http::Url endpoint_;
};

}  // namespace lmi::emulator::events
