#pragma once

#include "supervisor/line_splitter.hpp"
#include "supervisor/memory_limit.hpp"
#include "supervisor/process.hpp"

#include <uv.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lmi::emulator::supervisor {

/// One child process and its libuv handles.
///
/// Threads:  the libuv thread only.
/// Lifetime: owned by the supervisor until `gone`, which comes when every handle is closed.
class UvChild {
 public:
  struct Events {
    std::function<void(Stream, std::vector<std::string> lines, std::size_t bytes)> on_lines;
    std::function<void(Exit)> on_exit;
    std::function<void(UvChild&)> gone;
  };

  UvChild(uv_loop_t* loop, Events events, std::unique_ptr<MemoryGroup> memory);
  UvChild(const UvChild&) = delete;
  UvChild& operator=(const UvChild&) = delete;

  /// 0, or a libuv error; then only `gone` follows. Call once.
  int spawn(const ProcessSpec& spec);
  int pid() const noexcept { return pid_; }
  /// To the process group; nothing once the leader was reaped, whose number may belong to somebody else.
  void signal(int signal) const;

  /// Flow control: while the reader of on_lines is behind, the pipes are left alone.
  void pause_reading();
  void resume_reading();
  /// Calls `done` once all that is in the pipes now has been given to on_lines: at once when nothing is.
  void when_read(std::function<void()> done);

  /// Gives up waiting: closes every handle, whatever the process does.
  void abandon();

 private:
  struct Output {
    uv_pipe_t pipe{};
    Stream stream = Stream::out;
    LineSplitter splitter;
    UvChild* child = nullptr;
    bool open = false;
    std::uint64_t bytes_read = 0;
  };
  /// Somebody who waits until so much of each stream was read.
  struct Reader {
    std::array<std::uint64_t, 2> until;
    std::function<void()> done;
  };

  int open_outputs(std::array<int, 2>& child_ends);
  void start_reading(Output& output);
  void on_bytes(Output& output, ssize_t count, const uv_buf_t* buffer);
  void end_output(Output& output);
  void on_process_exit(int code, int signal);
  void on_drain_grace_over();
  void finish_when_drained();
  void tell_readers();
  void remove_memory_group();
  Exit exit_value() const;
  void close_handle(uv_handle_t* handle);

  uv_loop_t* loop_;
  Events events_;
  std::unique_ptr<MemoryGroup> memory_;
  uv_process_t process_{};
  uv_timer_t
      timer_{};  // first the grace for reading the pipes to their end, then retries of the group's removal
  std::array<Output, 2> outputs_;
  std::vector<Reader> readers_;
  std::array<char, 64 * 1024> read_buffer_;
  int pid_ = 0;
  int open_handles_ = 0;
  int removal_tries_ = 0;
  int code_ = 0;
  int term_signal_ = 0;
  bool oom_killed_ = false;
  bool exited_ = false;
  bool paused_ = false;
  bool finished_ = false;
};

}  // namespace lmi::emulator::supervisor
