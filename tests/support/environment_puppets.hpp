#pragma once

#include "loop/loop.hpp"
#include "supervisor/process.hpp"

#include <csignal>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lmi::test {

/// Processes that do nothing by themselves: the test plays the program and decides when it ends.
/// Threads: the loop's, like every supervisor.
class PuppetSupervisor final : public emulator::supervisor::Supervisor {
 public:
  struct Puppet {
    emulator::supervisor::ProcessSpec spec;
    emulator::supervisor::ProcessEvents events;
    std::vector<int> signals;
    bool alive = true;
    bool obeys_sigterm = false;
    std::uint64_t peak_memory = 0;

    void exit(emulator::supervisor::Exit how) {
      if (!std::exchange(alive, false)) return;
      const auto on_exit = events.on_exit;
      if (on_exit) on_exit(how);
    }
    void print(emulator::supervisor::Stream stream, std::string line) {
      events.on_line(stream, std::move(line));
    }
    std::string variable(const std::string& name) const {
      for (const auto& entry : spec.environment) {
        if (entry.starts_with(name + "=")) return entry.substr(name.size() + 1);
      }
      return "<absent>";
    }
  };

  explicit PuppetSupervisor(emulator::Loop& loop) : loop_{loop} {}

  std::unique_ptr<emulator::supervisor::Process> start(emulator::supervisor::ProcessSpec spec,
                                                       emulator::supervisor::ProcessEvents events,
                                                       std::error_code& error) override {
    if (refuse_with) {
      error = refuse_with;
      return nullptr;
    }
    auto puppet =
        std::make_shared<Puppet>(Puppet{.spec = std::move(spec), .events = std::move(events), .signals = {}});
    puppets_.push_back(puppet);
    return std::make_unique<Handle>(loop_, std::move(puppet), static_cast<int>(1000 + puppets_.size()));
  }

  /// The newest program with this file name, or nullptr.
  std::shared_ptr<Puppet> find(const std::string& file_name) const {
    for (auto it = puppets_.rbegin(); it != puppets_.rend(); ++it) {
      if ((*it)->spec.executable.filename() == file_name) return *it;
    }
    return nullptr;
  }
  std::size_t started() const noexcept { return puppets_.size(); }

  std::error_code refuse_with;

 private:
  class Handle final : public emulator::supervisor::Process {
   public:
    Handle(emulator::Loop& loop, std::shared_ptr<Puppet> puppet, int pid)
        : loop_{loop}, puppet_{std::move(puppet)}, pid_{pid} {}
    ~Handle() override { puppet_->events = {}; }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    int pid() const noexcept override { return pid_; }
    std::uint64_t peak_memory_bytes() const override { return puppet_->alive ? puppet_->peak_memory : 0; }
    void when_output_read(std::function<void()> done) override { loop_.post(std::move(done)); }
    void signal(int signal) override {
      if (!puppet_->alive) return;
      puppet_->signals.push_back(signal);
      const bool dies = signal == SIGKILL || (signal == SIGTERM && puppet_->obeys_sigterm);
      if (!dies) return;
      emulator::supervisor::Exit how = emulator::supervisor::Exited{0};
      if (signal == SIGKILL) how = emulator::supervisor::Signalled{.signal = SIGKILL, .out_of_memory = false};
      loop_.post([puppet = puppet_, how] { puppet->exit(how); });
    }

   private:
    emulator::Loop& loop_;
    std::shared_ptr<Puppet> puppet_;  // shared with the supervisor, so that a test can look at it later
    int pid_;
  };

  emulator::Loop& loop_;
  std::vector<std::shared_ptr<Puppet>> puppets_;
};

}  // namespace lmi::test
