#include <lmi/json.hpp>
#include <lmi/lmi.hpp>
#include <string>

static nlohmann::json greet(const nlohmann::json& event, lmi::Context& context) {
  const auto name = event.value("name", "world");
  context.log().info("greeting name={}", name);
  return {{"message", "Hello, " + name + "!"}};
}

int main() {
  return lmi::run(greet);
}
