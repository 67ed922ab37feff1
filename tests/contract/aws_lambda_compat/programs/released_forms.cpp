// The forms of the releases on GitHub (0.2.7 and later), where failure() takes two and the constructor three
// arguments; and the opt-in to concurrency. Answers once `payload` invocations are under way.
#include <aws/lambda-runtime/runtime.h>

#include <condition_variable>
#include <mutex>
#include <string>

using namespace aws::lambda_runtime;

namespace {
std::mutex mutex;
std::condition_variable changed;
int under_way = 0;
}  // namespace

int main() {
#ifdef LMI_AWS_LAMBDA_COMPAT
  allow_concurrency();
#endif
  run_handler([](invocation_request const& request) {
    if (request.payload == "throw") throw std::string("thrown");
    if (request.payload == "fail") return invocation_response::failure("two arguments", "Two");
    if (request.payload == "own") return invocation_response("not even JSON", "text/plain", false);
    const int wanted = std::stoi(request.payload);
    std::unique_lock<std::mutex> lock(mutex);
    ++under_way;
    changed.notify_all();
    changed.wait(lock, [wanted] { return under_way >= wanted; });
    return invocation_response::success("\"together\"", "application/json");
  });
  return 0;
}
