// A function that scales photographs: {"image": base64 of a JPEG or PNG, "width": 160} in,
// {"image": base64, "format", "width", "height", "sourceWidth", "sourceHeight"} out.

#include "thumbnail.hpp"

#include <gd.h>

#include <chrono>
#include <cstdarg>
#include <cstdint>
#include <lmi/base64.hpp>
#include <lmi/json.hpp>
#include <lmi/lmi.hpp>
#include <lmi/log.hpp>
#include <string>

namespace {

struct Request {
  std::string image;
  std::int64_t width = 160;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Request, image, width)

struct Answer {
  std::string image;
  std::string format;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t sourceWidth = 0;   // NOLINT(readability-identifier-naming): as in the answer
  std::uint32_t sourceHeight = 0;  // NOLINT(readability-identifier-naming): as in the answer
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Answer, image, format, width, height, sourceWidth, sourceHeight)

/// Blocking, so it runs on a thread of its own; as many run at once as the environment has slots. Nothing is
/// shared between them but the code: the files are in this invocation's scratch directory, which goes when it
/// returns.
lmi::Result<Answer> handle(const Request& request, lmi::Context& context) {
  const auto started = std::chrono::steady_clock::now();
  const auto image = lmi::base64_decode(request.image);
  if (!image || image->empty()) {
    return lmi::Error{.type = "NotAnImage", .message = "\"image\" must be a JPEG or PNG as base64"};
  }
  const bool plausible = request.width > 0 && request.width <= thumbnail::max_width;
  const auto made = thumbnail::make_thumbnail(
      *image, plausible ? static_cast<std::uint32_t>(request.width) : 0, context.scratch());
  if (!made) return made.error();

  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - started;
  context.log().info("thumbnail.done source={}x{} result={}x{} bytes={} duration_ms={:.1f}",
                     made->source_width, made->source_height, made->width, made->height, made->bytes.size(),
                     took.count());
  return Answer{.image = lmi::base64_encode(made->bytes),
                .format = made->format == thumbnail::ImageFormat::jpeg ? "jpeg" : "png",
                .width = made->width,
                .height = made->height,
                .sourceWidth = made->source_width,
                .sourceHeight = made->source_height};
}

}  // namespace

int main() {
  // gd prints to stderr by default; what went wrong is in the invocation's error answer instead.
  gdSetErrorMethod([](int, const char*, va_list) {});
  return lmi::run(handle);
}
