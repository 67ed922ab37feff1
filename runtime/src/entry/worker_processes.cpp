#include "entry/worker_processes.hpp"

#include "core/backoff.hpp"
#include "core/logging.hpp"
#include "core/symbols.hpp"
#include "core/vcpus.hpp"
#include "entry/crash_line.hpp"
#include "entry/extension.hpp"
#include "entry/orphaned_polls.hpp"
#include "entry/worker_connections.hpp"
#include "invoke/in_flight.hpp"
#include "invoke/scratch.hpp"
#include "transport/exchange.hpp"
#include "wire/error_report.hpp"

#include <spdlog/spdlog.h>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <list>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

namespace lmi::entry {
namespace {

using Clock = std::chrono::steady_clock;

/// SIGTERM, SIGINT and SIGCHLD as something to read. The mask goes back with it, and in children.
class Signals {
 public:
  Signals() {
    sigset_t wanted{};
    ::sigemptyset(&wanted);
    for (const int signal : {SIGTERM, SIGINT, SIGCHLD}) ::sigaddset(&wanted, signal);
    ::pthread_sigmask(SIG_BLOCK, &wanted, &previous_);
    descriptor_ = ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    if (descriptor_ < 0) {
      const int failure = errno;
      restore();
      throw std::system_error{failure, std::system_category(), "signalfd"};
    }
  }
  ~Signals() {
    restore();
    ::close(descriptor_);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  void restore() const noexcept { ::pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }

  struct Seen {
    bool stop = false;
    bool child = false;
  };
  /// Waits until something comes, here or on one of `others`, or `until`.
  Seen wait(std::vector<pollfd> others, Clock::time_point until) const {
    others.push_back({.fd = descriptor_, .events = POLLIN, .revents = 0});
    int limit = -1;
    if (until != Clock::time_point::max()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
      limit = static_cast<int>(std::clamp<long long>(left, 0, 60'000));
    }
    ::poll(others.data(), others.size(), limit);
    Seen seen;
    for (signalfd_siginfo info{}; ::read(descriptor_, &info, sizeof info) == sizeof info;)
      (info.ssi_signo == SIGCHLD ? seen.child : seen.stop) = true;
    return seen;
  }

 private:
  sigset_t previous_{};
  int descriptor_ = -1;
};

std::string describe_end(int status) {
  if (WIFEXITED(status)) return "exited with code " + std::to_string(WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  std::array<char, 32> space{};
  std::string text =
      "was ended by " + std::string{signal_name(signal, space)} + " (" + ::strsignal(signal) + ")";
  if (signal == SIGKILL) text += ", perhaps for want of memory";
  return text;
}

class WorkerProcesses {
 public:
  WorkerProcesses(SessionPlan plan, const RunOptions& options, const MakeEngine& make_engine)
      : plan_{std::move(plan)},
        options_{options},
        make_engine_{make_engine},
        log_writer_{std::make_shared<core::LogWriter>(plan_.settings.log_format, plan_.settings.log_level,
                                                      STDERR_FILENO)},
        log_{core::install_default_logger(log_writer_)} {
    const auto wanted = options.processes.value_or(core::usable_vcpus());
    const auto count = std::clamp(wanted, 1U, plan_.settings.slots);
    for (unsigned i = 0; i < count; ++i) {
      const auto share = plan_.settings.slots / count + (i < plan_.settings.slots % count ? 1 : 0);
      workers_.push_back(std::make_unique<Worker>(i, share));
    }
  }

  int run();

 private:
  struct Worker {
    Worker(unsigned worker_number, unsigned worker_slots)
        : number{worker_number}, slots{worker_slots}, table{worker_slots}, connections{worker_slots} {}
    const unsigned number;
    const unsigned slots;
    invoke::InFlightTable table;
    WorkerConnections connections;
    pid_t process = 0;  ///< 0: none now.
    unsigned failed_starts = 0;
    Clock::time_point start_at;  ///< When there is none.
  };

  /// What a dead process left behind, while the platform may still be writing to it.
  struct Estate {
    std::string end;  ///< Which process, and how it ended.
    OrphanedPolls polls;
  };

  void start(Worker& worker);
  [[noreturn]] void become(Worker& worker, pid_t supervisor, const transport::DescriptorSender& channel);
  void start_due();
  void collect();
  void ended(Worker& worker, pid_t process, int status);
  void answer_for(Worker& worker, const std::string& end);
  void answer(std::string_view request_id, std::string_view invocation_id, const std::string& what);
  void watch_connections();
  void settle_estates();
  void log_end(Worker& worker, pid_t process, int status);
  void begin_stopping(int code);
  [[nodiscard]] Clock::time_point next_time() const;
  [[nodiscard]] std::vector<pollfd> to_watch() const;
  [[nodiscard]] bool any_alive() const;

  const SessionPlan plan_;
  const RunOptions& options_;
  const MakeEngine& make_engine_;
  const std::shared_ptr<core::LogWriter> log_writer_;  // shared with every logger made from it
  const std::shared_ptr<spdlog::logger> log_;
  const wire::RequestWriter writer_{plan_.endpoint.authority};
  const core::Symbols symbols_;
  const Signals signals_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::list<Estate> estates_;
  bool short_of_descriptors_ = false;
  bool stopping_ = false;
  bool killed_ = false;
  int code_ = 0;
  Clock::time_point kill_at_ = Clock::time_point::max();
};

int WorkerProcesses::run() {
  InternalExtension extension{plan_.endpoint, writer_};
  if (options_.register_extension.value_or(plan_.settings.managed_instances)) extension.start();
  log_->info("runtime.workers processes={} slots={}", workers_.size(), plan_.settings.slots);
  start_due();
  while (!stopping_ || any_alive()) {
    const auto seen = signals_.wait(to_watch(), next_time());
    if (seen.stop) begin_stopping(0);
    if (seen.child) collect();
    watch_connections();
    settle_estates();
    if (stopping_ && !killed_ && Clock::now() >= kill_at_) {
      killed_ = true;
      for (const auto& worker : workers_)
        if (worker->process != 0) ::kill(worker->process, SIGKILL);
    }
    if (!stopping_) start_due();
  }
  settle_estates();
  log_->info("runtime.stopped code={}", code_);
  return code_;
}

std::vector<pollfd> WorkerProcesses::to_watch() const {
  std::vector<pollfd> all;
  for (const auto& worker : workers_)
    all.push_back({.fd = worker->connections.descriptor(), .events = POLLIN, .revents = 0});
  for (const auto& estate : estates_) estate.polls.append_to(all);
  return all;
}

void WorkerProcesses::watch_connections() {
  for (const auto& worker : workers_) {
    if (worker->connections.take() || std::exchange(short_of_descriptors_, true)) continue;
    log_->warn("worker.connection_unsupervised reason=\"more slots than this process may have descriptors\"");
  }
}

void WorkerProcesses::settle_estates() {
  for (auto at = estates_.begin(); at != estates_.end();) {
    for (const auto& event : at->polls.read())
      answer(event.request_id, event.invocation_id, at->end + " before it took request " + event.request_id);
    at = at->polls.done() ? estates_.erase(at) : std::next(at);
  }
}

bool WorkerProcesses::any_alive() const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const auto& worker) { return worker->process != 0; });
}

Clock::time_point WorkerProcesses::next_time() const {
  auto earliest = Clock::time_point::max();
  for (const auto& estate : estates_) earliest = std::min(earliest, estate.polls.until());
  if (stopping_) return killed_ ? earliest : std::min(earliest, kill_at_);
  for (const auto& worker : workers_)
    if (worker->process == 0) earliest = std::min(earliest, worker->start_at);
  return earliest;
}

void WorkerProcesses::start_due() {
  for (const auto& worker : workers_)
    if (worker->process == 0 && worker->start_at <= Clock::now()) start(*worker);
}

void WorkerProcesses::start(Worker& worker) {
  worker.table.clear();
  std::fflush(nullptr);  // else what is buffered here would be written twice
  const pid_t supervisor = ::getpid();
  try {
    const auto channel = worker.connections.begin();
    const pid_t process = ::fork();
    if (process == 0) become(worker, supervisor, channel);
    if (process < 0) throw std::system_error{errno, std::system_category(), "fork"};
    worker.process = process;
  } catch (const std::system_error& failure) {
    log_->error("worker.fork_failed reason=\"{}\"", failure.what());
    worker.start_at = Clock::now() + std::chrono::seconds{1};
  }
}

void WorkerProcesses::become(Worker& worker, pid_t supervisor, const transport::DescriptorSender& channel) {
  signals_.restore();
  for (const auto& sibling : workers_) sibling->connections.release();
  for (auto& estate : estates_) estate.polls.leave_to_parent();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != supervisor) std::_Exit(1);  // it died before that line
  // When memory runs out, a worker is to go, and not the supervisor that can answer for it.
  std::ofstream{"/proc/self/oom_score_adj"} << "500";

  SessionPlan plan = plan_;
  plan.settings.slots = worker.slots;
  plan.table = &worker.table;
  plan.supervisor = &channel;
  RunOptions options = options_;
  options.register_extension = false;  // the supervisor's
  if (!options.workers) {
    const auto vcpus = core::usable_vcpus();
    options.workers = std::max(vcpus / static_cast<unsigned>(workers_.size()), 1U);
  }
  std::exit(serve_here(std::move(plan), options, make_engine_));
}

void WorkerProcesses::collect() {
  for (const auto& worker : workers_) {
    if (worker->process == 0) continue;
    int status = 0;
    if (::waitpid(worker->process, &status, WNOHANG) == worker->process)
      ended(*worker, std::exchange(worker->process, 0), status);
  }
}

void WorkerProcesses::ended(Worker& worker, pid_t process, int status) {
  constexpr std::chrono::seconds orphans_limit{2};
  if (stopping_ && WIFEXITED(status)) {
    worker.connections.release();
    return;
  }
  const auto end = "worker process " + std::to_string(process) + " " + describe_end(status);
  worker.connections.take();
  auto& estate = estates_.emplace_back(Estate{end, OrphanedPolls{Clock::now() + orphans_limit}});
  worker.connections.orphan(worker.table, estate.polls);
  log_end(worker, process, status);
  answer_for(worker, end);
  invoke::ScratchRoot{invoke::temporary_directory()}.sweep();
  if (stopping_) return;

  const auto stage = worker.table.stage().load();
  if (stage == invoke::Stage::refused) {  // it has logged why
    begin_stopping(1);
    return;
  }
  if (worker.table.used()) {
    worker.failed_starts = 0;
    worker.start_at = Clock::now();
    return;
  }
  // It did not come as far as an event. An init error it has reported itself, and the next one would too.
  const auto delay = core::retry_delay(++worker.failed_starts);
  const bool hopeless = stage == invoke::Stage::starting && WIFEXITED(status) && WEXITSTATUS(status) == 1;
  if (!hopeless && delay) {
    worker.start_at = Clock::now() + *delay;
    return;
  }
  log_->critical("worker.cannot_start worker={} attempts={}", worker.number, worker.failed_starts);
  begin_stopping(1);
}

void WorkerProcesses::log_end(Worker& worker, pid_t process, int status) {
  log_->error("worker.ended worker={} process={} how=\"{}\"", worker.number, process, describe_end(status));
  if (!WIFSIGNALED(status)) return;
  const auto& record = worker.table.crash();
  std::vector<char> line(core::log_line_limit);
  const Crash crash{.time = std::chrono::system_clock::now(),
                    .process = process,
                    .signal = WTERMSIG(status),
                    .record = record.filled ? &record : nullptr,
                    .in_flight = worker.table.entries()};
  const auto length = write_crash_line(line, crash, symbols_, true);
  std::fwrite(line.data(), 1, length, stderr);
  std::fflush(stderr);
}

void WorkerProcesses::answer_for(Worker& worker, const std::string& end) {
  for (auto& invocation : worker.table.entries()) {
    if (!invocation.active()) continue;
    const std::string request_id{invocation.request_id()};
    answer(request_id, invocation.invocation_id(), end + " while it handled request " + request_id);
    invocation.end();
  }
}

void WorkerProcesses::answer(std::string_view request_id, std::string_view invocation_id,
                             const std::string& what) {
  constexpr std::chrono::seconds reply_limit{2};
  const Error error{.type = "WorkerCrashed", .message = what};
  const auto body = wire::error_body(error);
  std::string head;
  writer_.error({.request_id = request_id, .invocation_id = invocation_id},
                wire::function_error_type(error.type), body.size(), head);
  transport::Connection connection{plan_.endpoint};
  connection.limit_until(std::chrono::steady_clock::now() + reply_limit);
  wire::ReplyParser parser;
  // A refusal is normal: the worker may have died between its answer and the reply to it.
  if (const auto failure = transport::exchange(connection, head, body, parser))
    log_->error("worker.answer_lost request_id={} reason=\"{}\"", request_id, *failure);
}

void WorkerProcesses::begin_stopping(int code) {
  if (stopping_) return;
  stopping_ = true;
  code_ = code;
  // As long as a child takes for its drain, its grace and its hooks, and some.
  kill_at_ =
      Clock::now() + options_.drain_timeout + options_.drain_timeout / 4 + std::chrono::milliseconds{100};
  for (const auto& worker : workers_)
    if (worker->process != 0) ::kill(worker->process, SIGTERM);
}

}  // namespace

int serve_in_processes(SessionPlan plan, const RunOptions& options, const MakeEngine& make_engine) {
  try {
    return WorkerProcesses{std::move(plan), options, make_engine}.run();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "lmi: cannot start: %s\n", failure.what());
    return 1;
  }
}

}  // namespace lmi::entry
