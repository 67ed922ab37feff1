#include "app/emulator.hpp"

#include "access/credentials.hpp"
#include "access/signature.hpp"
#include "access/verifier.hpp"
#include "app/exposure.hpp"
#include "app/fleet_parameters.hpp"
#include "app/greeting.hpp"
#include "app/hosts.hpp"
#include "app/instance_catalogue.hpp"
#include "app/live_fleet.hpp"
#include "app/metered_host.hpp"
#include "app/standard_host.hpp"
#include "app/state_directory.hpp"
#include "control_plane/control_plane.hpp"
#include "http/tcp_client.hpp"
#include "http/tcp_network.hpp"
#include "loop/asio_loop.hpp"
#include "observe/cloudwatch_endpoint.hpp"
#include "observe/endpoints.hpp"
#include "observe/log_store.hpp"
#include "observe/metric_store.hpp"
#include "store/store.hpp"
#include "supervisor/descriptor_limit.hpp"
#include "supervisor/usage.hpp"
#include "supervisor/uv_supervisor.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <signal.h>
#include <unistd.h>

#include <exception>
#include <iostream>
#include <optional>
#include <random>
#include <system_error>
#include <utility>
#include <vector>

namespace lmi::emulator::app {
namespace {

using std::chrono::milliseconds;

/// How long running calls may take to finish once the emulator was told to stop.
constexpr milliseconds drain_time{2000};
/// After the last environment went: for the answers its callers are being sent.
constexpr milliseconds flush_time{50};
/// The longest that stopping may take; after it everything is killed. Covers a full shutdown of extensions.
constexpr milliseconds stop_limit{8000};

constexpr int failure_exit_code = 1;
constexpr int usage_exit_code = 2;

std::shared_ptr<spdlog::logger> make_logger(const std::string& level) {
  auto logger = std::make_shared<spdlog::logger>("lmi", std::make_shared<spdlog::sinks::stderr_sink_st>());
  logger->set_level(spdlog::level::from_str(level));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  return logger;
}

/// SIGHUP with them, which is what a terminal sends when it is closed; not under nohup, which has it ignored.
std::vector<int> stop_signals() {
  std::vector<int> signals{SIGINT, SIGTERM};
  struct sigaction hang_up {};
  if (::sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN) signals.push_back(SIGHUP);
  return signals;
}

/// The parts of one running emulator, in the order of their layers: each uses only those above it.
class Emulator {
 public:
  explicit Emulator(const EmulatorConfig& config)
      : config_{config},
        log_{make_logger(config.log_level)},
        directory_{config.state_file},
        supervisor_{loop_, [log = log_](const std::string& what) { log->warn("host.limited {}", what); }},
        network_{
            http::make_network(loop_, {},
                               [log = log_](const std::string& what) {
                                 log->error(
                                     "http.not_accepting {}: connections wait until others end; allow more "
                                     "descriptors: ulimit -n",
                                     what);
                               })},
        client_{http::make_client(loop_)},
        logs_{loop_} {}

  /// Everything up to the moment requests are served. What is wrong, for people; empty: nothing.
  std::string start() {
    if (config_.realistic) parameters_ = fleet::Parameters::as_on_aws();
    if (!config_.fleet_parameters.empty()) {  // says itself where it begins
      auto read = read_fleet_parameters(config_.fleet_parameters);
      if (auto* problem = std::get_if<std::string>(&read)) return std::move(*problem);
      parameters_ = std::get<fleet::Parameters>(read);
    }
    auto opened = store::Store::open(loop_, directory_.state_file());
    if (auto* failure = std::get_if<store::OpenFailure>(&opened)) return failure->message;
    store_ = std::move(std::get<std::unique_ptr<store::Store>>(opened));
    if (const std::string left = directory_.sweep(); !left.empty())
      log_->warn("state.leftover_not_removed {}: nothing else needs it, remove it by hand", left);
    if (std::string problem = learn_keys(); !problem.empty()) return problem;
    build();
    loop_.on_signal(stop_signals(), [this](int) { stop(); });  // from here on a signal ends it in order
    if (std::string problem = listen(); !problem.empty()) return problem;
    control_plane_->restore();
    return {};
  }

  int run() {
    greet();
    loop_.run();
    log_->info("emulator.stopped");
    return 0;
  }

 private:
  /// What is wrong with the credentials file; empty: nothing.
  std::string learn_keys() {
    if (!config_.verify_signatures) return {};
    access::Credentials credentials = access::well_known_credentials();
    if (!config_.credentials_file.empty()) {
      auto read = access::read_credentials(config_.credentials_file);
      if (auto* problem = std::get_if<access::CredentialsProblem>(&read)) return problem->message;
      credentials = std::move(std::get<access::Credentials>(read));
    }
    verifier_.emplace(std::move(credentials), config_.region,
                      [] { return std::chrono::system_clock::now(); });
    return {};
  }

  void build() {
    LiveFleetConfig fleet_config;
    fleet_config.region = config_.region;
    fleet_config.environments_directory = directory_.environments();
    fleet_config.opt_root = config_.opt_root;
    fleet_config.repoll_grace = config_.repoll_grace;
    fleet_config.parameters = parameters_;
    fleet_config.time_scale = config_.time_scale;
    fleet_config.cpu_scale = config_.cpu_scale;
    fleet_config.metrics_period = config_.metrics_period;
    fleet_config.seed = std::random_device{}();
    fleet_ = std::make_unique<LiveFleet>(
        LiveFleet::Services{loop_, logs_, real_environments({loop_, *network_, supervisor_}),
                            built_in_catalogue(), supervisor::usage_of_sessions, &metrics_},
        std::move(fleet_config));

    StandardHostConfig standard_config;
    standard_config.environments_directory = directory_.environments();
    standard_config.opt_root = config_.opt_root;
    standard_config.repoll_grace = config_.repoll_grace;
    standard_config.parameters.idle_time = config_.idle_time;
    standard_config.seed = std::random_device{}();
    standard_ = std::make_unique<StandardHost>(
        StandardHost::Services{loop_, logs_, real_environments({loop_, *network_, supervisor_})},
        std::move(standard_config));
    const auto date = [this] { return fleet_->date(); };
    metered_fleet_.emplace(MeteredHost::Kind::managed, *fleet_, metrics_, date);
    metered_standard_.emplace(MeteredHost::Kind::standard, *standard_, metrics_, date);
    hosts_ = std::make_unique<Hosts>(*metered_fleet_, *metered_standard_);
    cloudwatch_.emplace(metrics_, date);

    control_plane::ControlPlaneConfig control_config;
    control_config.region = config_.region;
    control_config.account_id = config_.account_id;
    control_config.address = config_.address;
    control_config.routing_seed = std::random_device{}();
    control_config.account_concurrency = config_.account_concurrency;
    if (config_.realistic) {
      control_config.delays = control_plane::realistic_delays();
      control_config.events = events::Parameters::realistic();
    }
    control_config.places = {config_.sinks, config_.sqs_endpoint};
    control_config.client = client_.get();
    control_config.s3_endpoint = config_.s3_endpoint;
    control_config.enforces_url_policies = config_.enforces_url_policies;
    control_config.warn = [log = log_](const std::string& line) { log->warn("{}", line); };
    control_config.cloudwatch = &*cloudwatch_;
    control_config.verifier = verifier_ ? &*verifier_ : nullptr;
    control_plane_ = std::make_unique<control_plane::ControlPlane>(loop_, *store_, *hosts_, control_config);

    endpoints_ = std::make_unique<observe::Endpoints>(
        loop_,
        observe::Endpoints::Sources{logs_, [this] { return snapshot(); },
                                    [this](const std::string& id) { return fleet_->lose_instance(id); }},
        LMI_VERSION);
    if (verifier_) endpoints_->admit_only([this](const http::Head& head) { return refuse_unsigned(head); });
  }

  observe::FleetSnapshot snapshot() const {
    observe::FleetSnapshot both = fleet_->snapshot();
    standard_->add_to(both);
    return both;
  }

  std::string listen() {
    try {
      server_ = network_->listen(config_.address, config_.port, [this](http::ExchangePtr exchange) {
        const http::Head& head = exchange->head();
        if (!control_plane::ControlPlane::is_for_function_url(head) &&
            observe::Endpoints::owns(head.target)) {
          endpoints_->handle(exchange);
        } else {
          control_plane_->handle(std::move(exchange));
        }
      });
    } catch (const std::system_error& error) {
      const bool taken = error.code() == std::errc::address_in_use;
      return cannot_listen(config_.address, config_.port, error.code().message(), taken);
    }
    return {};
  }

  /// The emulator's own endpoints, all of which are GET: signed like a request to Lambda.
  std::optional<std::string> refuse_unsigned(const http::Head& head) const {
    const auto claim = verifier_->examine(head, "lambda");
    if (!claim) return claim.error().message;
    const auto wrong = access::Verifier::refute(*claim, head, access::sha256_hex(""));
    return wrong ? std::optional{wrong->message} : std::nullopt;
  }

  void greet() const {
    const bool v6 = config_.address.find(':') != std::string::npos;
    const std::string host = v6 ? "[" + config_.address + "]" : config_.address;
    const Greeting greeting{.endpoint = "http://" + host + ":" + std::to_string(server_->port()),
                            .state_file = directory_.state_file(),
                            .keeps_state = !config_.state_file.empty(),
                            .region = config_.region,
                            .credentials_file = config_.verify_signatures && !config_.credentials_file.empty()
                                                    ? std::filesystem::absolute(config_.credentials_file)
                                                    : std::filesystem::path{},
                            .pid = getpid(),
                            .version = LMI_VERSION};
    std::cout << (config_.json_output ? json_greeting(greeting) : text_greeting(greeting)) << std::flush;
  }

  /// On the first signal everything is finished in order, on the second at once: the destructors kill what
  /// is left either way.
  void stop() {
    if (std::exchange(stopping_, true)) {
      loop_.stop();
      return;
    }
    log_->info("emulator.stopping drain_ms={}", drain_time.count());
    server_->stop_accepting();
    logs_.answer_all();
    control_plane_->stop();
    stop_limit_ = loop_.after(stop_limit, [this] {
      log_->warn("emulator.stop_cut_short limit_ms={}", stop_limit.count());
      loop_.stop();
    });
    fleet_->shut_down(drain_time, [this] { one_host_ended(); });
    standard_->shut_down(drain_time, [this] { one_host_ended(); });
  }

  void one_host_ended() {
    if (--running_hosts_ == 0) flush_ = loop_.after(flush_time, [this] { loop_.stop(); });
  }

  const EmulatorConfig config_;
  fleet::Parameters parameters_;
  std::shared_ptr<spdlog::logger> log_;  // shared with the supervisor's reports
  StateDirectory directory_;
  AsioLoop loop_;
  supervisor::UvSupervisor supervisor_;
  std::unique_ptr<http::Network> network_;
  std::unique_ptr<http::Client> client_;
  observe::LogStore logs_;
  observe::MetricStore metrics_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<LiveFleet> fleet_;
  std::unique_ptr<StandardHost> standard_;
  std::optional<MeteredHost> metered_fleet_;
  std::optional<MeteredHost> metered_standard_;
  std::unique_ptr<Hosts> hosts_;
  std::optional<observe::CloudWatchEndpoint> cloudwatch_;
  unsigned running_hosts_ = 2;
  std::optional<access::Verifier> verifier_;
  std::unique_ptr<control_plane::ControlPlane> control_plane_;
  std::unique_ptr<observe::Endpoints> endpoints_;
  std::unique_ptr<http::Server> server_;
  Loop::Timer stop_limit_;
  Loop::Timer flush_;
  bool stopping_ = false;
};

/// What is wrong with --opt; nothing: nothing.
std::optional<std::string> missing_opt_root(const EmulatorConfig& config) {
  std::error_code error;
  if (config.opt_root.empty() || std::filesystem::is_directory(config.opt_root, error)) return std::nullopt;
  return "--opt " + config.opt_root.string() +
         ": there is no such directory.\nName the one that stands for /opt (extensions are in its "
         "extensions/).";
}

int complain(const std::string& problem) {
  std::cerr << "lmi: " << problem << "\n";
  return failure_exit_code;
}

}  // namespace

int run_emulator(const EmulatorConfig& config) {
  if (const auto problem = forbidden_exposure(config)) {
    complain(*problem);
    return usage_exit_code;
  }
  if (const auto problem = missing_opt_root(config)) {
    complain(*problem);
    return usage_exit_code;
  }
  supervisor::raise_descriptor_limit();
  // Whoever read this program's output may go (`lmi up 2>&1 | head`); its functions are not to go with them.
  ::signal(SIGPIPE, SIG_IGN);
  try {
    Emulator emulator{config};
    if (const std::string problem = emulator.start(); !problem.empty()) return complain(problem);
    return emulator.run();
  } catch (const std::filesystem::filesystem_error& error) {
    return complain(std::string{error.what()} +
                    "\nName a state file in a directory you may write to: lmi up --state FILE");
  } catch (const std::exception& error) {
    return complain(std::string{"internal error: "} + error.what());
  }
}

}  // namespace lmi::emulator::app
