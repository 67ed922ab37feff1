#include "aws/lambda-runtime/version.h"

namespace aws {
namespace lambda_runtime {

unsigned get_version_major() {
  return 0;
}
unsigned get_version_minor() {
  return 2;
}
unsigned get_version_patch() {
  return 6;
}
char const* get_version() {
  return "0.2.6";
}

}  // namespace lambda_runtime
}  // namespace aws
