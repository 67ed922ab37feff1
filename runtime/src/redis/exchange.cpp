#include "redis/exchange.hpp"

#include <hiredis/hiredis.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

namespace lmi::redis {
namespace {

struct FreeReply {
  void operator()(void* reply) const noexcept { freeReplyObject(reply); }
};

struct FreeCommand {
  void operator()(char* text) const noexcept { redisFreeCommand(text); }
};

Reply converted(const redisReply& from) {
  Reply reply;
  switch (from.type) {
    case REDIS_REPLY_NIL: return reply;
    case REDIS_REPLY_INTEGER:
      reply.kind = Reply::Kind::integer;
      reply.number = from.integer;
      return reply;
    case REDIS_REPLY_ARRAY:
      reply.kind = Reply::Kind::array;
      reply.items.reserve(from.elements);
      for (std::size_t i = 0; i < from.elements; ++i) reply.items.push_back(converted(*from.element[i]));
      return reply;
    case REDIS_REPLY_ERROR: reply.kind = Reply::Kind::error; break;
    default: reply.kind = Reply::Kind::string; break;
  }
  reply.text.assign(from.str, from.len);
  return reply;
}

}  // namespace

Exchange::Exchange(Connection& connection, const Command& command)
    : connection_{connection}, context_{connection.context_} {
  if (command.empty()) {
    error_ = CommandError{Errc::refused, "ERR an empty command"};
    done_ = true;
    return;
  }
  if (connection.in_exchange_) {
    error_ = CommandError{Errc::connection_lost, "the exchange before was given up"};
    done_ = true;
    return;
  }
  std::vector<const char*> words;
  std::vector<std::size_t> lengths;
  for (const auto& word : command) {
    words.push_back(word.data());
    lengths.push_back(word.size());
  }
  connection.note(command.front());
  connection.in_exchange_ = true;
  char* text = nullptr;
  const int length =
      redisFormatCommandArgv(&text, static_cast<int>(words.size()), words.data(), lengths.data());
  const std::unique_ptr<char, FreeCommand> owner{text};
  if (length < 0) {
    lost("no memory");
  } else {
    message_.assign(text, static_cast<std::size_t>(length));
  }
}

/// By hand, because redisBufferWrite() would end the process by SIGPIPE when the server has gone.
bool Exchange::send_all() {
  while (sent_ < message_.size()) {
    const auto sent = ::send(context_->fd, message_.data() + sent_, message_.size() - sent_, MSG_NOSIGNAL);
    if (sent >= 0) {
      sent_ += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      return false;
    } else if (errno != EINTR) {
      lost(std::generic_category().message(errno));
      return true;
    }
  }
  return true;
}

Exchange::Need Exchange::step() {
  if (!done_ && !send_all()) return Need::write;
  if (done_) return Need::nothing;
  void* got = nullptr;
  if (redisGetReplyFromReader(context_, &got) != REDIS_OK) {
    lost(static_cast<const char*>(context_->errstr));
    return Need::nothing;
  }
  if (got == nullptr) return Need::read;
  const std::unique_ptr<void, FreeReply> reply{got};
  reply_ = converted(*static_cast<const redisReply*>(got));
  if (reply_.kind == Reply::Kind::error) error_ = CommandError{Errc::refused, std::move(reply_.text)};
  connection_.in_exchange_ = false;
  done_ = true;
  return Need::nothing;
}

void Exchange::readable() {
  if (redisBufferRead(context_) != REDIS_OK) lost(static_cast<const char*>(context_->errstr));
}

void Exchange::lost(std::string why) {
  error_ = CommandError{Errc::connection_lost, std::move(why)};
  connection_.lost_ = true;
  done_ = true;
}

void Exchange::give_up(pool::Readiness why) {
  const bool stopped = why == pool::Readiness::stopped;
  error_ = CommandError{stopped ? Errc::stopped : Errc::timed_out,
                        stopped ? "the command was stopped" : "the command took longer than there was time"};
  done_ = true;
}

CommandResult<Reply> Exchange::outcome() && {
  if (error_) return *std::move(error_);
  return std::move(reply_);
}

int Exchange::socket() const noexcept {
  return context_->fd;
}

}  // namespace lmi::redis
