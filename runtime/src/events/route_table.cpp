#include "lmi/detail/route_table.hpp"

#include "events/percent.hpp"
#include "events/route_pattern.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <stdexcept>
#include <utility>

namespace lmi::detail {
namespace {

using events::PatternSegment;
using events::RoutePattern;
using Kind = PatternSegment::Kind;

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

/// The best route for each method, of those that match.
using Choices = std::map<std::string, std::size_t, std::less<>>;

/// The patterns as a tree, one edge a segment.
struct Node {
  std::map<std::string, std::size_t> fixed;
  std::size_t parameter = none;
  Choices ends;   ///< Patterns that end here.
  Choices tails;  ///< Patterns that go on from here with a tail.
};

/// Where all the tree nodes are that the same beginning of a path leads to, so that a look-up never goes
/// back.
struct State {
  std::map<std::string, std::size_t, std::less<>> fixed;
  std::size_t other = none;  ///< Any non-empty segment that is not among `fixed`.
  Choices ends;
  Choices tails;
};

/// What makes two sets of tree nodes the same state: where they can go on to, and the best of what they
/// offer.
struct StateKey {
  std::set<std::size_t> inner;  ///< Nodes with something below them.
  Choices ends;
  Choices tails;
  friend auto operator<=>(const StateKey&, const StateKey&) = default;
};

/// Nobody has so many routes; patterns made to multiply states end here.
constexpr std::size_t max_states = 100'000;

bool more_specific(const RoutePattern& a, const RoutePattern& b) {
  const auto said = [](const PatternSegment& x, const PatternSegment& y) { return x.kind < y.kind; };
  if (std::lexicographical_compare(a.segments.begin(), a.segments.end(), b.segments.begin(), b.segments.end(),
                                   said)) {
    return true;
  }
  if (std::lexicographical_compare(b.segments.begin(), b.segments.end(), a.segments.begin(), a.segments.end(),
                                   said)) {
    return false;
  }
  return a.method != "ANY" && b.method == "ANY";
}

}  // namespace

struct RouteTable::Automaton {
  std::vector<RoutePattern> patterns;
  std::vector<std::size_t> rank;  ///< By route: 0 is the most specific.
  std::vector<State> states;
};

namespace {

void rank_patterns(const std::vector<RoutePattern>& patterns, std::vector<std::size_t>& rank) {
  std::vector<std::size_t> order(patterns.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return more_specific(patterns[a], patterns[b]); });
  rank.resize(patterns.size());
  for (std::size_t i = 0; i < order.size(); ++i) rank[order[i]] = i;
}

std::vector<Node> grow_tree(const std::vector<RoutePattern>& patterns) {
  std::vector<Node> tree(1);
  for (std::size_t route = 0; route < patterns.size(); ++route) {
    std::size_t at = 0;
    bool tail = false;
    for (const auto& segment : patterns[route].segments) {
      tail = segment.kind == Kind::tail;
      if (tail) break;
      auto& next = segment.kind == Kind::fixed ? tree[at].fixed.try_emplace(segment.text, none).first->second
                                               : tree[at].parameter;
      if (next == none) next = tree.size();
      at = next;
      if (at == tree.size()) tree.emplace_back();
    }
    auto& choices = tail ? tree[at].tails : tree[at].ends;
    if (const auto [there, added] = choices.emplace(patterns[route].method, route); !added) {
      const auto& other = patterns[there->second];
      throw std::invalid_argument{"route \"" + patterns[route].method + " " + patterns[route].path +
                                  "\" matches the same requests as \"" + other.method + " " + other.path +
                                  "\""};
    }
  }
  return tree;
}

}  // namespace

namespace {

/// Makes the states, each once, from the first on.
class StateBuilder {
 public:
  StateBuilder(const std::vector<Node>& tree, const std::vector<std::size_t>& rank)
      : tree_{tree}, rank_{rank} {
    static_cast<void>(number_of({0}));
  }

  std::vector<State> build() && {
    std::vector<State> states;
    for (std::size_t number = 0; number < keys_.size(); ++number) states.push_back(make(*keys_[number]));
    return states;
  }

 private:
  State make(const StateKey& key) {
    State state;
    state.ends = key.ends;
    state.tails = key.tails;
    std::set<std::size_t> by_parameter;
    std::map<std::string, std::set<std::size_t>> by_text;
    for (const auto node : key.inner) {
      if (tree_[node].parameter != none) by_parameter.insert(tree_[node].parameter);
      for (const auto& [text, next] : tree_[node].fixed) by_text[text].insert(next);
    }
    state.other = number_of(by_parameter);
    for (auto& [text, next] : by_text) {
      if (!text.empty()) next.insert(by_parameter.begin(), by_parameter.end());
      const auto number = number_of(next);
      if (text.empty() || number != state.other) state.fixed.emplace(text, number);
    }
    return state;
  }

  std::size_t number_of(const std::set<std::size_t>& nodes) {
    if (nodes.empty()) return none;
    StateKey key;
    for (const auto node : nodes) {
      if (!tree_[node].fixed.empty() || tree_[node].parameter != none) key.inner.insert(node);
      for (const auto& [method, route] : tree_[node].ends) keep_best(key.ends, method, route);
      for (const auto& [method, route] : tree_[node].tails) keep_best(key.tails, method, route);
    }
    const auto [at, added] = numbers_.emplace(std::move(key), keys_.size());
    if (added) keys_.push_back(&at->first);
    if (keys_.size() > max_states) throw std::invalid_argument{"too many routes that overlap"};
    return at->second;
  }

  void keep_best(Choices& choices, const std::string& method, std::size_t route) const {
    const auto [at, added] = choices.emplace(method, route);
    if (!added && rank_[route] < rank_[at->second]) at->second = route;
  }

  const std::vector<Node>& tree_;
  const std::vector<std::size_t>& rank_;
  std::map<StateKey, std::size_t> numbers_;
  std::vector<const StateKey*> keys_;  ///< By number. Map nodes stay where they are.
};

}  // namespace

RouteTable::RouteTable(const std::vector<std::string>& patterns, const std::string& base_path) {
  auto automaton = std::make_shared<Automaton>();
  for (const auto& pattern : patterns) {
    automaton->patterns.push_back(events::parse_route_pattern(pattern, base_path));
  }
  rank_patterns(automaton->patterns, automaton->rank);
  const auto tree = grow_tree(automaton->patterns);
  automaton->states = StateBuilder{tree, automaton->rank}.build();
  automaton_ = std::move(automaton);
}

namespace {

HttpResponse not_found() {
  return HttpResponse::json_text(R"({"message":"Not Found"})", 404);
}

HttpResponse not_allowed(std::set<std::string> methods) {
  if (methods.contains("GET")) methods.insert("HEAD");
  std::string allow;
  for (const auto& method : methods) allow += (allow.empty() ? "" : ", ") + method;
  auto response = HttpResponse::json_text(R"({"message":"Method Not Allowed"})", 405);
  response.headers.add("allow", std::move(allow));
  return response;
}

/// Everything that matches a path, and the best of it for one method.
struct Search {
  const std::vector<std::size_t>* rank;
  std::string_view method;
  std::size_t best = none;
  std::set<std::string> methods;

  void consider(const Choices& choices) {
    for (const auto& [offered, route] : choices) {
      methods.insert(offered);
      if ((offered == method || offered == "ANY") && (best == none || (*rank)[route] < (*rank)[best]))
        best = route;
    }
  }
};

void set_parameters(HttpRequest& request, const RoutePattern& pattern,
                    const std::vector<std::string>& segments) {
  request.path_parameters.clear();
  for (std::size_t i = 0; i < pattern.segments.size(); ++i) {
    const auto& [kind, name] = pattern.segments[i];
    if (kind == Kind::fixed) continue;
    auto value = segments[i];
    for (std::size_t j = i + 1; kind == Kind::tail && j < segments.size(); ++j) value += "/" + segments[j];
    request.path_parameters.insert_or_assign(name, std::move(value));
  }
  request.route = pattern.method + " " + pattern.path;
}

}  // namespace

std::optional<std::size_t> RouteTable::find(HttpRequest& request, HttpResponse& refusal) const {
  std::vector<std::string> segments;
  for (const auto segment : events::split_path(request.raw_path))
    segments.push_back(events::percent_decode(segment));

  // At every depth tails may begin; at the end patterns may end. `seen` are the states on the way.
  std::vector<const Choices*> seen;
  std::size_t at = 0;
  for (std::size_t i = 0; i < segments.size() && at != none; ++i) {
    const auto& state = automaton_->states[at];
    const bool only_a_slash = i + 1 == segments.size() && segments[i].empty();
    if (!only_a_slash) seen.push_back(&state.tails);
    const auto fixed = state.fixed.find(segments[i]);
    at = fixed != state.fixed.end() ? fixed->second : segments[i].empty() ? none : state.other;
  }
  if (at != none) seen.push_back(&automaton_->states[at].ends);

  const auto search_for = [&](std::string_view method) {
    Search search{&automaton_->rank, method, none, {}};
    for (const auto* choices : seen) search.consider(*choices);
    return search;
  };
  auto search = search_for(request.method);
  if (search.best == none && request.method == "HEAD") search = search_for("GET");
  if (search.best == none) {
    refusal = search.methods.empty() ? not_found() : not_allowed(std::move(search.methods));
    return std::nullopt;
  }
  set_parameters(request, automaton_->patterns[search.best], segments);
  return search.best;
}

}  // namespace lmi::detail
