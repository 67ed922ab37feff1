#pragma once

#include "support/api_messages.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace lmi::test {

class ApiWire;

/// A Runtime API that does what a test tells it. Plain sockets, one thread a connection: nothing in it is
/// shared with the library under test. Every wait gives up after 30 s.
class ScriptedApi {
 public:
  using AnswerScript = std::function<ApiReply(const ApiRequest&)>;

  ScriptedApi();
  ~ScriptedApi();
  ScriptedApi(const ScriptedApi&) = delete;
  ScriptedApi& operator=(const ScriptedApi&) = delete;

  /// "127.0.0.1:<port>"
  [[nodiscard]] std::string address() const;

  /// Gives it to the poll that has waited longest, or to the next one that comes.
  void invoke(ApiInvocation invocation);

  /// The next poll gets this instead of an invocation.
  void refuse_poll(ApiReply reply);

  /// What POST requests are answered from now on. Default: 202. Called on the connection's thread.
  void on_answer(AnswerScript script);

  /// What registrations of extensions are answered from now on. Default: 200 and an identifier.
  void on_register(ApiReply reply);

  /// Answers the extension that waits for an event, or the next one that comes.
  void send_extension_event(ApiReply reply);

  /// From now on a /response is answered before its body is read, and the connection closed.
  void refuse_uploads(ApiReply reply);

  /// Whether this many polls wait at the same time, now or within the limit.
  [[nodiscard]] bool wait_for_polls(std::size_t count);

  /// Whether every poll has been answered or has gone away, e.g. with a process that was killed.
  [[nodiscard]] bool wait_for_no_polls();
  [[nodiscard]] std::size_t polls_waiting();

  /// Whether this many invocations have been written to the socket of a poll.
  [[nodiscard]] bool wait_for_deliveries(std::size_t count);

  /// The n-th (from 1) request whose path ends in `path_end`, once it has come.
  [[nodiscard]] std::optional<ApiRequest> wait_for(std::string_view path_end, std::size_t nth = 1);

  /// Whether the chunked body of the /response to an invocation, not necessarily ended, begins with this.
  [[nodiscard]] bool wait_for_streamed(const std::string& id, std::string_view begin);

  /// Called with the bytes that have come so far for each chunk of a /response, on the connection's thread:
  /// while it runs, nothing more of that body is read.
  void on_chunk(std::function<void(std::size_t total)> observer);

  /// The answer (of either kind) to an invocation.
  [[nodiscard]] std::optional<ApiRequest> wait_for_answer(const std::string& id, std::size_t nth = 1);

  [[nodiscard]] std::vector<ApiRequest> requests();
  [[nodiscard]] std::size_t count(std::string_view path_end);
  [[nodiscard]] std::size_t most_polls_at_once();

  /// Stops listening and drops every connection: the API is gone.
  void vanish();

 private:
  struct Delivery {
    std::optional<ApiInvocation> invocation;
    ApiReply refusal;
  };
  struct WaitingPoll {
    int wake_event;
    std::optional<Delivery> delivery;
  };

  void accept_connections();
  void serve(int descriptor, std::size_t connection);
  bool answer(ApiWire& wire, ApiRequest& request);
  bool answer_poll(ApiWire& wire);
  bool answer_extension(ApiWire& wire);
  std::optional<Delivery> wait_for_delivery(ApiWire& wire);
  bool answer_post(ApiWire& wire, ApiRequest& request);
  void chunk_arrived(const ApiRequest& request, const std::string& chunk);
  void deliver(Delivery delivery);
  void match();
  void record(const ApiRequest& request);

  int listener_;
  std::uint16_t port_ = 0;
  int stop_event_;
  int extension_event_;  ///< Counts extension_events_.

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ApiRequest> requests_;
  std::deque<Delivery> deliveries_;
  std::list<WaitingPoll> polls_;
  std::size_t most_polls_ = 0;
  std::size_t delivered_ = 0;
  AnswerScript script_;
  std::optional<ApiReply> upload_refusal_;
  std::map<std::string, std::string> streamed_;  ///< By path: what has come so far of chunked bodies.
  std::function<void(std::size_t)> chunk_observer_;
  std::optional<ApiReply> register_reply_;
  std::deque<ApiReply> extension_events_;
  std::vector<int> connections_;
  std::vector<std::thread> threads_;
  bool vanished_ = false;
  std::thread acceptor_;
};

}  // namespace lmi::test
