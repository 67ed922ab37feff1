#include "support/environment_harness.hpp"

#include "http/tcp_network.hpp"
#include "supervisor/uv_supervisor.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace lmi::test {

namespace env = emulator::environment;
namespace fs = std::filesystem;

ScratchDirectory::ScratchDirectory() {
  std::string name = (fs::temp_directory_path() / "lmi-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  path_ = name;
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path ScratchDirectory::write(const fs::path& relative, const std::string& text, unsigned mode) {
  const auto file = path_ / relative;
  fs::create_directories(file.parent_path());
  std::ofstream{file} << text;
  ::chmod(file.c_str(), mode);
  return file;
}

EnvironmentHarness::EnvironmentHarness(Programs programs) {
  scratch.write("task/bootstrap", "#!/bin/sh\nexec sleep 600\n");
  spec.id = "ee-test";
  spec.function_name = "test_function";
  spec.function_version = "$LATEST.PUBLISHED";
  spec.function_arn = "arn:aws:lambda:us-east-1:000000000000:function:test_function:$LATEST.PUBLISHED";
  spec.handler = "main.handler";
  spec.max_concurrency = "8";
  spec.task_root = scratch.path() / "task";
  spec.tmp_directory = scratch.path() / "tmp" / "ee-test";
  spec.timeout = std::chrono::minutes{10};  // far away unless a test is about it
  network_ = emulator::http::make_network(loop.loop());
  loop.run([&] {
    if (programs == Programs::real) {
      real_ = std::make_unique<emulator::supervisor::UvSupervisor>(loop.loop());
    } else {
      puppets = std::make_unique<PuppetSupervisor>(loop.loop());
    }
  });
}

EnvironmentHarness::~EnvironmentHarness() {
  loop.run([this] {
    environment_.reset();
    real_.reset();
    puppets.reset();
    network_.reset();
  });
}

void EnvironmentHarness::start() {
  const auto tell = [this](auto change) {
    const std::lock_guard lock{mutex_};
    change(told_);
    changed_.notify_all();
  };
  env::EnvironmentEvents events{
      .on_ready = [tell] { tell([](Told& told) { told.ready = true; }); },
      .on_init_failed =
          [tell](env::InitFailure failure) { tell([&](Told& told) { told.init_failure = failure; }); },
      .on_slot_free = [tell] { tell([](Told& told) { ++told.slots_freed; }); },
      .on_gone = [tell](bool crashed) { tell([&](Told& told) { told.gone = crashed; }); },
      .on_log =
          [tell](env::LogSource source, std::string line) {
            tell([&](Told& told) { told.log.emplace_back(source, std::move(line)); });
          }};
  loop.run([&] {
    emulator::supervisor::Supervisor& supervisor = puppets ? *puppets : *real_;
    environment_ = std::make_unique<env::Environment>(
        env::Environment::Services{loop.loop(), *network_, supervisor}, spec, std::move(events));
    environment_->start();
  });
}

void EnvironmentHarness::start_ready() {
  start();
  first_poll.emplace(poll());
  if (!await_ready()) throw std::runtime_error("the environment did not become ready");
}

EnvironmentClient EnvironmentHarness::poll() {
  EnvironmentClient client{port()};
  const unsigned before = stats().idle_polls;
  client.send("GET", next_path);
  if (!await_idle_polls(before + 1)) throw std::runtime_error("the poll did not arrive");
  return client;
}

unsigned short EnvironmentHarness::port() {
  return stats().runtime_api_port;
}

std::future<env::Outcome> EnvironmentHarness::invoke(std::string request_id, std::string payload) {
  Invocation invocation;
  invocation.request_id = std::move(request_id);
  invocation.payload = std::move(payload);
  return invoke(std::move(invocation));
}

std::future<env::Outcome> EnvironmentHarness::invoke(Invocation invocation) {
  auto outcome = std::make_shared<std::promise<env::Outcome>>();  // shared with the callback
  loop.run([&] {
    environment_->invoke(std::move(invocation),
                         [outcome](env::Outcome result) { outcome->set_value(std::move(result)); });
  });
  return outcome->get_future();
}

void EnvironmentHarness::shut_down(env::ShutdownReason reason, std::chrono::milliseconds drain) {
  loop.run([&] { environment_->shut_down(reason, drain); });
}

env::EnvironmentStats EnvironmentHarness::stats() {
  return loop.run([this] { return environment_->stats(); });
}

bool EnvironmentHarness::await_in_flight(unsigned count) {
  return loop.await([&] { return environment_->stats().in_flight == count; });
}

bool EnvironmentHarness::await_idle_polls(unsigned count) {
  return loop.await([&] { return environment_->stats().idle_polls == count; });
}

template <class F>
bool EnvironmentHarness::await_told(F condition) {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, patience, [&] { return condition(told_); });
}

bool EnvironmentHarness::await_ready() {
  return await_told([](const Told& told) { return told.ready; });
}

std::optional<env::InitFailure> EnvironmentHarness::await_init_failure() {
  await_told([](const Told& told) { return told.init_failure.has_value(); });
  const std::lock_guard lock{mutex_};
  return told_.init_failure;
}

std::optional<bool> EnvironmentHarness::await_gone() {
  await_told([](const Told& told) { return told.gone.has_value(); });
  const std::lock_guard lock{mutex_};
  return told_.gone;
}

bool EnvironmentHarness::is_ready() {
  const std::lock_guard lock{mutex_};
  return told_.ready;
}

unsigned EnvironmentHarness::slots_freed() {
  const std::lock_guard lock{mutex_};
  return told_.slots_freed;
}

bool EnvironmentHarness::await_slots_freed(unsigned count) {
  return await_told([&](const Told& told) { return told.slots_freed >= count; });
}

std::string EnvironmentHarness::await_log(env::LogSource source, const std::string& text) {
  std::string found;
  await_told([&](const Told& told) {
    for (const auto& [from, line] : told.log) {
      if (from == source && line.find(text) != std::string::npos) found = line;
    }
    return !found.empty();
  });
  return found;
}

std::string invocation_path(const std::string& request_id, const std::string& verb) {
  return "/2018-06-01/runtime/invocation/" + request_id + "/" + verb;
}

std::string error_payload(const std::string& type) {
  return R"({"errorType":")" + type + "\"}";
}

}  // namespace lmi::test
