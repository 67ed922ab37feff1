// Feeds changed requests to the whole control plane, with a store and a host that answers at once: a corpus
// file is "METHOD TARGET" on one line, then the body. Whatever comes, there is one answer, and none is a
// fault of the emulator's own.

#include "fuzz/driver.hpp"
#include "unit/control_plane/fixture.hpp"

#include <memory>
#include <string>
#include <utility>

namespace {

using namespace lmi::emulator::control_plane;
using lmi::fuzz::broken;
using nlohmann::json;

class Bench final : public ControlPlaneTest {
 public:
  Bench() {
    create_published_function();
    send("POST", functions_path,
         function_request({{"FunctionName", "s"}, {"CapacityProviderConfig", nullptr}}));
    settle();
  }

  Answer answer(const std::string& method, const std::string& target, const std::string& body) {
    const auto given = start(method, target, body);
    while (!given->has_value()) {
      loop_.run_until([&] { return given->has_value() || !host_->calls.empty(); });
      reply();
    }
    return std::move(**given);  // a copy would follow the levels of what a function gave back
  }

  /// Lets states settle and events be delivered.
  void rest() {
    settle();
    reply();
    settle();
  }

 private:
  void TestBody() override {}

  void reply() {
    while (!host_->calls.empty()) {
      const auto call = std::move(host_->calls.front());
      host_->calls.pop_front();
      InvokeReply answer;
      answer.body = call.call.payload;
      call.done(answer);
    }
  }
};

}  // namespace

void lmi::fuzz::check(std::string_view input) {
  // A new one now and then: what earlier requests left behind must not keep later ones from getting far.
  constexpr unsigned requests_each = 100;
  static std::unique_ptr<Bench> bench;
  static unsigned requests = 0;
  if (requests++ % requests_each == 0) bench = std::make_unique<Bench>();

  const auto line_end = input.find('\n');
  const std::string_view line = input.substr(0, line_end);
  const std::string body{line_end == std::string_view::npos ? "" : input.substr(line_end + 1)};
  const auto blank = line.find(' ');
  if (blank == std::string_view::npos) return;
  const Answer answer =
      bench->answer(std::string{line.substr(0, blank)}, std::string{line.substr(blank + 1)}, body);
  bench->rest();
  if (answer.status < 200 || answer.status == 500) broken("no request is a fault of the emulator", input);
  if (answer.header("Content-Type").starts_with("text/xml")) return;  // of STS, which "/" belongs to
  if (answer.status >= 400 && (answer.error().empty() || answer.message().empty()))
    broken("an error says what is wrong", input);
}

std::span<const std::string_view> lmi::fuzz::pieces() {
  static constexpr std::string_view all[] = {"null",
                                             "[null]",
                                             "{\"a\":null}",
                                             "{\"a\":[null]}",
                                             "{}",
                                             "[]",
                                             "\"\"",
                                             "0",
                                             "-1",
                                             "4.0",
                                             "0.0",
                                             "9223372036854775808",
                                             "18446744073709551615",
                                             "true",
                                             "\"\\u0000\"",
                                             "[[[[[[[[",
                                             "[[[[[[[[]]]]]]]]",
                                             "{\"a\":{\"a\":",
                                             "%24LATEST",
                                             "%24LATEST.PUBLISHED",
                                             "?Qualifier=1",
                                             "?Qualifier=nope",
                                             "f:nope",
                                             "/functions/s",
                                             "\xff"};
  return all;
}
