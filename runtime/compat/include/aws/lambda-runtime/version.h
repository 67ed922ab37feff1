#pragma once

// The version of aws-lambda-cpp whose interface these headers offer, not lmi-cpp's own.
//
// Threads: any. Errors: none.

namespace aws {
namespace lambda_runtime {

unsigned get_version_major();
unsigned get_version_minor();
unsigned get_version_patch();

/// "Major.Minor.Patch". Static storage.
char const* get_version();

}  // namespace lambda_runtime
}  // namespace aws
