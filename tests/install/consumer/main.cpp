#include <lmi/json.hpp>
#include <lmi/lmi.hpp>

static nlohmann::json count_words(const nlohmann::json& event) {
  return event.size();
}

// Nothing of Lambda is around where this is built: run() says so and returns 2.
int main() {
  return lmi::run(count_words) == 2 ? 0 : 1;
}
