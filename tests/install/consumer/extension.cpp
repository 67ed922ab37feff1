#include <lmi/extension.hpp>
#include <lmi/telemetry_json.hpp>

// Nothing of Lambda is around where this is built: run_extension() says so and returns 2.
int main() {
  return lmi::run_extension({}) == 2 ? 0 : 1;
}
