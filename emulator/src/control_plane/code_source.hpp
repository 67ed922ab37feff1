#pragma once

#include "control_plane/code_input.hpp"
#include "http/client.hpp"
#include "http/url.hpp"
#include "model/api_error.hpp"
#include "store/package_store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace lmi::emulator::control_plane {

/// Gets the zip file of a function or layer: it came with the request, or lies in a bucket.
///
/// Requests to buckets bear the form of a signature but are not signed: this is for servers that stand in for
/// S3 and do not check it. Paths are of the kind /bucket/key.
///
/// Threads:  loop thread only.
/// Lifetime: the client must outlive it. What is under way when it is destroyed is told to nobody.
class CodeSource {
 public:
  using Done = std::function<void(model::Result<store::ZipFile>)>;

  /// Without a client or an endpoint no bucket can be read, and whoever names one is told so.
  CodeSource(http::Client* client, std::optional<http::Url> endpoint)
      : client_{client}, endpoint_{std::move(endpoint)} {}

  /// Calls `done` once: from inside for a file that came with the request, later for one in a bucket. The
  /// bucket's Region is taken to be `region`.
  void get(CodeOrigin origin, const std::string& region, Done done);

 private:
  void fetch(const S3Object& object, const std::string& region, Done done);

  http::Client* client_;
  std::optional<http::Url> endpoint_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, std::unique_ptr<http::Client::Call>> under_way_;
};

}  // namespace lmi::emulator::control_plane
