#pragma once

#include "unit/cli/test_server.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace lmi::cli::test {

/// Scripted answers of an AWS Lambda endpoint: each route has a list of them; the last one repeats. A route
/// without a script answers ResourceNotFoundException, as AWS does for what does not exist.
class FakeLambda {
 public:
  FakeLambda() : server_{[this](const Received& request) { return answer(request); }} {}

  /// `route` is "METHOD target".
  void script(const std::string& route, unsigned status, const std::string& body,
              const std::string& headers = {});
  /// The connection is dropped instead.
  void script_drop(const std::string& route);

  std::string url() const { return server_.url(); }
  /// "METHOD target" of every request, in order.
  std::vector<std::string> calls() const;
  /// The last request to that route.
  std::optional<Received> last(const std::string& route) const;

 private:
  Reply answer(const Received& request);

  mutable std::mutex mutex_;
  std::map<std::string, std::vector<Reply>> scripts_;
  std::map<std::string, std::size_t> next_;
  std::vector<std::pair<std::string, Received>> received_;
  TestServer server_;  ///< Last: its threads use all above.
};

/// Runs `work` and gives what it wrote to stdout.
std::string captured_stdout(const std::function<void()>& work);

}  // namespace lmi::cli::test
