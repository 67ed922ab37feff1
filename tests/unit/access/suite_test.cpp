// Every case of AWS's published test suite for Signature Version 4 (tests/data/sigv4).

#include "access/canonical_request.hpp"
#include "access/signature.hpp"
#include "access/verifier.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace lmi::emulator::access {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& file) {
  std::ifstream stream{file, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{stream}, {}};
  EXPECT_FALSE(text.empty()) << file;
  return text;
}

struct Message {
  http::Head head;
  std::string body;
};

/// The suite's own form of a request: line feeds, blanks in the target, folded fields.
Message read_message(const std::string& text) {
  Message message;
  std::size_t at = text.find('\n');
  const std::string first = text.substr(0, at);
  message.head.method = first.substr(0, first.find(' '));
  message.head.target = first.substr(message.head.method.size() + 1);
  message.head.target.erase(message.head.target.rfind(" HTTP/"));
  std::vector<std::pair<std::string, std::string>> fields;
  while (at != std::string::npos) {
    const std::size_t end = text.find('\n', at + 1);
    const std::string line = text.substr(at + 1, end == std::string::npos ? end : end - at - 1);
    at = end;
    if (line.empty()) break;
    if (line.front() == ' ') {
      fields.back().second += "\n" + line;
    } else {
      fields.emplace_back(line.substr(0, line.find(':')), line.substr(line.find(':') + 1));
    }
  }
  if (at != std::string::npos) message.body = text.substr(at + 1);
  for (auto& [name, value] : fields) {
    // What the HTTP parser does: blanks around a value are none of it.
    value.erase(0, std::min(value.find_first_not_of(' '), value.size()));
    message.head.headers.add(name, value);
  }
  return message;
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator{LMI_SIGV4_SUITE}) {
    if (entry.path().extension() == ".sreq") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string trimmed_end(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

class AwsSuite : public testing::TestWithParam<std::string> {
 protected:
  Message signed_request() const {
    Message message = read_message(content(fs::path{LMI_SIGV4_SUITE} / (GetParam() + ".sreq")));
    http::Headers headers;
    for (const auto& [name, value] : message.head.headers) {
      if (name != "Authorization") headers.add(name, value);
    }
    headers.add("Authorization", content(fs::path{LMI_SIGV4_SUITE} / (GetParam() + ".authz")));
    message.head.headers = std::move(headers);
    return message;
  }
  /// With the suite's key at the suite's time.
  static Verifier verifier(const std::string& token) {
    return {{{"AKIDEXAMPLE", {"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token}}}, "us-east-1", [] {
              return std::chrono::system_clock::from_time_t(1440938160);
            }};
  }
};

TEST_P(AwsSuite, HasTheCanonicalRequest) {
  const Message message = signed_request();
  const auto authorization = parse_authorization(message.head.headers.get("Authorization"));
  ASSERT_TRUE(authorization) << authorization.error().message;

  EXPECT_EQ(canonical_request(message.head, authorization->signed_headers, sha256_hex(message.body)),
            trimmed_end(content(fs::path{LMI_SIGV4_SUITE} / (GetParam() + ".creq"))));
}

TEST_P(AwsSuite, IsVerifiedAndNoLongerWhenItsBodyIsAnother) {
  const Message message = signed_request();
  const Verifier aws = verifier(std::string{message.head.headers.get("X-Amz-Security-Token")});
  const auto claim = aws.examine(message.head, "service");
  ASSERT_TRUE(claim) << claim.error().message;

  const auto problem = Verifier::refute(*claim, message.head, sha256_hex(message.body));
  EXPECT_FALSE(problem) << problem->message;
  const auto changed = Verifier::refute(*claim, message.head, sha256_hex(message.body + "x"));
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->code, "InvalidSignatureException");
}

INSTANTIATE_TEST_SUITE_P(SigV4, AwsSuite, testing::ValuesIn(cases()), [](const auto& one) {
  std::string name = one.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(SigV4Suite, IsThereWhole) {
  EXPECT_EQ(cases().size(), 34U);
}

}  // namespace
}  // namespace lmi::emulator::access
