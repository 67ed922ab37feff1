// The streaming function under the tests with real clients. Its instructions are the event, or the body of
// the event of a function URL; without any it streams the event back.
//
//   "http":{status,headers,cookies}  begins with an HTTP prelude
//   "chunks":[…]                     written one by one
//   "until":PATH                     before the last chunk, waits until PATH exists: the test decides when
//   "bytes":N                        writes N bytes more, 64 KiB at a time
//   "then":"throw" | "crash"         fails after all that, or ends the process
//   "throw":true                     fails before the first byte
//   "mark":PATH                      a file made at the very end

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <lmi/json.hpp>
#include <lmi/lmi.hpp>
#include <string>
#include <thread>

namespace {

using nlohmann::json;

void wait_for(const std::filesystem::path& until) {
  while (!std::filesystem::exists(until)) std::this_thread::sleep_for(std::chrono::milliseconds{2});
}

/// What an event from a function URL carries as its body, else the event itself.
json instructions_in(const json& event) {
  if (!event.contains("requestContext")) return event;
  const auto given = json::parse(event.value("body", ""), nullptr, false);
  return given.is_object() ? given : json::object();
}

void begin(const json& wish, lmi::ResponseStream& stream) {
  if (!wish.contains("http")) return;
  const json& http = wish.at("http");
  lmi::HttpPrelude prelude;
  prelude.status = http.value("status", 200);
  const json headers = http.value("headers", json::object());
  for (const auto& [name, value] : headers.items()) {
    prelude.headers.emplace_back(name, value.get<std::string>());
  }
  for (const json& cookie : http.value("cookies", json::array()))
    prelude.cookies.push_back(cookie.get<std::string>());
  stream.begin_http(prelude);
}

void write_chunks(const json& wish, lmi::ResponseStream& stream) {
  const json chunks = wish.value("chunks", json::array());
  for (std::size_t at = 0; at < chunks.size(); ++at) {
    if (at + 1 == chunks.size() && wish.contains("until")) wait_for(wish.at("until").get<std::string>());
    stream.write(chunks[at].get<std::string>());
  }
}

void write_bytes(std::size_t count, lmi::ResponseStream& stream) {
  const std::string block(64 * 1024, 'x');
  while (count > 0) {
    const std::size_t size = std::min(count, block.size());
    stream.write(std::string_view{block}.substr(0, size));
    count -= size;
  }
}

void handle(const json& event, lmi::Context&, lmi::ResponseStream& stream) {
  const json wish = instructions_in(event);
  if (wish.value("throw", false)) throw lmi::Error{.type = "Early", .message = "before the first byte"};
  begin(wish, stream);
  if (wish.empty()) stream.write(event.dump());
  write_chunks(wish, stream);
  write_bytes(wish.value("bytes", std::size_t{0}), stream);
  const std::string then = wish.value("then", "");
  if (then == "throw") throw lmi::Error{.type = "Late", .message = "after the first byte"};
  if (then == "crash") std::abort();
  if (wish.contains("mark")) std::ofstream{wish.at("mark").get<std::string>()} << "done";
}

}  // namespace

int main() {
  return lmi::run(handle);
}
