#include "lmi/span.hpp"

#include <algorithm>
#include <utility>

namespace lmi {

Span::Span(SpanSink& sink, const TraceContext& parent, std::string_view name, SpanKind kind)
    : context_{parent.child()}, sink_{&sink} {
  if (!context_.sampled) return;
  open_ = std::make_unique<Open>();
  open_->started = std::chrono::steady_clock::now();
  open_->data.name = name;
  open_->data.context = context_;
  open_->data.parent = parent.span_id;
  open_->data.kind = kind;
  open_->data.start = std::chrono::system_clock::now();
}

Span& Span::operator=(Span&& other) noexcept {
  if (this == &other) return *this;
  end();
  context_ = std::move(other.context_);
  sink_ = other.sink_;
  open_ = std::move(other.open_);
  return *this;
}

Span Span::child(std::string_view name, SpanKind kind) const {
  if (sink_ == nullptr) return {};
  return Span{*sink_, context_, name, kind};
}

void Span::set_attribute(Attribute attribute) {
  auto& attributes = open_->data.attributes;
  const auto same = std::find_if(attributes.begin(), attributes.end(),
                                 [&](const Attribute& each) { return each.key == attribute.key; });
  if (same != attributes.end()) {
    same->value = std::move(attribute.value);
  } else if (attributes.size() < span_limit) {
    attributes.push_back(std::move(attribute));
  } else {
    ++open_->data.dropped_attributes;
  }
}

void Span::add_event(std::string_view name, std::initializer_list<Attribute> attributes) {
  if (!recording()) return;
  if (open_->data.events.size() >= span_limit) {
    ++open_->data.dropped_events;
    return;
  }
  open_->data.events.push_back(
      {.name = std::string{name},
       .time = open_->data.start + std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                       std::chrono::steady_clock::now() - open_->started),
       .attributes = attributes});
}

void Span::fail(std::string_view message) {
  if (!recording()) return;
  open_->data.status = SpanStatus::error;
  open_->data.status_message = message;
}

void Span::set_ok() {
  if (!recording()) return;
  open_->data.status = SpanStatus::ok;
  open_->data.status_message.clear();
}

void Span::end() noexcept {
  if (!recording()) return;
  const auto open = std::move(open_);
  open->data.end = open->data.start + std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                          std::chrono::steady_clock::now() - open->started);
  sink_->take(std::move(open->data));
}

}  // namespace lmi
