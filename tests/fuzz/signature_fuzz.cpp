// Feeds changed signed requests to the verifier, and to the reader of credentials files. Whatever comes:
// without the secret nothing is accepted, a refusal has one of AWS's codes, and canonical forms are
// canonical.

#include "access/canonical_request.hpp"
#include "access/credentials.hpp"
#include "access/signature.hpp"
#include "access/verifier.hpp"
#include "fuzz/driver.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

namespace {

using namespace lmi::emulator;
using lmi::fuzz::broken;

struct Message {
  http::Head head;
  std::string_view body;
};

/// A request line, fields, an empty line, a body. Forgiving: the HTTP parser has a fuzzer of its own.
Message read_message(std::string_view input) {
  Message message;
  const auto next_line = [&input] {
    const std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    return line;
  };
  const std::string_view first = next_line();
  const auto blank = std::min(first.find(' '), first.size());
  message.head.method = first.substr(0, blank);
  message.head.target = first.substr(std::min(blank + 1, first.size()));
  while (!input.empty()) {
    const std::string_view line = next_line();
    if (line.empty()) break;
    const auto colon = std::min(line.find(':'), line.size());
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    message.head.headers.add(std::string{line.substr(0, colon)}, std::string{value});
  }
  message.body = input;
  return message;
}

void check_code(const model::ApiError& error, std::string_view input) {
  static constexpr std::array<std::string_view, 4> codes = {
      "MissingAuthenticationTokenException", "IncompleteSignatureException", "UnrecognizedClientException",
      "InvalidSignatureException"};
  if (std::find(codes.begin(), codes.end(), error.code) == codes.end())
    broken("a refusal has one of AWS's codes", input);
  if (error.message.empty()) broken("a refusal says why", input);
}

void check_canonical(std::string_view target, std::string_view input) {
  const auto question = target.find('?');
  const std::string path = access::canonical_path(target.substr(0, question));
  if (path.empty() || path.front() != '/') broken("a path begins with a slash", input);
  const bool plain =
      std::all_of(path.begin(), path.end(), [](unsigned char c) { return c > 0x20 && c < 0x7F; });
  if (!plain) broken("a path is printable", input);
  if (question == std::string_view::npos) return;
  const std::string query = access::canonical_query(target.substr(question + 1));
  if (access::canonical_query(query) != query) broken("a canonical query is its own canonical form", input);
}

}  // namespace

void lmi::fuzz::check(std::string_view input) {
  static const access::Verifier verifier{{{"AKIDEXAMPLE", {"a secret that signed none of the corpus", ""}}},
                                         "us-east-1",
                                         [] { return std::chrono::system_clock::from_time_t(1440938160); }};
  const Message message = read_message(input);
  check_canonical(message.head.target, input);
  const auto claim = verifier.examine(message.head, "service");
  if (claim) {
    const auto problem = access::Verifier::refute(*claim, message.head, access::sha256_hex(message.body));
    if (!problem) broken("without the secret nothing is accepted", input);
    check_code(*problem, input);
  } else {
    check_code(claim.error(), input);
  }
  const auto credentials = access::parse_credentials(input, "input");
  const auto* problem = std::get_if<access::CredentialsProblem>(&credentials);
  if (problem && problem->message.empty()) broken("a bad credentials file is told what is wrong", input);
}

std::span<const std::string_view> lmi::fuzz::pieces() {
  static constexpr std::string_view all[] = {"%",
                                             "%2",
                                             "%2F",
                                             "%zz",
                                             "+",
                                             "&&",
                                             "==",
                                             "/../",
                                             "/./",
                                             "//",
                                             "Credential=",
                                             "a/b/c/d/aws4_request",
                                             "SignedHeaders=;;;",
                                             "Signature=",
                                             "UNSIGNED-PAYLOAD",
                                             "X-Amz-Date:20150830T123600Z\n",
                                             "X-Amz-Content-Sha256:UNSIGNED-PAYLOAD\n",
                                             "99999999T999999Z",
                                             "[profile]\naws_access_key_id=a\n",
                                             "\xff"};
  return all;
}
