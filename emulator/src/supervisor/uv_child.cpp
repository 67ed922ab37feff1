#include "supervisor/uv_child.hpp"

#include "supervisor/child_setup.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace lmi::emulator::supervisor {
namespace {

/// A descendant outside the group and without a memory group can hold a pipe open for ever.
constexpr std::uint64_t drain_grace_ms = 1000;
constexpr std::uint64_t removal_retry_ms = 20;
constexpr int max_removal_tries = 250;

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const auto& text : texts)
    pointers.push_back(const_cast<char*>(text.c_str()));  // libuv only reads them
  pointers.push_back(nullptr);
  return pointers;
}

template <class Handle>
uv_handle_t* base(Handle& handle) {
  return reinterpret_cast<uv_handle_t*>(&handle);
}

}  // namespace

UvChild::UvChild(uv_loop_t* loop, Events events, std::unique_ptr<MemoryGroup> memory)
    : loop_{loop}, events_{std::move(events)}, memory_{std::move(memory)} {
  process_.data = this;
  timer_.data = this;
  uv_timer_init(loop_, &timer_);
  ++open_handles_;
  outputs_[1].stream = Stream::err;
  for (auto& output : outputs_) {
    output.child = this;
    output.pipe.data = &output;
  }
}

int UvChild::open_outputs(std::array<int, 2>& child_ends) {
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    std::array<int, 2>
        ends{};  // a real pipe: a program can open /dev/stderr on it again, on a socket it cannot
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return -errno;
    child_ends[i] = ends[1];
    uv_pipe_init(loop_, &outputs_[i].pipe, 0);
    ++open_handles_;
    outputs_[i].open = true;
    if (const int error = uv_pipe_open(&outputs_[i].pipe, ends[0]); error != 0) {
      ::close(ends[0]);
      return error;
    }
  }
  return 0;
}

int UvChild::spawn(const ProcessSpec& spec) {
  std::array<int, 2> child_ends{-1, -1};
  int error = open_outputs(child_ends);
  if (error == 0) {
    auto arguments = pointers_to(spec.arguments);
    auto environment = pointers_to(spec.environment);
    std::array<uv_stdio_container_t, 3> stdio{};
    stdio[0].flags = UV_IGNORE;  // libuv opens /dev/null
    for (std::size_t i = 0; i < child_ends.size(); ++i) {
      stdio[i + 1].flags = UV_INHERIT_FD;
      stdio[i + 1].data.fd = child_ends[i];
    }
    uv_process_options_t options{};
    options.file = spec.executable.c_str();
    options.args = arguments.data();
    options.env = environment.data();
    options.cwd = spec.working_directory.empty() ? nullptr : spec.working_directory.c_str();
    options.flags = UV_PROCESS_DETACHED;  // setsid(): leader of a group of its own
    options.stdio = stdio.data();
    options.stdio_count = static_cast<int>(stdio.size());
    options.exit_cb = [](uv_process_t* process, std::int64_t code, int signal) {
      static_cast<UvChild*>(process->data)->on_process_exit(static_cast<int>(code), signal);
    };
    const OptMount opt{spec.opt_root};
    const ChildSetup setup{memory_ ? memory_->procs_fd() : -1, opt};
    ++open_handles_;  // libuv registers the handle even when it fails
    error = uv_spawn(loop_, &process_, &options);
  }
  for (const int fd : child_ends) {
    if (fd >= 0) ::close(fd);
  }
  if (error != 0) {
    abandon();
    return error;
  }
  pid_ = process_.pid;
  for (auto& output : outputs_) start_reading(output);
  return 0;
}

void UvChild::signal(int signal) const {
  if (pid_ > 0 && !exited_) ::kill(-pid_, signal);
}

// ---- output ----

void UvChild::start_reading(Output& output) {
  if (!output.open) return;
  uv_read_start(
      reinterpret_cast<uv_stream_t*>(&output.pipe),
      [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
        // One buffer for both streams: libuv hands it back before it asks again.
        auto& bytes = static_cast<Output*>(handle->data)->child->read_buffer_;
        *buffer = uv_buf_init(bytes.data(), static_cast<unsigned>(bytes.size()));
      },
      [](uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
        auto* output_of_stream = static_cast<Output*>(stream->data);
        output_of_stream->child->on_bytes(*output_of_stream, count, buffer);
      });
}

void UvChild::on_bytes(Output& output, ssize_t count, const uv_buf_t* buffer) {
  if (count == 0) return;  // nothing there after all
  if (count < 0) return end_output(output);
  const auto size = static_cast<std::size_t>(count);
  std::vector<std::string> lines;
  output.splitter.feed({buffer->base, size}, lines);
  output.bytes_read += size;
  if (!lines.empty()) events_.on_lines(output.stream, std::move(lines), size);
  tell_readers();
}

void UvChild::end_output(Output& output) {
  std::vector<std::string> lines;
  output.splitter.finish(lines);
  if (!lines.empty()) events_.on_lines(output.stream, std::move(lines), 0);
  output.open = false;
  close_handle(base(output.pipe));
  tell_readers();
  finish_when_drained();
}

void UvChild::when_read(std::function<void()> done) {
  Reader reader{{}, std::move(done)};
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    Output& output = outputs_[i];
    uv_os_fd_t fd = -1;
    int waiting = 0;
    const bool known =
        output.open && uv_fileno(base(output.pipe), &fd) == 0 && ::ioctl(fd, FIONREAD, &waiting) == 0;
    reader.until[i] = output.bytes_read + (known ? static_cast<std::uint64_t>(waiting) : 0U);
  }
  readers_.push_back(std::move(reader));
  tell_readers();
}

void UvChild::tell_readers() {
  const auto is_served = [this](const Reader& reader) {
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      if (outputs_[i].open && outputs_[i].bytes_read < reader.until[i]) return false;
    }
    return true;
  };
  for (auto at = readers_.begin(); at != readers_.end();) {
    if (!is_served(*at)) {
      ++at;
      continue;
    }
    const auto done = std::move(at->done);
    at = readers_.erase(at);
    done();
  }
}

void UvChild::pause_reading() {
  paused_ = true;
  for (auto& output : outputs_) {
    if (output.open) uv_read_stop(reinterpret_cast<uv_stream_t*>(&output.pipe));
  }
}

void UvChild::resume_reading() {
  if (!std::exchange(paused_, false)) return;
  for (auto& output : outputs_) start_reading(output);
}

// ---- the end ----

void UvChild::on_process_exit(int code, int signal) {
  // The group's number stays taken while a member lives, and cannot have been given out again this soon
  // otherwise.
  ::kill(-pid_, SIGKILL);
  if (memory_) {
    oom_killed_ = memory_->oom_killed();
    memory_->kill_members();
  }
  exited_ = true;
  code_ = code;
  term_signal_ = signal;
  close_handle(base(process_));
  uv_timer_start(
      &timer_, [](uv_timer_t* timer) { static_cast<UvChild*>(timer->data)->on_drain_grace_over(); },
      drain_grace_ms, drain_grace_ms);
  finish_when_drained();
}

void UvChild::on_drain_grace_over() {
  if (paused_) return;  // the reader is behind, not the pipe: ask again later
  for (auto& output : outputs_) {
    if (output.open) end_output(output);
  }
}

void UvChild::finish_when_drained() {
  if (!exited_ || finished_ || outputs_[0].open || outputs_[1].open) return;
  finished_ = true;
  uv_timer_stop(&timer_);
  remove_memory_group();
  events_.on_exit(exit_value());
}

Exit UvChild::exit_value() const {
  if (term_signal_ != 0) return Signalled{.signal = term_signal_, .out_of_memory = oom_killed_};
  return Exited{.code = code_};
}

void UvChild::remove_memory_group() {
  // Members that were just killed need a moment to be gone.
  const bool done = !memory_ || memory_->remove() || ++removal_tries_ > max_removal_tries;
  if (done) return close_handle(base(timer_));
  memory_->kill_members();
  uv_timer_start(
      &timer_, [](uv_timer_t* timer) { static_cast<UvChild*>(timer->data)->remove_memory_group(); },
      removal_retry_ms, 0);
}

void UvChild::abandon() {
  finished_ = true;
  for (auto& output : outputs_) {
    if (std::exchange(output.open, false)) close_handle(base(output.pipe));
  }
  tell_readers();
  if (process_.loop != nullptr) close_handle(base(process_));
  if (memory_) memory_->remove();
  close_handle(base(timer_));
}

void UvChild::close_handle(uv_handle_t* handle) {
  if (uv_is_closing(handle) != 0) return;
  uv_close(handle, [](uv_handle_t* closed) {
    auto* child = closed->type == UV_NAMED_PIPE ? static_cast<Output*>(closed->data)->child
                                                : static_cast<UvChild*>(closed->data);
    if (--child->open_handles_ == 0) child->events_.gone(*child);
  });
}

}  // namespace lmi::emulator::supervisor
