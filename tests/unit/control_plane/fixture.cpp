#include "fixture.hpp"

#include "model/base64.hpp"
#include "support/zip_builder.hpp"

#include <utility>

namespace lmi::emulator::control_plane {
namespace {

using nlohmann::json;

/// Keeps what is streamed in the answer; the test takes the pieces.
class MemoryWriter final : public http::BodyWriter {
 public:
  explicit MemoryWriter(std::shared_ptr<std::optional<Answer>> answer) : answer_{std::move(answer)} {}
  ~MemoryWriter() override {
    if ((*answer_)->stream == Answer::Stream::open) (*answer_)->stream = Answer::Stream::broken;
  }
  MemoryWriter(const MemoryWriter&) = delete;
  MemoryWriter& operator=(const MemoryWriter&) = delete;

  void write(std::string bytes, http::More more) override {
    (*answer_)->text += bytes;
    if (more) (*answer_)->mores.push_back(std::move(more));
  }
  void finish() override { (*answer_)->stream = Answer::Stream::finished; }

 private:
  std::shared_ptr<std::optional<Answer>> answer_;  // shared with the test
};

/// A request that never was on a wire.
class MemoryExchange final : public http::Exchange {
 public:
  MemoryExchange(Loop& loop, http::Head head, std::string body, std::shared_ptr<std::optional<Answer>> answer)
      : loop_{loop}, head_{std::move(head)}, body_{std::move(body)}, answer_{std::move(answer)} {}

  const http::Head& head() const noexcept override { return head_; }
  void read_body(std::size_t limit, std::function<void(http::Body)> done) override {
    http::Body body;
    body.end = body_.size() > limit ? http::BodyEnd::too_large : http::BodyEnd::complete;
    if (body.end == http::BodyEnd::complete) body.data = std::move(body_);
    loop_.post([body = std::move(body), done = std::move(done)] { done(body); });
  }
  void read_body_in_pieces(std::size_t limit, Piece, std::function<void(http::Body)> done) override {
    read_body(limit, std::move(done));  // nothing in the control plane reads a body so
  }
  std::unique_ptr<http::BodyWriter> begin_response(http::Response head) override {
    EXPECT_FALSE(*answer_) << "answered twice";
    *answer_ = Answer{.status = head.status,
                      .headers = head.headers,
                      .text = {},
                      .body = {},
                      .stream = Answer::Stream::open,
                      .mores = {}};
    return std::make_unique<MemoryWriter>(answer_);
  }
  void respond(http::Response response) override {
    if (*answer_) return;
    Answer answer{.status = response.status,
                  .headers = response.headers,
                  .text = response.body,
                  .body = {},
                  .stream = Answer::Stream::none,
                  .mores = {}};
    answer.body = json::parse(response.body, nullptr, false);
    *answer_ = std::move(answer);
  }
  void drop() override { ADD_FAILURE() << "a request was dropped"; }
  void on_disconnect(std::function<void()>) override {}

 private:
  Loop& loop_;
  http::Head head_;
  std::string body_;
  std::shared_ptr<std::optional<Answer>> answer_;  // shared with the test
};

}  // namespace

std::string Answer::message() const {
  if (!body.is_object()) return {};
  return body.value("message", body.value("Message", std::string{}));
}

ControlPlaneTest::ControlPlaneTest() {
  restart();
}

void ControlPlaneTest::restart() {
  control_plane_.reset();
  store_.reset();
  host_ = std::make_unique<FakeHost>();
  auto opened = store::Store::open(loop_, directory_ / "state.db");
  if (auto* failure = std::get_if<store::OpenFailure>(&opened)) throw std::runtime_error{failure->message};
  store_ = std::move(std::get<std::unique_ptr<store::Store>>(opened));
  ControlPlaneConfig config;
  config.delays = delays_;
  config.wall_clock = now;
  config.verifier = verifier_;
  config.cloudwatch = cloudwatch_;
  config.client = &client_;
  config.s3_endpoint = s3_endpoint_;
  config.enforces_url_policies = enforces_url_policies_;
  config.places.sqs_endpoint = http::parse_url("http://sqs:9324");
  config.places.sinks["arn:aws:sns:us-east-1:000000000000:records"] =
      events::HttpSink{*http::parse_url("http://sink/")};
  config.warn = [this](const std::string& line) { warnings_.push_back(line); };
  control_plane_ = std::make_unique<ControlPlane>(loop_, *store_, *host_, config);
  control_plane_->restore();
}

http::Headers ControlPlaneTest::signed_headers() {
  return {{"Host", "127.0.0.1:9400"},
          {"Authorization",
           "AWS4-HMAC-SHA256 Credential=AKID/20251125/us-east-1/lambda/aws4_request, "
           "SignedHeaders=host;x-amz-date, "
           "Signature=00"}};
}

std::shared_ptr<std::optional<Answer>> ControlPlaneTest::start(const std::string& method,
                                                               const std::string& target,
                                                               const std::string& body, http::Headers extra) {
  http::Headers headers = signed_headers();
  for (const auto& [name, value] : extra) headers.add(name, value);
  return start_head({method, target, std::move(headers)}, body);
}

std::shared_ptr<std::optional<Answer>> ControlPlaneTest::start_head(http::Head head,
                                                                    const std::string& body) {
  auto answer = std::make_shared<std::optional<Answer>>();
  control_plane_->handle(std::make_shared<MemoryExchange>(loop_, std::move(head), body, answer));
  return answer;
}

Answer ControlPlaneTest::send(const std::string& method, const std::string& target, const json& body,
                              http::Headers extra) {
  const auto answer = start(method, target, body.is_null() ? std::string{} : body.dump(), std::move(extra));
  if (!*answer) loop_.run_until([&answer] { return answer->has_value(); });
  return answer->value_or(Answer{});
}

Answer ControlPlaneTest::send_head(http::Head head, const std::string& body) {
  const auto answer = start_head(std::move(head), body);
  if (!*answer) loop_.run_until([&answer] { return answer->has_value(); });
  return answer->value_or(Answer{});
}

void ControlPlaneTest::flush() {
  bool written = false;
  bool unpacked = false;
  store_->write({}, [&written](const std::string&) { written = true; });
  store_->packages().in_background([] {}, [&unpacked] { unpacked = true; });
  loop_.run_until([&] { return written && unpacked; });
}

void ControlPlaneTest::settle() {
  flush();
  loop_.advance(std::chrono::seconds{1});
  flush();
}

std::string ControlPlaneTest::package(const std::string& content) {
  const auto zip = test::good_package(content);
  return model::base64_encode({reinterpret_cast<const char*>(zip.data()), zip.size()});
}

json ControlPlaneTest::provider_request(const std::string& name) {
  return {{"CapacityProviderName", name},
          {"VpcConfig", {{"SubnetIds", {"subnet-a", "subnet-b"}}, {"SecurityGroupIds", {"sg-a"}}}},
          {"PermissionsConfig", {{"CapacityProviderOperatorRoleArn", "arn:aws:iam::000000000000:role/op"}}}};
}

json ControlPlaneTest::function_request(const json& changes) {
  json request = {
      {"FunctionName", "f"},
      {"Role", "arn:aws:iam::000000000000:role/r"},
      {"Runtime", "provided.al2023"},
      {"Handler", "h"},
      {"Code", {{"ZipFile", package()}}},
      {"CapacityProviderConfig",
       {{"LambdaManagedInstancesCapacityProviderConfig",
         {{"CapacityProviderArn", "arn:aws:lambda:us-east-1:000000000000:capacity-provider:cp1"}}}}}};
  request.merge_patch(changes);
  return request;
}

void ControlPlaneTest::create_provider(const std::string& name) {
  ASSERT_EQ(send("POST", providers_path, provider_request(name)).status, 202U);
  settle();
}

Answer ControlPlaneTest::create_function(json changes) {
  return send("POST", functions_path, function_request(changes));
}

void ControlPlaneTest::create_published_function() {
  create_provider();
  ASSERT_EQ(create_function().status, 201U);
  settle();
  ASSERT_EQ(send("POST", "/2015-03-31/functions/f/versions", {{"PublishTo", "LATEST_PUBLISHED"}}).status,
            201U);
  host_->tell_active(published_key);
  flush();
}

json ControlPlaneTest::configuration(const std::string& qualifier) {
  return send("GET",
              "/2015-03-31/functions/f/configuration" + (qualifier.empty() ? "" : "?Qualifier=" + qualifier))
      .body;
}

}  // namespace lmi::emulator::control_plane
