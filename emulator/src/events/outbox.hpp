#pragma once

#include "events/accepted_event.hpp"
#include "events/sink_map.hpp"
#include "events/sqs_client.hpp"
#include "http/client.hpp"
#include "loop/loop.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace lmi::emulator::events {

/// Where records for queues, topics and buses go: to the sink their ARN is mapped to, else to the queue on
/// the SQS endpoint.
///
/// Threads:  loop thread; files are written on a thread of its own, since a disk may be slow.
/// Lifetime: loop and client must outlive it. What was begun is finished by the destructor, without telling.
class Outbox {
 public:
  struct Places {
    SinkMap sinks{};
    std::optional<http::Url> sqs_endpoint{};
  };
  /// `client` may be nullptr: then only files are reached.
  Outbox(Loop& loop, http::Client* client, Places places);
  ~Outbox();

  /// One attempt. `done` is called once, never from inside: "" or why it was not taken.
  void deliver(const Delivery& delivery, std::function<void(const std::string& failure)> done);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// The line or body for a sink: the record itself; for a dead letter the message with its attributes, in the
/// form of SQS's SendMessage.
std::string sink_text(const Delivery& delivery);

}  // namespace lmi::emulator::events
