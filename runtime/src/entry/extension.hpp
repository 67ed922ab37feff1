#pragma once

#include "transport/extension_calls.hpp"
#include "wire/requests.hpp"

#include <string>

namespace lmi::entry {

/// The internal extension that makes the platform send SIGTERM, and time to drain, before SIGKILL. It
/// subscribes to nothing; its one duty is to keep a request for an event pending, without which init never
/// completes.
///
/// A platform that does not want it is logged and changes nothing else.
/// Threads: one calls everything. Nobody waits for the event, which never comes: the request stays pending
/// until the connection is closed.
class InternalExtension {
 public:
  /// Both must outlive it.
  InternalExtension(const transport::Endpoint& endpoint, const wire::RequestWriter& writer);
  ~InternalExtension() = default;
  InternalExtension(const InternalExtension&) = delete;
  InternalExtension& operator=(const InternalExtension&) = delete;

  /// To be called before the first poll: that one closes registration.
  void start();

 private:
  transport::ExtensionCalls calls_;
};

}  // namespace lmi::entry
