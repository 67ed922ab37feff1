// A handler with a data race that no answer shows: only ThreadSanitizer can. Run by ctest in the tsan preset,
// which expects its report.

#include <iostream>
#include <lmi/testing.hpp>
#include <string>

int main() {
  int calls = 0;  // shared, and not synchronised
  const auto report = lmi::testing::prove_overlap(
      [&calls](const std::string& event) {
        ++calls;
        return event;
      },
      {"1", "2"});
  std::cout << report << "\nprover " << (report.passed() ? "passed" : "failed") << '\n';
  return 0;
}
