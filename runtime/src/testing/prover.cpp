#include "testing/prover.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <ostream>
#include <stdexcept>

namespace lmi::testing {
namespace {

constexpr int no_descriptor = -1;  // log lines go nowhere

/// Invocations without a platform.
class Stage {
 public:
  Stage(unsigned slots, std::chrono::milliseconds time_limit)
      : time_limit_{time_limit},
        log_writer_{
            std::make_shared<core::LogWriter>(core::LogFormat::json, core::LogLevel::fatal, no_descriptor)} {
    settings_.slots = slots;
    settings_.managed_instances = true;
    settings_.function_name = "under-test";
    settings_.function_version = "1";
    const invoke::Surroundings surroundings{settings_, log_writer_, scratch_, deadlines_, overruns_};
    for (unsigned i = 0; i < slots; ++i) slots_.push_back(std::make_unique<Slot>(surroundings));
  }

  /// Runs the events with these indices at once, one a slot; their answers in the same order.
  std::vector<Answer> run(const RunTogether& together, const std::vector<std::string>& events,
                          std::span<const std::size_t> chosen) {
    std::vector<invoke::Assignment> assignments;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      auto& slot = *slots_[i];
      prepare(slot, events[chosen[i]], chosen[i]);
      assignments.push_back({.slot = i,
                             .event = {.data = slot.event.body, .content_type = slot.event.content_type},
                             .invocation = slot.invocation,
                             .outcome = slot.outcome});
    }
    together(assignments);
    std::vector<Answer> answers;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      auto& outcome = slots_[i]->outcome;
      answers.push_back({.data = std::move(outcome.answer.data),
                         .content_type = std::move(outcome.answer.content_type),
                         .error = std::move(outcome.error)});
    }
    return answers;
  }

 private:
  struct Slot {
    explicit Slot(const invoke::Surroundings& surroundings) : invocation{surroundings} {}
    wire::Reply event;
    lmi::detail::Outcome outcome;
    lmi::detail::Invocation invocation;
  };

  void prepare(Slot& slot, const std::string& event, std::size_t index) const {
    const auto deadline = std::chrono::system_clock::now() + time_limit_;
    slot.outcome = {};
    slot.event.clear();
    slot.event.body = event;
    slot.event.content_type = "application/json";
    // The same whenever the event is run: an answer may hold it.
    slot.event.request_id = "event-" + std::to_string(index);
    slot.event.function_arn = "arn:aws:lambda:us-east-1:000000000000:function:under-test";
    slot.event.deadline_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline.time_since_epoch()).count();
    slot.invocation.begin(slot.event);
  }

  const std::chrono::milliseconds time_limit_;
  core::Settings settings_;
  const std::shared_ptr<core::LogWriter> log_writer_;  // shared with the slots' loggers
  invoke::ScratchRoot scratch_{std::filesystem::temp_directory_path()};
  invoke::DeadlineWatch deadlines_;
  invoke::Overruns overruns_{{}, 1, [] {}};
  std::vector<std::unique_ptr<Slot>> slots_;
};

/// The beginning of an answer, or its error, for people.
std::string shown(const Answer& answer) {
  constexpr std::size_t longest = 200;
  if (answer.error) return "error " + answer.error->type + ": " + answer.error->message.substr(0, longest);
  return answer.data.size() <= longest ? answer.data : answer.data.substr(0, longest) + "…";
}

}  // namespace

bool operator==(const Answer& a, const Answer& b) {
  if (a.error || b.error)
    return a.error && b.error && a.error->type == b.error->type && a.error->message == b.error->message;
  return a.data == b.data && a.content_type == b.content_type;
}

OverlapReport prove(const RunTogether& run, Meeting& meeting, const std::vector<std::string>& events,
                    const OverlapOptions& options) {
  if (events.empty()) throw std::invalid_argument{"prove_overlap() needs events"};
  if (options.ways < 2) throw std::invalid_argument{"prove_overlap() needs at least 2 ways"};
  const PointsHere points{meeting};
  const auto same = [&](const Answer& a, const Answer& b) {
    return options.same ? options.same(a, b) : a == b;
  };
  Stage stage{options.ways, options.time_limit};
  OverlapReport report;

  std::vector<Answer> alone;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto once = [&] {
      meeting.begin(1, false);
      return stage.run(run, events, std::span{&i, 1}).front();
    };
    alone.push_back(once());
    if (!same(alone.back(), once())) report.unstable.push_back(i);
  }

  const auto for_all = (events.size() + options.ways - 1) / options.ways;
  const auto rounds = std::max<std::size_t>(options.rounds, 2 * for_all);  // with and without points
  for (std::size_t round = 0; round < rounds; ++round) {
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < options.ways; ++i)
      chosen.push_back((round / 2 * options.ways + i) % events.size());
    meeting.begin(chosen.size(), round % 2 == 0);
    auto answers = stage.run(run, events, chosen);
    report.invocations += answers.size();
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (same(alone[chosen[i]], answers[i])) continue;
      report.differences.push_back({.event = chosen[i],
                                    .round = static_cast<unsigned>(round),
                                    .alone = alone[chosen[i]],
                                    .together = std::move(answers[i])});
    }
  }
  report.meetings = meeting.meetings();
  report.missed = meeting.missed();
  return report;
}

std::string OverlapReport::text() const {
  constexpr std::size_t most_shown = 5;
  std::string text = std::to_string(invocations) +
                     " invocations at once: " + std::to_string(differences.size()) +
                     " answers differ from those given alone";
  for (const auto event : unstable)
    text += "\n  event " + std::to_string(event) +
            ": another answer each time, even alone (OverlapOptions::same?)";
  for (std::size_t i = 0; i < std::min(differences.size(), most_shown); ++i) {
    const auto& each = differences[i];
    text += "\n  event " + std::to_string(each.event) + ", round " + std::to_string(each.round) +
            "\n    alone:    " + shown(each.alone) + "\n    together: " + shown(each.together);
  }
  if (differences.size() > most_shown)
    text += "\n  … and " + std::to_string(differences.size() - most_shown) + " more";
  text += "\n  overlap points: all met " + std::to_string(meetings) + " times, went on without the others " +
          std::to_string(missed) + " times";
  return text;
}

std::ostream& operator<<(std::ostream& out, const OverlapReport& report) {
  return out << report.text();
}

}  // namespace lmi::testing
