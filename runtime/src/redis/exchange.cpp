#include "redis/exchange.hpp"

#include <hiredis/hiredis.h>

#include <memory>
#include <utility>

namespace lmi::redis {
namespace {

struct FreeReply {
  void operator()(void* reply) const noexcept { freeReplyObject(reply); }
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
  if (redisAppendCommandArgv(context_, static_cast<int>(words.size()), words.data(), lengths.data()) !=
      REDIS_OK)
    lost();
}

Exchange::Need Exchange::step() {
  if (!done_ && !sent_) {
    int all = 0;
    if (redisBufferWrite(context_, &all) != REDIS_OK) {
      lost();
    } else if (all == 0) {
      return Need::write;
    }
    sent_ = true;
  }
  if (done_) return Need::nothing;
  void* got = nullptr;
  if (redisGetReplyFromReader(context_, &got) != REDIS_OK) {
    lost();
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
  if (redisBufferRead(context_) != REDIS_OK) lost();
}

void Exchange::lost() {
  error_ = CommandError{Errc::connection_lost, static_cast<const char*>(context_->errstr)};
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
