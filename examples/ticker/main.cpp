// A streamed answer: rows of a report leave as they are made, long before the last one is known.

#include <chrono>
#include <lmi/json.hpp>
#include <lmi/lmi.hpp>
#include <string>
#include <thread>

namespace {

void stream_rows(const nlohmann::json& event, lmi::Context& context, lmi::ResponseStream& stream) {
  const int rows = event.value("rows", 5);
  const std::chrono::milliseconds pause{event.value("pause_ms", 100)};

  if (event.value("http", false)) {
    stream.begin_http({.status = 200, .headers = {{"Content-Type", "text/csv"}}});
  } else {
    stream.content_type("text/csv");
  }
  stream.write("row,remaining_ms\n");
  for (int row = 1; row <= rows; ++row) {
    if (row == event.value("fail_at", 0)) throw lmi::Error{.type = "OutOfRows", .message = "as asked"};
    stream.write(std::to_string(row) + "," + std::to_string(context.remaining().count()) + "\n");
    std::this_thread::sleep_for(pause);  // stands for the work behind a row
  }
}

}  // namespace

int main() {
  return lmi::run(stream_rows);
}
