#include "events/outbox.hpp"

#include "store/worker.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace lmi::emulator::events {
namespace {

using Told = std::function<void(const std::string& failure)>;

/// "" or why the line is not safely in the file. A line is one write, so that two writers do not mix.
std::string append_line(const std::filesystem::path& path, const std::string& line) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const auto reason = [&path] { return path.string() + ": " + std::strerror(errno); };
  if (file < 0) return reason();
  std::string failure;
  const auto written = ::write(file, line.data(), line.size());
  if (written < 0 || ::fsync(file) != 0) {
    failure = reason();
  } else if (static_cast<std::size_t>(written) != line.size()) {
    failure = path.string() + ": no room for the whole line";
  }
  ::close(file);
  return failure;
}

}  // namespace

std::string sink_text(const Delivery& delivery) {
  if (delivery.attributes.empty()) return delivery.body;
  nlohmann::ordered_json message = {{"MessageBody", delivery.body}};
  for (const auto& [name, type, value] : delivery.attributes)
    message["MessageAttributes"][name] = {{"DataType", type}, {"StringValue", value}};
  return message.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

struct Outbox::Parts {
  Parts(Loop& loop_, http::Client* client_, Places places_)
      : loop{loop_}, client{client_}, places{std::move(places_)} {
    if (client && places.sqs_endpoint) sqs.emplace(*client, *places.sqs_endpoint);
  }

  void refuse(std::string why, Told done) {
    loop.post([why = std::move(why), done = std::move(done)] { done(why); });
  }

  void to_file(const FileSink& sink, const Delivery& delivery, Told done) {
    files.submit([this, path = sink.path, line = sink_text(delivery) + "\n", done = std::move(done)] {
      loop.post([failure = append_line(path, line), done] { done(failure); });
    });
  }

  void to_server(const HttpSink& sink, const Delivery& delivery, Told done) {
    if (!client) return refuse("there is no way to HTTP servers here", std::move(done));
    http::ClientRequest request{.host = sink.url.host,
                                .port = sink.url.port,
                                .authority = sink.url.authority,
                                .target = sink.url.target,
                                .headers = {{"Content-Type", "application/json"}},
                                .body = sink_text(delivery),
                                .status_only = true};
    const std::uint64_t turn = ++last_turn;
    calls[turn] = client->send(
        std::move(request), [this, turn, done = std::move(done)](const http::ClientAnswer& answer) {
          const auto call = calls.extract(turn);
          if (!answer.failure.empty()) return done(answer.failure);
          done(answer.is_success() ? "" : "it answered " + std::to_string(answer.status));
        });
  }

  void to_queue(const QueueArn& queue, Delivery delivery, Told done) {
    const std::uint64_t turn = ++last_turn;
    calls[turn] =
        sqs->queue_url(queue, [this, turn, queue, delivery = std::move(delivery), done = std::move(done)](
                                  const std::string& failure, const nlohmann::json& answer) {
          const auto finished = calls.extract(turn);
          if (!failure.empty()) return done(failure);
          calls[turn] = sqs->send(queue, answer["QueueUrl"], delivery,
                                  [this, turn, done](const std::string& problem, const nlohmann::json&) {
                                    const auto call = calls.extract(turn);
                                    done(problem);
                                  });
        });
  }

  Loop& loop;
  http::Client* client;
  Places places;
  std::optional<SqsClient> sqs;
  std::uint64_t last_turn = 0;
  std::map<std::uint64_t, std::unique_ptr<http::Client::Call>> calls;
  store::Worker files;  // last: its jobs use the rest
};

Outbox::Outbox(Loop& loop, http::Client* client, Places places)
    : parts_{std::make_unique<Parts>(loop, client, std::move(places))} {}
Outbox::~Outbox() = default;

void Outbox::deliver(const Delivery& delivery, Told done) {
  const auto sink = parts_->places.sinks.find(delivery.destination);
  if (sink != parts_->places.sinks.end()) {
    if (const auto* file = std::get_if<FileSink>(&sink->second))
      return parts_->to_file(*file, delivery, std::move(done));
    return parts_->to_server(std::get<HttpSink>(sink->second), delivery, std::move(done));
  }
  const QueueArn queue = parse_queue_arn(delivery.destination);
  if (!queue.name.empty() && parts_->sqs) return parts_->to_queue(queue, delivery, std::move(done));
  parts_->refuse("nothing stands in for it; start the emulator with --sink " + delivery.destination +
                     "=URL or =file:PATH" + (queue.name.empty() ? "" : ", or with --sqs-endpoint URL"),
                 std::move(done));
}

}  // namespace lmi::emulator::events
