#pragma once

#include "environment/environment.hpp"
#include "http/exchange.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lmi::emulator::environment {

/// The Extensions API of one environment. As Managed Instances have it (runtime-api.md §1.7) extensions are
/// told of shutdown only; those of standard Lambda can ask to be told of invocations too. An extension is
/// external when the platform started a program of its name.
///
/// Threads:  loop thread only.
/// Lifetime: the spec outlives it; `changed` is called from inside the handle_… functions.
class ExtensionsApi {
 public:
  static constexpr std::size_t max_extensions = 10;

  ExtensionsApi(const EnvironmentSpec& spec, std::function<void()> changed);

  /// The platform starts this program: initialisation waits for its registration.
  void expect_external(std::string name);

  void handle_register(http::ExchangePtr exchange);
  void handle_next(http::ExchangePtr exchange);
  void handle_init_error(const http::ExchangePtr& exchange);
  void handle_exit_error(const http::ExchangePtr& exchange);

  /// Which registered extension sent this; nothing, and the request answered, when it was none.
  std::optional<std::string> name_of_sender(const http::ExchangePtr& exchange);

  /// The runtime's first /next closes it.
  void close_registration() noexcept { registration_open_ = false; }

  bool every_external_registered() const;
  /// Whether each registered extension, internal ones too, waits in /event/next.
  bool every_one_ready() const;
  bool any_registered() const;
  /// Whether `name` will be told of the shutdown; others are simply ended.
  bool wants_shutdown(const std::string& name) const;

  /// Tells those who asked for it of an invocation; they have to ask for the next event before
  /// every_one_ready() holds again.
  void announce_invoke(const Invocation& invocation);
  /// Sends SHUTDOWN to external subscribers, now or with their next /event/next.
  void announce_shutdown(ShutdownReason reason, std::chrono::milliseconds until_deadline);
  /// Closes what still waits.
  void drop_all();

  /// What an extension reported by /init/error or /exit/error, first one wins.
  const std::optional<std::string>& first_fatal_error() const noexcept { return first_fatal_error_; }

  struct Listed {
    std::string name;
    std::string state;
    std::vector<std::string> events;
  };
  std::vector<Listed> list() const;

 private:
  enum class State { started, registered, ready, running, init_error, exit_error };
  struct Extension {
    std::string name;
    std::string id;
    bool external = false;
    State state = State::started;
    std::vector<std::string> events;
    http::ExchangePtr next;  // waits for an event
  };

  void on_register_body(const http::ExchangePtr& exchange, const std::string& name, const http::Body& body);
  std::optional<http::Response> registration_refused(const std::string& name, const http::Body& body,
                                                     std::vector<std::string>& events) const;
  std::optional<http::Response> events_refused(const std::vector<std::string>& events, bool external) const;
  http::Response registered(const Extension& extension, std::string_view features) const;
  Extension* identified(const http::ExchangePtr& exchange);
  void handle_failure(const http::ExchangePtr& exchange, State state);
  void send_shutdown(Extension& extension);
  static void send(Extension& extension, const std::string& event);
  static std::string_view name_of(State state) noexcept;
  static http::Response transition_refused(const Extension& extension, State to, std::string_view why);

  const EnvironmentSpec& spec_;
  std::function<void()> changed_;
  std::map<std::string, Extension> extensions_;  // by name
  bool registration_open_ = true;
  std::string shutdown_event_;  // once announced
  std::optional<std::string> first_fatal_error_;
  std::shared_ptr<const bool> alive_ =
      std::make_shared<bool>(true);  // watched by callbacks that may come late
};

}  // namespace lmi::emulator::environment
