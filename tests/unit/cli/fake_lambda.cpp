#include "unit/cli/fake_lambda.hpp"

#include <algorithm>
#include <iostream>
#include <sstream>

namespace lmi::cli::test {

void FakeLambda::script(const std::string& route, unsigned status, const std::string& body,
                        const std::string& headers) {
  const std::lock_guard lock{mutex_};
  scripts_[route].push_back({.bytes = http_response(status, body, headers)});
}

void FakeLambda::script_drop(const std::string& route) {
  const std::lock_guard lock{mutex_};
  scripts_[route].push_back({.bytes = "", .then_close = true});
}

std::vector<std::string> FakeLambda::calls() const {
  const std::lock_guard lock{mutex_};
  std::vector<std::string> routes;
  for (const auto& [route, request] : received_) routes.push_back(route);
  return routes;
}

std::optional<Received> FakeLambda::last(const std::string& route) const {
  const std::lock_guard lock{mutex_};
  const auto found = std::find_if(received_.rbegin(), received_.rend(),
                                  [&](const auto& received) { return received.first == route; });
  if (found == received_.rend()) return std::nullopt;
  return found->second;
}

Reply FakeLambda::answer(const Received& request) {
  const std::lock_guard lock{mutex_};
  const std::string route = request.method + ' ' + request.target;
  received_.emplace_back(route, request);
  const auto found = scripts_.find(route);
  if (found == scripts_.end()) {
    return {.bytes = http_response(404, R"({"Message":"not here: )" + route + R"("})",
                                   "x-amzn-ErrorType: ResourceNotFoundException\r\n")};
  }
  const auto index = std::min(next_[route]++, found->second.size() - 1);
  return found->second[index];
}

std::string captured_stdout(const std::function<void()>& work) {
  std::ostringstream captured;
  auto* const before = std::cout.rdbuf(captured.rdbuf());
  work();
  std::cout.rdbuf(before);
  return captured.str();
}

}  // namespace lmi::cli::test
