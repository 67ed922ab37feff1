#include "control_plane/actions.hpp"
#include "control_plane/event_stream.hpp"
#include "control_plane/function_checks.hpp"
#include "control_plane/invocation.hpp"
#include "control_plane/invoke_reply.hpp"
#include "control_plane/services.hpp"
#include "model/base64.hpp"

#include <memory>
#include <string_view>
#include <utility>

namespace lmi::emulator::control_plane {
namespace {

/// The caller's side of one InvokeWithResponseStream: what the function sends becomes frames.
class EventStreamAnswer final : public http::BodySink {
 public:
  EventStreamAnswer(InvokeContext about, Respond respond, BeginStream begin_stream)
      : about_{std::move(about)}, respond_{std::move(respond)}, begin_stream_{std::move(begin_stream)} {}

  void begin(const std::string&) override { open(); }

  void piece(std::string bytes, http::More more) override { write(bytes, std::move(more)); }

  /// The outcome. A failure before the function ran is an ordinary error; everything else is told in the
  /// stream, a failure of the function before its first byte too.
  void end(const InvokeReply& reply) {
    if (reply.kind == InvokeReply::Kind::throttled) return respond_(invoke_reply(about_, reply));
    open();
    event_stream::Completion completion;
    completion.log_result = model::base64_encode(reply.log_tail);
    if (reply.kind == InvokeReply::Kind::function_error) {
      completion.error_code = "Unhandled";
      completion.error_details = error_payload(about_, reply);
    } else {
      write(reply.body, nullptr);  // of a function that does not stream
    }
    writer_->write(event_stream::invoke_complete(completion), nullptr);
    writer_->finish();
  }

 private:
  void open() {
    if (writer_) return;
    Reply head;
    head.headers = {{"X-Amz-Executed-Version", about_.executed_version},
                    {"X-Amzn-Trace-Id", about_.trace_id}};
    head.content_type = event_stream::content_type;
    writer_ = begin_stream_(std::move(head));
  }

  void write(std::string_view bytes, http::More more) {
    while (bytes.size() > event_stream::max_chunk_bytes) {
      writer_->write(event_stream::payload_chunk(bytes.substr(0, event_stream::max_chunk_bytes)), nullptr);
      bytes.remove_prefix(event_stream::max_chunk_bytes);
    }
    const bool nothing = bytes.empty() && !more;
    if (!nothing) writer_->write(event_stream::payload_chunk(bytes), std::move(more));
  }

  InvokeContext about_;
  Respond respond_;
  BeginStream begin_stream_;
  std::unique_ptr<http::BodyWriter> writer_;  // once the answer has begun
};

}  // namespace

void invoke_with_response_stream(Services& services, Call call) {
  const auto reference = named_function(call);
  if (!reference) return call.respond(reference.error());
  auto invocation = requested_invocation(services, call, *reference);
  if (!invocation) return call.respond(invocation.error());
  if (call.text("InvocationType") == "DryRun") return call.respond(empty_reply(204));

  // Shared by the environment, which streams into it, and the callback, which ends it.
  const auto answer = std::make_shared<EventStreamAnswer>(
      std::move(invocation->about), std::move(call.respond), std::move(call.begin_stream));
  invocation->call.sink = answer;
  services.host.invoke(invocation->key, std::move(invocation->call),
                       [answer](const InvokeReply& reply) { answer->end(reply); });
}

}  // namespace lmi::emulator::control_plane
