#include "environment/child_processes.hpp"

#include "environment/error_types.hpp"
#include "environment/process_environment.hpp"

#include <signal.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

namespace lmi::emulator::environment {

namespace fs = std::filesystem;

namespace {

/// The program that is the function: the package's own comes first.
std::optional<fs::path> find_bootstrap(const EnvironmentSpec& spec) {
  for (const auto& root : {spec.task_root, spec.opt_root}) {
    std::error_code unreadable;  // then it is not there for us
    if (!root.empty() && fs::is_regular_file(root / "bootstrap", unreadable)) return root / "bootstrap";
  }
  return std::nullopt;
}

InitFailure launch_failure(const fs::path& program, const std::error_code& error) {
  return {.error_type = error == std::errc::permission_denied ? error_type::permission_denied
                                                              : error_type::extension_launch_error,
          .message = program.string() + ": " + error.message()};
}

}  // namespace

std::string exit_text(const supervisor::Exit& exit) {
  if (const auto* exited = std::get_if<supervisor::Exited>(&exit)) {
    return "exit status " + std::to_string(exited->code);
  }
  const int signal = std::get<supervisor::Signalled>(exit).signal;
  const char* description = ::sigdescr_np(signal);
  std::string text = description == nullptr ? std::to_string(signal) : description;
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return "signal: " + text;
}

std::vector<fs::path> ChildProcesses::find_extensions() const {
  std::map<std::string, fs::path> programs;  // a name once: it is what an extension registers by
  std::error_code absent;                    // no extensions, then
  if (!spec_.opt_root.empty()) {
    for (const auto& entry : fs::directory_iterator(spec_.opt_root / "extensions", absent)) {
      if (!entry.is_directory(absent)) programs.emplace(entry.path().filename(), entry.path());
    }
  }
  for (const auto& entry : fs::directory_iterator(spec_.task_root / "extensions", absent)) {
    const auto permissions = entry.status(absent).permissions();
    const bool executable = (permissions & fs::perms::owner_exec) != fs::perms::none;
    if (entry.is_regular_file(absent) && executable) programs.emplace(entry.path().filename(), entry.path());
  }
  std::vector<fs::path> paths;
  for (auto& [name, path] : programs) paths.push_back(std::move(path));
  return paths;
}

std::optional<InitFailure> ChildProcesses::start_extension(const fs::path& program, unsigned short api_port) {
  const std::string name = program.filename().string();
  std::error_code error;
  auto process = supervisor_.start(
      {.executable = program,
       .arguments = {program.string()},
       .environment = extension_environment(spec_, api_port),
       .working_directory = "/",
       .opt_root = spec_.opt_root},
      {.on_line = [this](supervisor::Stream,
                         std::string line) { events_.on_line(LogSource::extension, std::move(line)); },
       .on_exit =
           [this, name](const supervisor::Exit&) {
             extensions_.at(name).alive = false;
             events_.on_extension_exit(name);
           }},
      error);
  if (!process) return launch_failure(program, error);
  extensions_.insert_or_assign(name, Extension{.process = std::move(process), .alive = true});
  return std::nullopt;
}

std::optional<InitFailure> ChildProcesses::start_runtime(unsigned short api_port) {
  std::error_code unreadable;
  if (!fs::is_directory(spec_.task_root, unreadable)) {
    return InitFailure{error_type::invalid_working_dir, spec_.task_root.string() + " is not a directory"};
  }
  const auto bootstrap = find_bootstrap(spec_);
  if (!bootstrap) {
    return InitFailure{
        error_type::invalid_entrypoint,
        "no file named bootstrap at the root of the package (" + spec_.task_root.string() + ")"};
  }
  std::error_code error;
  runtime_ = supervisor_.start(
      {.executable = *bootstrap,
       .arguments = {bootstrap->string()},
       .environment = runtime_environment(spec_, api_port),
       .working_directory = spec_.task_root,
       .memory_limit_bytes = spec_.memory_limit_bytes,
       .opt_root = spec_.opt_root},
      {.on_line = [this](supervisor::Stream,
                         std::string line) { events_.on_line(LogSource::function, std::move(line)); },
       .on_exit =
           [this](const supervisor::Exit& exit) {
             runtime_alive_ = false;
             events_.on_runtime_exit(exit);
           }},
      error);
  if (!runtime_) {
    return InitFailure{error_type::invalid_entrypoint,
                       bootstrap->string() + " cannot be run: " + error.message()};
  }
  runtime_alive_ = true;
  return std::nullopt;
}

bool ChildProcesses::any_extension_alive() const {
  return std::any_of(extensions_.begin(), extensions_.end(),
                     [](const auto& entry) { return entry.second.alive; });
}

std::vector<std::string> ChildProcesses::living_extensions() const {
  std::vector<std::string> names;
  for (const auto& [name, extension] : extensions_) {
    if (extension.alive) names.push_back(name);
  }
  return names;
}

void ChildProcesses::when_output_read(std::function<void()> done) {
  // Of a process that has ended everything was told before its end was.
  std::vector<supervisor::Process*> talking;
  if (runtime_alive_) talking.push_back(runtime_.get());
  for (const auto& [name, extension] : extensions_) {
    if (extension.alive) talking.push_back(extension.process.get());
  }
  if (talking.empty()) return done();
  auto waiting = std::make_shared<std::size_t>(talking.size());  // owned by the callbacks below
  for (supervisor::Process* process : talking) {
    process->when_output_read([waiting, done] {
      if (--*waiting == 0) done();
    });
  }
}

void ChildProcesses::signal_runtime(int signal) {
  if (runtime_alive_) runtime_->signal(signal);
}

void ChildProcesses::signal_extension(const std::string& name, int signal) {
  if (const auto found = extensions_.find(name); found != extensions_.end() && found->second.alive) {
    found->second.process->signal(signal);
  }
}

void ChildProcesses::kill_all() {
  signal_runtime(SIGKILL);
  for (const auto& name : living_extensions()) signal_extension(name, SIGKILL);
}

}  // namespace lmi::emulator::environment
