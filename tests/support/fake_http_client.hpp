#pragma once

#include "http/client.hpp"

#include <nlohmann/json.hpp>

#include <deque>
#include <memory>
#include <string>
#include <utility>

namespace lmi::test {

/// A client without a network: requests wait until a test answers them.
class FakeClient final : public emulator::http::Client {
 public:
  struct Request {
    emulator::http::ClientRequest request;
    Done done;
    bool dropped = false;

    nlohmann::json body() const { return nlohmann::json::parse(request.body); }
    /// "ReceiveMessage" for SQS.
    std::string operation() const {
      const std::string target{request.headers.get("X-Amz-Target")};
      return target.substr(target.find('.') + 1);
    }
    void answer(const nlohmann::json& members, unsigned status = 200) {
      std::exchange(done, nullptr)({.status = status, .body = members.dump()});
    }
    void fail(const std::string& why) { std::exchange(done, nullptr)({.failure = why}); }
  };

  std::unique_ptr<Call> send(emulator::http::ClientRequest request, Done done) override {
    requests.push_back(std::make_shared<Request>(Request{std::move(request), std::move(done)}));
    return std::make_unique<Handle>(requests.back());
  }

  /// The oldest that nobody has taken; nullptr when there is none.
  std::shared_ptr<Request> take() {
    while (!requests.empty() && requests.front()->dropped) requests.pop_front();
    if (requests.empty()) return nullptr;
    auto request = requests.front();
    requests.pop_front();
    return request;
  }

  std::deque<std::shared_ptr<Request>> requests;  // shared with the handles

 private:
  struct Handle final : Call {
    explicit Handle(std::shared_ptr<Request> request_) : request{std::move(request_)} {}
    ~Handle() override {
      request->dropped = true;
      request->done = nullptr;
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    std::shared_ptr<Request> request;
  };
};

}  // namespace lmi::test
