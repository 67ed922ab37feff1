#pragma once

// The front end of logging is spdlog. lmi::run() replaces spdlog's default logger by one that writes a JSON
// object (on standard Lambda, when asked: a tab-separated text line) per message to stderr, each with exactly
// one write(2), never longer than 64 KiB.
//
//   context.log().info("resized width={}", width);   // carries the request id, from any thread
//   spdlog::info("cache warmed entries={}", n);       // carries it too inside a blocking handler's own
//   thread
//
// AWS_LAMBDA_LOG_LEVEL sets the level, AWS_LAMBDA_LOG_FORMAT the format.
//
// Threads:  any, at the same time.
// Lifetime: context.log() is valid as long as its Context.
// Errors:   none reach the caller: a line that cannot be written is lost. A longer message is cut and says
// so.

#include <spdlog/logger.h>
#include <spdlog/spdlog.h>
