#pragma once

#include "access/verifier.hpp"
#include "control_plane/control_plane.hpp"
#include "fake_host.hpp"
#include "http/exchange.hpp"
#include "store/store.hpp"
#include "support/fake_http_client.hpp"
#include "support/temporary_directory.hpp"
#include "support/waiting_loop.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lmi::emulator::control_plane {

/// An answer, with its body as JSON (null when it is none).
struct Answer {
  unsigned status = 0;
  http::Headers headers;
  std::string text;
  nlohmann::json body;

  /// Of an answer that is streamed: `text` is what has come, and `mores` are those of the pieces the caller
  /// has not taken yet.
  enum class Stream { none, open, finished, broken };
  Stream stream = Stream::none;
  std::vector<http::More> mores;

  std::string header(const char* name) const { return std::string{headers.get(name)}; }
  std::string error() const { return header("x-amzn-ErrorType"); }
  /// Of an error, whichever way its key is spelt.
  std::string message() const;
};

/// A control plane with a real store, a fake host and requests from memory.
class ControlPlaneTest : public testing::Test {
 protected:
  ControlPlaneTest();

  /// Ends the control plane and starts another on the same state file, as a restart does. The host is new.
  void restart();

  Answer send(const std::string& method, const std::string& target, const nlohmann::json& body = nullptr,
              http::Headers extra = {});
  Answer send_head(http::Head head, const std::string& body);
  /// Sends without waiting; the answer appears in *result once it is there.
  std::shared_ptr<std::optional<Answer>> start(const std::string& method, const std::string& target,
                                               const std::string& body, http::Headers extra = {});
  std::shared_ptr<std::optional<Answer>> start_head(http::Head head, const std::string& body);
  static http::Headers signed_headers();

  /// A provider and a function on it, settled; published as $LATEST.PUBLISHED when asked to.
  void create_provider(const std::string& name = "cp1");
  Answer create_function(nlohmann::json changes = nlohmann::json::object());
  void create_published_function();
  /// What a minimal CreateFunction sends, with `changes` merged over it.
  static nlohmann::json function_request(const nlohmann::json& changes = nlohmann::json::object());
  static nlohmann::json provider_request(const std::string& name = "cp1");

  nlohmann::json configuration(const std::string& qualifier = {});
  /// Lets pass what settles by itself, and every write that leads to.
  void settle();
  /// Waits until the store has done everything it was asked for.
  void flush();

  static std::string package(const std::string& content = {});

  Delays delays_;  ///< Of the next restart().
  /// The clock of every control plane here.
  static std::chrono::system_clock::time_point now() {
    return std::chrono::system_clock::time_point{std::chrono::milliseconds{1764106622007}};
  }

  /// Of the control planes that restart() makes from now on.
  const access::Verifier* verifier_ = nullptr;
  std::optional<http::Url> s3_endpoint_ = http::parse_url("http://s3:9000/base");
  bool enforces_url_policies_ = false;
  const observe::CloudWatchEndpoint* cloudwatch_ = nullptr;
  test::TemporaryDirectory directory_;
  test::WaitingLoop loop_;
  test::FakeClient client_;            ///< To sinks and queues.
  std::vector<std::string> warnings_;  ///< What the control plane says where no caller hears it.
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<FakeHost> host_;
  std::unique_ptr<ControlPlane> control_plane_;
};

inline constexpr const char* providers_path = "/2025-11-30/capacity-providers";
inline constexpr const char* functions_path = "/2015-03-31/functions";
inline const VersionKey published_key{"f", "$LATEST.PUBLISHED"};

}  // namespace lmi::emulator::control_plane
