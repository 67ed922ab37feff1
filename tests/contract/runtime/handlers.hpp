#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <latch>
#include <lmi/context.hpp>
#include <lmi/options.hpp>
#include <lmi/payload.hpp>
#include <ostream>
#include <string_view>

namespace lmi::test {

enum class Kind { blocking, coroutine };

/// For googletest, which else names a test's parameter by its bytes.
inline void PrintTo(Kind kind, std::ostream* out) {
  *out << (kind == Kind::blocking ? "blocking" : "coroutine");
}

/// What a test's handler does, whichever kind it is. Called concurrently.
using Behaviour = std::function<Payload(const Payload& event, Context& context)>;

/// lmi::run() with a handler of this kind. As a coroutine the behaviour holds a worker while it runs, so
/// tests that hold several handlers inside at once give the options enough workers.
int serve(Kind kind, Behaviour behaviour, RunOptions options);

/// lmi::run() with a coroutine that waits `event` milliseconds on a timer, without holding a worker, and
/// answers its event.
int serve_timers(RunOptions options);

/// lmi::run() with a coroutine that waits, without holding a worker, until `participants` of it are inside.
int serve_meeting(std::size_t participants, RunOptions options);

/// lmi::run() with a streaming handler of this kind that does what the event says, one step a line:
/// "type <content type>", "http <status>", "write <text>", "big <bytes>", "gate" (opens with `gate`),
/// "throw". `written` counts the bytes whose write has returned.
int serve_stream(Kind kind, std::latch& gate, std::atomic<std::size_t>& written, RunOptions options);

/// Does what the event says: "echo …", "throw", "throw-error", "throw-int", "sleep <ms>", "until-stop",
/// "gate <pipe>" (reads a byte), "log <text>", "default-log <text>", "log-big <bytes>", "scratch",
/// "segfault", "environment <name>", "abort", "overflow" (of the stack), "exit <code>", "kill", "process".
Payload obey(const Payload& event, Context& context);

}  // namespace lmi::test
