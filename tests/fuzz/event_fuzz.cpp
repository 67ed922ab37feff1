// Feeds changed events to everything that reads events, and the requests it makes to everything that answers
// them.
//
//   event_fuzz ROUNDS DIRECTORY   changes each .json file below it ROUNDS times, always in the same ways
//
// Built with clang's -fsanitize=fuzzer and LMI_LIBFUZZER defined, LLVMFuzzerTestOneInput is the entry
// instead.

#include "lmi/base64.hpp"
#include "lmi/events/dynamodb.hpp"
#include "lmi/events/eventbridge.hpp"
#include "lmi/events/kinesis.hpp"
#include "lmi/events/s3.hpp"
#include "lmi/events/scheduled.hpp"
#include "lmi/events/sns.hpp"
#include "lmi/events/sqs.hpp"
#include "lmi/http.hpp"
#include "lmi/router.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <string_view>

namespace {

using namespace lmi;

[[noreturn]] void broken(const char* promise, std::string_view input) {
  std::fprintf(stderr, "not so: %s\ninput: %.*s\n", promise, static_cast<int>(input.size()), input.data());
  std::abort();
}

/// Either a value, or an Error InvalidEvent with a message; nothing else may come out.
template <class E>
bool reads(std::string_view input) {
  try {
    static_cast<void>(Codec<E>::decode(input, {}));
    return true;
  } catch (const Error& error) {
    if (error.type != "InvalidEvent" || error.message.empty()) broken("a bad event is InvalidEvent", input);
    return false;
  }
}

void check_http(std::string_view input) {
  static const detail::RouteTable table{{"GET /", "GET /{a}", "POST /{a}/b", "ANY /x/{t+}", "GET /my/path"},
                                        ""};
  if (!reads<HttpRequest>(input)) return;
  auto request = parse_http_request(input);
  if (request.path.empty() || request.raw_path.empty()) broken("a path is never empty", input);

  HttpResponse response{.body = request.body};
  response.headers.add("content-type", request.raw_path);  // percent-encoded or not: perhaps with line breaks
  if (table.find(request, response)) response.status = 201;
  try {
    const auto answer = nlohmann::json::parse(write_http_response(response, request.answer_form));
    const auto text = answer.at("body").get<std::string>();
    const auto body = answer.at("isBase64Encoded").get<bool>() ? base64_decode(text).value() : text;
    if (body != response.body) broken("a body arrives as it was", input);
  } catch (const Error& error) {
    if (error.type != "InvalidResponse") broken("what cannot be sent is InvalidResponse", input);
  }
}

void check(std::string_view input) {
  check_http(input);
  reads<SqsEvent>(input);
  reads<SnsEvent>(input);
  reads<S3Event>(input);
  reads<KinesisEvent>(input);
  reads<DynamoDbEvent>(input);
  reads<EventBridgeEvent>(input);
  reads<ScheduledEvent>(input);
}

}  // namespace

#ifdef LMI_LIBFUZZER

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({reinterpret_cast<const char*>(data), size});
  return 0;
}

#else

namespace {

using Random = std::mt19937;

/// One change of bytes: the kinds of damage parsers fall over.
std::string changed(std::string text, Random& random) {
  constexpr std::string_view pieces[] = {"null",   "{}",  "[]", "\"\"",         "7",     "true",
                                         "-1e999", "%2F", "%",  "\\u0000",      "\"%\"", "[[[[",
                                         "\xff",   "A",   "==", "{\"S\":\"x\"}"};
  const auto below = [&](std::size_t bound) { return bound == 0 ? 0 : random() % bound; };
  const auto at = below(text.size());
  switch (below(6)) {
    case 0: text.erase(at, 1 + below(8)); break;
    case 1: text.insert(at, pieces[below(std::size(pieces))]); break;
    case 2: text.resize(at); break;
    case 3: text[at] = static_cast<char>(random()); break;
    case 4: text.insert(at, text.substr(below(text.size()), below(64))); break;
    default: {  // one JSON value replaced by another
      const auto colon = text.find(':', at);
      if (colon == std::string::npos) break;
      const auto end = text.find_first_of(",}]\n", colon);
      text.replace(colon + 1, (end == std::string::npos ? text.size() : end) - colon - 1,
                   pieces[below(std::size(pieces))]);
    }
  }
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: event_fuzz ROUNDS DIRECTORY\n");
    return 2;
  }
  const int rounds = std::atoi(argv[1]);
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{argv[2]}) {
    if (entry.path().extension() == ".json") files.insert(entry.path());
  }
  long inputs = 0;
  for (const auto& path : files) {
    std::ifstream file{path, std::ios::binary};
    const std::string original{std::istreambuf_iterator<char>{file}, {}};
    check(original);
    Random
        random;  // its default seed, for every file: what a file goes through does not depend on the others
    for (int round = 0; round < rounds; ++round) {
      auto text = original;
      for (auto changes = 1 + random() % 3; changes > 0 && !text.empty(); --changes) {
        text = changed(std::move(text), random);
      }
      check(text);
      ++inputs;
    }
  }
  std::printf("%zu files, %ld inputs\n", files.size(), inputs);
  return files.empty() ? 1 : 0;
}

#endif
